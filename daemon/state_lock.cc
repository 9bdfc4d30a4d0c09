#include "daemon/state_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

namespace penstock {
namespace {

std::string text_of(int error) {
  return std::generic_category().message(error);
}

/// The process id that stands in the file; 0 when there is none.
int holder(int fd) {
  std::array<char, 16> bytes{};
  const ssize_t size = pread(fd, bytes.data(), bytes.size(), 0);
  int pid = 0;
  if (size > 0) std::from_chars(bytes.data(), bytes.data() + size, pid);
  return pid;
}

}  // namespace

StateLock& StateLock::operator=(StateLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

StateLock::~StateLock() {
  if (fd_ >= 0) close(fd_);
}

Result<StateLock> StateLock::take(const std::string& folder) {
  std::error_code failed;
  if (!std::filesystem::exists(folder, failed)) {
    std::filesystem::create_directories(folder, failed);
    if (!failed) chmod(folder.c_str(), 0700);
  }
  const std::string file = folder + "/lock";
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Error{ErrorKind::kInvalid,
                 "the state folder " + folder + " cannot be written (" + text_of(errno) +
                     "): create it for penstock's user, or name another as `state`",
                 "", ""};
  }
  StateLock lock(fd);
  // A command that looks whether it is held has it for a moment.
  int tries = 4;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK && --tries > 0) {
      poll(nullptr, 0, 20);
      continue;
    }
    if (errno != EWOULDBLOCK) {
      return Error{ErrorKind::kInvalid, file + " cannot be locked: " + text_of(errno), "", ""};
    }
    const int pid = holder(fd);
    return Error{ErrorKind::kRefused,
                 "the state folder " + folder + " is in use by another penstock" +
                     (pid > 0 ? " (pid " + std::to_string(pid) + ")" : ""),
                 "", ""};
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    return Error{ErrorKind::kTransient, file + " cannot be written: " + text_of(errno), "", ""};
  }
  return lock;
}

std::optional<bool> StateLock::held(const std::string& folder) {
  const int fd = open((folder + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == EACCES ? std::nullopt : std::optional(false);
  const bool taken = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(fd);
  return taken;
}

}  // namespace penstock
