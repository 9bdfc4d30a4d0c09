// A listening TCP socket from "HOST:PORT": opened with errors that name the address and the cause.
//
//   Result<int> fd = open_listener("127.0.0.1:0");
//   std::string where = bound_address(*fd);        // "127.0.0.1:40123"
//
// Plain functions; the caller owns the descriptor.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "policies/result.h"

namespace penstock {

/// Binds and listens. `listen` is HOST:PORT with an IPv6 address in brackets; port 0 = any free
/// one; HOST may be a name such as "localhost". kInvalid with the cause otherwise.
Result<int> open_listener(std::string_view listen);

/// Connections that the kernel has made and nobody has accepted yet; 0 where it does not say.
unsigned not_accepted(int listener);

/// "127.0.0.1:40123" or "[::1]:40123", as the kernel says.
std::string bound_address(int fd);

/// The numeric address without port.
std::string numeric_address(const sockaddr* address);

}  // namespace penstock
