#include "daemon/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace penstock {
namespace {

constexpr std::size_t kMaxSecretBytes = 8192;
/// Shorter ones would be found inside ordinary words.
constexpr std::size_t kLeastRedacted = 4;

Error invalid(std::string message) {
  return {.kind = ErrorKind::kInvalid, .message = std::move(message), .code = {}, .request_id = {}};
}

/// A file's start, wiped when it goes out of scope.
struct Buffer {
  std::array<char, kMaxSecretBytes + 1> bytes{};
  std::size_t size = 0;
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { explicit_bzero(bytes.data(), bytes.size()); }

  std::string_view trimmed() const {
    std::string_view text(bytes.data(), size);
    const std::size_t from = text.find_first_not_of(" \t\r\n");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
  }
};

struct File {
  int fd = -1;
  explicit File(const std::string& path) : fd(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd >= 0) close(fd);
  }
};

std::string why(int error) {
  return std::generic_category().message(error);
}

/// 0, or the errno of the read that failed.
int read_into(Buffer& buffer, int fd) {
  while (buffer.size < buffer.bytes.size()) {
    const ssize_t got =
        read(fd, buffer.bytes.data() + buffer.size, buffer.bytes.size() - buffer.size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    buffer.size += static_cast<std::size_t>(got);
  }
  return 0;
}

}  // namespace

Secret::Secret(std::string_view text)
    : bytes_(std::make_unique<char[]>(text.size())), size_(text.size()) {
  std::copy(text.begin(), text.end(), bytes_.get());
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() {
  wipe();
}

void Secret::wipe() {
  if (bytes_ != nullptr) explicit_bzero(bytes_.get(), size_);
}

bool Secret::same_as(const Secret& other) const {
  return equal_in_constant_time(expose(), other.expose());
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  }
  return difference == 0;
}

Result<Secret> read_secret_file(const std::string& path) {
  const File file(path);
  if (file.fd < 0) return invalid("cannot read " + path + ": " + why(errno));
  struct stat status{};
  if (fstat(file.fd, &status) != 0) return invalid("cannot read " + path + ": " + why(errno));
  if (!S_ISREG(status.st_mode)) return invalid(path + " is not a regular file");
  if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return invalid(path + " is open to every user; run: chmod 600 " + path);
  }
  Buffer buffer;
  if (const int error = read_into(buffer, file.fd); error != 0) {
    return invalid("cannot read " + path + ": " + why(error));
  }
  if (buffer.size > kMaxSecretBytes) return invalid(path + " is too long for a secret");
  const std::string_view text = buffer.trimmed();
  if (text.empty()) return invalid(path + " is empty");
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable) {
    return invalid(path + " must hold one word: no blanks, line breaks or special characters");
  }
  return Secret(text);
}

std::string redacted(std::string_view text, const Secret& secret) {
  std::string out(text);
  const std::string_view word = secret.expose();
  if (word.size() < kLeastRedacted) return out;
  for (std::size_t at = out.find(word); at != std::string::npos; at = out.find(word, at)) {
    out.replace(at, word.size(), "[secret]");
  }
  return out;
}

}  // namespace penstock
