#include "daemon/server_body.h"

#include <algorithm>
#include <utility>

namespace penstock {

UnsentBody::UnsentBody(std::string body, std::size_t& all) : text(std::move(body)), total(all) {
  total += text.size();
}

std::optional<std::size_t> BlockReader::read(char* out, std::size_t room) {
  try {
    if (used == block.size()) {
      block = next();
      used = 0;
    }
  } catch (...) {  // NOLINT: whatever it is, the client must see a broken, not a shorter, body
    return std::nullopt;
  }
  const std::size_t count = std::min(room, block.size() - used);
  std::copy_n(block.data() + used, count, out);
  used += count;
  return count;
}

}  // namespace penstock
