// "HOST:PORT" taken apart, and whether it can only be reached from this machine.
//
//   if (auto where = parse_host_port("127.0.0.1:0")) where->loopback    // true
//
// Nothing is resolved: loopback is what says so by itself. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/result.h"

namespace penstock {

struct HostPort {
  std::string host;  ///< lower-case; an IPv6 address keeps its brackets
  std::optional<std::uint16_t> port;
  bool loopback = false;
};

/// "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT"; nullopt when it is none of these.
std::optional<HostPort> parse_host_port(std::string_view text);

struct Url {
  std::string scheme;  ///< "https" or "http"
  HostPort where;
  std::string path;  ///< with its query, as written; "" or begins with "/"
};

/// An http or https URL; kInvalid completes "the URL …". One with a user or password in it is
/// refused, since URLs travel into logs.
Result<Url> parse_url(std::string_view text);

}  // namespace penstock
