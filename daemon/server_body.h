// An answer's body until the client has taken it.
//
//   auto* body = new UnsentBody(std::move(answer.body), unsent_);     // counted while it lives
//   BlockReader reader{std::move(answer.next_block)};                 // made while it is taken
//
// Server's thread only; what is counted outlives the bodies.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace penstock {

/// A whole body, and its part of all that is unsent.
struct UnsentBody {
  UnsentBody(std::string body, std::size_t& all);
  ~UnsentBody() { total -= text.size(); }
  UnsentBody(const UnsentBody&) = delete;
  UnsentBody& operator=(const UnsentBody&) = delete;

  std::string text;
  std::size_t& total;
};

/// A body that is made block by block, as fast as the client takes it.
struct BlockReader {
  std::function<std::string()> next;
  std::string block{};
  std::size_t used = 0;

  /// Bytes put to `out`; 0 at the end, nullopt when making it failed.
  std::optional<std::size_t> read(char* out, std::size_t room);
};

}  // namespace penstock
