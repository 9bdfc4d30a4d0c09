#include "daemon/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

namespace penstock {
namespace {

/// Larger than a block of the page would pack to: few, and none so long that others wait for it.
constexpr std::size_t kBlockBytes = 16U << 10;
/// The text repeats itself so much that the fastest level packs it to an eighth.
constexpr int kLevel = Z_BEST_SPEED;
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemory = 8;  // zlib's default

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// `word` in lower case.
bool is_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
}

class Packer {
 public:
  explicit Packer(std::function<std::string()> plain) : plain_(std::move(plain)) {}
  ~Packer() {
    if (open_) deflateEnd(&stream_);
  }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  bool open() {
    open_ = deflateInit2(&stream_, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) ==
            Z_OK;
    return open_;
  }

  std::string next_block() {
    std::string out(kBlockBytes, '\0');
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    while (stream_.avail_out > 0 && !done_) {
      if (stream_.avail_in == 0 && !ended_) {
        block_ = plain_();
        ended_ = block_.empty();
        stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
        stream_.avail_in = static_cast<uInt>(block_.size());
      }
      const int state = deflate(&stream_, ended_ ? Z_FINISH : Z_NO_FLUSH);
      assert(state == Z_OK || state == Z_STREAM_END);
      done_ = state == Z_STREAM_END;
    }
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

 private:
  std::function<std::string()> plain_;
  std::string block_;  ///< being read
  z_stream stream_{};
  bool open_ = false;
  bool ended_ = false;  ///< nothing more to read
  bool done_ = false;   ///< … nor to give
};

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    const std::string_view coding = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size()
                                                                  : comma + 1);
    const std::size_t semicolon = coding.find(';');
    if (!is_word(trimmed(coding.substr(0, semicolon)), "gzip")) continue;
    if (semicolon == std::string_view::npos) return true;
    // "q=0", "q=0.000": not acceptable.
    const std::string_view weight = trimmed(coding.substr(semicolon + 1));
    return weight.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

std::function<std::string()> gzip_blocks(std::function<std::string()> plain) {
  // A std::function must be copyable, so the stream's state is shared by its copies.
  auto packer = std::make_shared<Packer>(std::move(plain));
  if (!packer->open()) return {};
  return [packer] { return packer->next_block(); };
}

}  // namespace penstock
