#include "tests/testing/fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace penstock::testing {
namespace {

constexpr int kPatienceMs = 10'000;

int connect_to(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  if (inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) return -1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

FaultProxy::FaultProxy(std::string upstream, std::uint64_t seed)
    : upstream_(std::move(upstream)),
      random_(seed),
      server_([this](const RawServer::Exchange& exchange) { return answer(exchange); }) {}

std::string FaultProxy::forward(const RawServer::Exchange& exchange) const {
  const int fd = connect_to(upstream_);
  if (fd < 0) return "";
  // As it came, since its headers are signed; but the connection ends with the answer.
  const std::size_t line = exchange.head.find("\r\n") + 2;
  std::string rest = exchange.head.substr(line);
  while (rest.ends_with("\r\n")) rest.resize(rest.size() - 2);
  const std::string request =
      exchange.head.substr(0, line) + "Connection: close\r\n" + rest + "\r\n\r\n" + exchange.body;
  std::string answer;
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(request.size())) {
    std::array<char, 65536> block{};
    for (;;) {
      pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
      if (poll(&wait, 1, kPatienceMs) <= 0) break;
      const ssize_t got = recv(fd, block.data(), block.size(), 0);
      if (got <= 0) break;
      answer.append(block.data(), static_cast<std::size_t>(got));
    }
  }
  close(fd);
  return answer;
}

RawServer::Reply FaultProxy::answer(const RawServer::Exchange& exchange) {
  if (!random_.chance(share)) return {.bytes = forward(exchange), .close = true};
  ++faults_;
  switch (random_.below(5)) {
    case 0:  // the request is lost
      return {.bytes = "", .close = true};
    case 1:  // carried out, the answer is lost
      static_cast<void>(forward(exchange));
      return {.bytes = "", .close = true};
    case 2: {  // … or half of it
      const std::string whole = forward(exchange);
      const std::int64_t kept = random_.below(static_cast<std::int64_t>(whole.size()) + 1);
      return {.bytes = whole.substr(0, static_cast<std::size_t>(kept)), .close = true};
    }
    case 3:  // … or a gateway in between knows better
      static_cast<void>(forward(exchange));
      return {.bytes = http_answer(502, "<html><h1>Bad Gateway</h1></html>"), .close = true};
    default:  // … or somebody answers in another tongue
      static_cast<void>(forward(exchange));
      return {.bytes = "\x16\x03\x01 is no HTTP\r\n\r\n", .close = true};
  }
}

}  // namespace penstock::testing
