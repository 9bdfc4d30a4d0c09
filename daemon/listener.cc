#include "daemon/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace penstock {
namespace {

/// A burst of connections waits here instead of being dropped, which costs its clients a second;
/// the kernel cuts it at net.core.somaxconn.
constexpr int kBacklog = 4096;

socklen_t length_of(const sockaddr* address) {
  return address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

struct HostPort {
  std::string host, port;
};

std::optional<HostPort> split(std::string_view listen) {
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = listen.substr(0, colon);
  const std::string_view port = listen.substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 &&
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || std::stoi(std::string(port)) > 65535) return std::nullopt;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;  // an IPv6 address needs its brackets, or its last group reads as the port
  }
  if (host.empty()) return std::nullopt;
  return HostPort{std::string(host), std::string(port)};
}

/// A bound, listening, non-blocking descriptor, or -1 with errno.
int listen_on(const addrinfo& where) {
  const int fd = socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  // Restarting must not wait for the old connections' TIME_WAIT; IPv6 stays IPv6 alone, so that
  // "[::]" and "0.0.0.0" never claim the same port by accident.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(fd, where.ai_addr, where.ai_addrlen) == 0 && listen(fd, kBacklog) == 0) return fd;
  const int cause = errno;
  close(fd);
  errno = cause;
  return -1;
}

}  // namespace

unsigned not_accepted(int listener) {
  tcp_info info{};
  socklen_t length = sizeof info;
  // Of a listening socket, this field is the length of its queue.
  const bool told = getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &length) == 0;
  return told ? info.tcpi_unacked : 0;
}

Result<int> open_listener(std::string_view listen) {
  const std::string shown(listen);
  const std::optional<HostPort> parts = split(listen);
  if (!parts) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "cannot listen on \"" + shown +
                            "\": write HOST:PORT, an IPv6 address in brackets, such as "
                            "\"127.0.0.1:19610\" or \"[::1]:19610\"",
                 .code = "",
                 .request_id = ""};
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int rc = getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  if (rc != 0) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "cannot listen on \"" + shown + "\": " + gai_strerror(rc),
                 .code = "",
                 .request_id = ""};
  }
  int cause = 0;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    const int fd = listen_on(*at);
    if (fd >= 0) return fd;
    cause = errno;
  }
  return Error{.kind = ErrorKind::kInvalid,
               .message = "cannot listen on \"" + shown + "\": " + std::strerror(cause),
               .code = "",
               .request_id = ""};
}

std::string numeric_address(const sockaddr* address) {
  std::array<char, NI_MAXHOST> host{};
  if (address == nullptr || getnameinfo(address, length_of(address), host.data(), host.size(),
                                        nullptr, 0, NI_NUMERICHOST) != 0) {
    return "";
  }
  return host.data();
}

std::string bound_address(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd, address, &length) != 0) return "";
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(address, length, nullptr, 0, port.data(), port.size(), NI_NUMERICSERV) != 0) {
    return "";
  }
  const std::string host = numeric_address(address);
  return (storage.ss_family == AF_INET6 ? "[" + host + "]" : host) + ":" + port.data();
}

}  // namespace penstock
