// RawServer: a loopback server at the level of bytes, for the ways in which servers misbehave.
//
//   RawServer server([](const RawServer::Exchange& e) {
//     return RawServer::Reply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"};
//   });
//   fetch("http://127.0.0.1:" + std::to_string(server.port()));
//
// One thread serves all connections, so handlers need no lock; read requests() when they are done.
// Stops and joins in the destructor.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace penstock {

class RawServer {
 public:
  struct Exchange {
    std::string head;  ///< request line and headers
    std::string body;
    std::size_t connection = 0;     ///< 0 for the first one accepted, and so on
    std::size_t on_connection = 0;  ///< 0 for a connection's first request
  };
  struct Reply {
    std::string bytes;
    bool close = false;   ///< after the bytes
    bool silent = false;  ///< never answers and keeps the connection
  };
  using Script = std::function<Reply(const Exchange&)>;

  /// What becomes of a client that begins a TLS handshake, which is not served here.
  enum class OnTls { kClose, kSilent };

  explicit RawServer(Script script, OnTls on_tls = OnTls::kClose);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<Exchange> requests() const;
  std::size_t connections() const { return connections_; }

 private:
  struct Connection;
  void serve();
  bool answer(Connection& connection);

  Script script_;
  OnTls on_tls_;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  int port_ = 0;
  std::atomic<std::size_t> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<Exchange> requests_;
  std::thread thread_;
};

/// A complete HTTP/1.1 answer that keeps the connection.
std::string http_answer(int status, const std::string& body, const std::string& headers = "");

}  // namespace penstock
