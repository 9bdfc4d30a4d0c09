#include "tests/testing/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <charconv>
#include <list>

namespace penstock {

struct RawServer::Connection {
  int fd = -1;
  std::size_t number = 0;
  std::size_t served = 0;
  std::string input;
  bool open = true;
};

RawServer::RawServer(Script script, OnTls on_tls) : script_(std::move(script)), on_tls_(on_tls) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool listening = bind(listener_, generic, size) == 0 && listen(listener_, 64) == 0 &&
                         getsockname(listener_, generic, &size) == 0 && pipe(wake_) == 0;
  assert(listening);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

RawServer::~RawServer() {
  const ssize_t written = write(wake_[1], "x", 1);
  assert(written == 1);
  thread_.join();
  for (const int fd : {listener_, wake_[0], wake_[1]}) close(fd);
}

std::vector<RawServer::Exchange> RawServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void RawServer::serve() {
  std::list<Connection> live;
  while (true) {
    std::vector<pollfd> fds = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Connection& c : live) fds.push_back({c.fd, POLLIN, 0});
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents != 0) break;
    auto fd = fds.begin() + 2;
    for (Connection& c : live) {
      if ((fd++)->revents == 0) continue;
      char buffer[16384];
      const ssize_t got = recv(c.fd, buffer, sizeof(buffer), 0);
      if (got > 0) c.input.append(buffer, static_cast<std::size_t>(got));
      c.open = got > 0;
      while (c.open && answer(c)) {
      }
      if (!c.open) close(c.fd);
    }
    live.remove_if([](const Connection& c) { return !c.open; });
    if (fds[1].revents != 0) {
      Connection& c = live.emplace_back();
      c.fd = accept(listener_, nullptr, nullptr);
      c.number = connections_++;
    }
  }
  for (const Connection& c : live) close(c.fd);
}

/// Answers one complete request of the input; false when there is none.
bool RawServer::answer(Connection& connection) {
  if (connection.input.starts_with('\x16')) {  // a TLS record
    connection.open = on_tls_ == OnTls::kSilent;
    return false;
  }
  const std::size_t end = connection.input.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  Exchange exchange;
  exchange.head = connection.input.substr(0, end + 2);
  std::size_t length = 0;
  const std::size_t at = exchange.head.find("Content-Length: ");
  if (at != std::string::npos) {
    std::from_chars(exchange.head.data() + at + 16, exchange.head.data() + exchange.head.size(),
                    length);
  }
  if (connection.input.size() < end + 4 + length) return false;
  exchange.body = connection.input.substr(end + 4, length);
  connection.input.erase(0, end + 4 + length);
  exchange.connection = connection.number;
  exchange.on_connection = connection.served++;
  const Reply reply = script_(exchange);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(exchange));
  }
  if (reply.silent) return true;
  std::string_view rest = reply.bytes;
  while (!rest.empty()) {
    const ssize_t sent = send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  connection.open = !reply.close;
  return true;
}

std::string http_answer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Words\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace penstock
