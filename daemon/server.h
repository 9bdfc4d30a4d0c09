// HttpServer: the one listener, over libmicrohttpd (epoll: slow clients hold no thread).
//
//   auto server = HttpServer::start({.listen = "127.0.0.1:0"}, [](const ServerRequest& r) {…});
//   std::string where = (*server)->address();       // "127.0.0.1:40123"
//
// HEAD reaches the handler as GET and is answered without the body. Bodies, headers, idle
// connections, the time a request may take to arrive and an answer to be taken, what waits to be
// sent and the number of connections are limited (ServerOptions).
//
// Why libmicrohttpd: civetweb and cpp-httplib give every connection a thread, so a few slow clients
// starve the health endpoint. The handler runs on the server's thread and must be quick and not
// throw (what it throws becomes a 500). Destroyed last; stops accepting in the destructor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/address_range.h"
#include "metrics/units.h"
#include "policies/result.h"

namespace penstock {

struct ServerRequest {
  std::string method;
  std::string path;  ///< decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string peer;        ///< numeric address of the client
  std::string token_name;  ///< whose token it showed, once the API has admitted it

  /// Header value by case-insensitive name; "" if absent.
  std::string_view header(std::string_view name) const;
  std::string_view parameter(std::string_view name) const;
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// When set, the body is streamed: called for block after block until it returns "".
  std::function<std::string()> next_block;
  Duration delay{};   ///< sandbox faults only: answer later, holding no thread
  bool drop = false;  ///< sandbox faults only: close the connection without an answer
};

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  ///< HOST:PORT, IPv6 as [::1]:PORT; port 0 = any free one
  std::size_t max_body = 1U << 20;
  /// Beyond it who has kept the server waiting the longest is hung up on (connection_table.h).
  unsigned max_connections = 1000;
  /// Of answers that clients have not taken yet; beyond it a large one is a 503.
  std::size_t max_unsent = 64U << 20;
  unsigned idle_timeout_seconds = 10;
  /// Requests may queue where the handler has no time for them; beyond so many they get a 503.
  std::size_t max_queued = 1000;
  /// Requests that never queue.
  std::function<bool(const ServerRequest&)> urgent{};
  std::string tls_cert_file{}, tls_key_file{};  ///< both or neither
  /// Who may connect beside this host; empty: all. Others are hung up on at once.
  std::vector<AddressRange> allow_from{};
};

class HttpServer {
 public:
  using Handler = std::function<ServerResponse(const ServerRequest&)>;
  /// kInvalid with the address and the cause when it cannot listen.
  static Result<std::unique_ptr<HttpServer>> start(const ServerOptions& options, Handler handler);
  virtual ~HttpServer() = default;
  virtual std::string address() const = 0;  ///< "HOST:PORT" as bound
};

}  // namespace penstock
