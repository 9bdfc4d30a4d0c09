#include "daemon/server.h"

#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <thread>
#include <unordered_set>

#include "daemon/clock.h"
#include "daemon/join.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/request_target.h"

namespace penstock {
namespace {

/// Bodies up to this many times the limit are read and thrown away, so that the client, still
/// sending, can read the 413; larger ones are cut off.
constexpr std::size_t kDrainFactor = 8;
/// A request must be complete within this many idle timeouts: a client that drips one byte now and
/// then is never idle, yet holds a connection.
constexpr int kRequestDeadlineFactor = 3;
constexpr Duration kSweepInterval = 1s;
/// Between two lines about clients that may not connect: one each would fill the log.
constexpr Duration kTellInterval = 60s;
constexpr std::size_t kBlockBytes = 64U << 10;

ServerResponse plain(int status, std::string text) {
  ServerResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text) + "\n";
  return response;
}

Result<std::string> read_pem(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in && !text.empty()) return text;
  return Error{.kind = ErrorKind::kInvalid,
               .message = "cannot read the TLS file \"" + path + "\"",
               .code = "",
               .request_id = ""};
}

/// One accepted connection, for the request deadline.
struct Connection {
  int fd = -1;
  Duration waiting_since{};  ///< start of the wait for the present request
  bool answering = false;
};

/// One request on its way: what arrived, then what will be answered.
struct Exchange {
  ServerRequest request;
  bool target_ok = false;
  bool begun = false;
  std::size_t refused_bytes = 0;  ///< of a body beyond the limit
  std::optional<ServerResponse> answer;
};

/// The state behind a streamed body.
struct BlockReader {
  std::function<std::string()> next;
  std::string block;
  std::size_t used = 0;
};

ssize_t read_block(void* state, std::uint64_t, char* out, std::size_t room) {
  auto& reader = *static_cast<BlockReader*>(state);
  try {
    if (reader.used == reader.block.size()) {
      reader.block = reader.next();
      reader.used = 0;
    }
  } catch (...) {
    return MHD_CONTENT_READER_END_WITH_ERROR;  // the client sees a broken, not a shorter, body
  }
  if (reader.block.empty()) return MHD_CONTENT_READER_END_OF_STREAM;
  const std::size_t count = std::min(room, reader.block.size() - reader.used);
  std::copy_n(reader.block.data() + reader.used, count, out);
  reader.used += count;
  return static_cast<ssize_t>(count);
}

/// Everything but start and stop happens on the server's own thread, which drives libmicrohttpd
/// from outside: so delays and deadlines need neither locks nor further threads.
class MicrohttpdServer final : public HttpServer {
 public:
  MicrohttpdServer(const ServerOptions& options, Handler handler)
      : options_(options), handler_(std::move(handler)) {}
  ~MicrohttpdServer() override;

  Status open();
  std::string address() const override { return address_; }

 private:
  Status load_tls();
  void serve();
  int poll_timeout(Duration now) const;
  void resume_due(Duration now);
  void sweep(Duration now);

  MHD_Result begin(MHD_Connection* connection, Exchange& exchange, const char* method);
  MHD_Result receive(Exchange& exchange, const char* data, std::size_t* size);
  MHD_Result finish(MHD_Connection* connection, Exchange& exchange);
  ServerResponse run_handler(const Exchange& exchange);
  static MHD_Result queue(MHD_Connection* connection, ServerResponse& answer);
  static Connection* context(MHD_Connection* connection);

  static MHD_Result on_accept(void* self, const sockaddr* from, socklen_t length);
  static void* on_target(void* self, const char* target, MHD_Connection* connection);
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char* version, const char* data,
                               std::size_t* size, void** state);
  static void on_completed(void* self, MHD_Connection* connection, void** state,
                           MHD_RequestTerminationCode why);
  static void on_connection(void* self, MHD_Connection* connection, void** state,
                            MHD_ConnectionNotificationCode what);

  ServerOptions options_;
  Handler handler_;
  SystemClock clock_;
  std::string address_, cert_pem_, key_pem_;
  MHD_Daemon* daemon_ = nullptr;
  int wake_fd_ = -1;
  std::thread thread_;
  std::multimap<Duration, MHD_Connection*> delayed_;  ///< suspended, by when they go on
  std::unordered_set<Connection*> connections_;
  Duration swept_at_{};
  Duration told_at_{};
  std::uint64_t turned_away_ = 0;  ///< for their address
  bool closed_one_ = false;        ///< in this pass
};

Status MicrohttpdServer::load_tls() {
  if (options_.tls_cert_file.empty() && options_.tls_key_file.empty()) return ok();
  for (const auto& [path, pem] : {std::pair{&options_.tls_cert_file, &cert_pem_},
                                  std::pair{&options_.tls_key_file, &key_pem_}}) {
    Result<std::string> text = read_pem(*path);
    if (!text) return text.error();
    *pem = std::move(*text);
  }
  return ok();
}

Status MicrohttpdServer::open() {
  if (Status tls = load_tls(); !tls) return tls;
  Result<int> fd = open_listener(options_.listen);
  if (!fd) return fd.error();
  address_ = bound_address(*fd);
  unsigned flags = MHD_USE_EPOLL | MHD_USE_SUSPEND_RESUME;
  if (address_.starts_with('[')) flags |= MHD_USE_IPv6;
  std::vector<MHD_OptionItem> items{
      {MHD_OPTION_LISTEN_SOCKET, *fd, nullptr},
      {MHD_OPTION_CONNECTION_LIMIT, static_cast<intptr_t>(options_.max_connections), nullptr},
      {MHD_OPTION_CONNECTION_TIMEOUT, static_cast<intptr_t>(options_.idle_timeout_seconds),
       nullptr},
      {MHD_OPTION_STRICT_FOR_CLIENT, 1, nullptr},
      {MHD_OPTION_URI_LOG_CALLBACK, reinterpret_cast<intptr_t>(&on_target), this},
      {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<intptr_t>(&on_completed), this},
      {MHD_OPTION_NOTIFY_CONNECTION, reinterpret_cast<intptr_t>(&on_connection), this},
  };
  std::string priorities = "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1";
  if (!key_pem_.empty()) {
    flags |= MHD_USE_TLS;
    items.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, key_pem_.data()});
    items.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, cert_pem_.data()});
    items.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, priorities.data()});
  }
  items.push_back({MHD_OPTION_END, 0, nullptr});
  daemon_ = MHD_start_daemon(flags, 0, &on_accept, this, &on_request, this, MHD_OPTION_ARRAY,
                             items.data(), MHD_OPTION_END);
  if (daemon_ == nullptr) {
    close(*fd);
    return Error{.kind = ErrorKind::kInvalid,
                 .message = key_pem_.empty()
                                ? "cannot start the HTTP server on \"" + address_ + "\""
                                : "cannot start TLS: \"" + options_.tls_cert_file + "\" and \"" +
                                      options_.tls_key_file +
                                      "\" are not a certificate and its key",
                 .code = "",
                 .request_id = ""};
  }
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  // Signals are the main thread's; a client that closed early must not raise SIGPIPE here.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { serve(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return ok();
}

MicrohttpdServer::~MicrohttpdServer() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof one);
    thread_.join();
  }
  if (wake_fd_ >= 0) close(wake_fd_);
}

int MicrohttpdServer::poll_timeout(Duration now) const {
  std::int64_t wait = -1;
  const auto at_most = [&wait](std::int64_t ms) { wait = wait < 0 ? ms : std::min(wait, ms); };
  if (MHD_UNSIGNED_LONG_LONG ms = 0; MHD_get_timeout(daemon_, &ms) == MHD_YES) {
    at_most(static_cast<std::int64_t>(std::min<MHD_UNSIGNED_LONG_LONG>(ms, 60'000)));
  }
  if (!delayed_.empty()) {
    at_most(std::max<std::int64_t>(0, (delayed_.begin()->first - now).count()));
  }
  if (!connections_.empty()) at_most(kSweepInterval.count());
  // At its limit libmicrohttpd stops listening, and begins again only in the pass after a close.
  if (closed_one_) at_most(0);
  return static_cast<int>(std::min<std::int64_t>(wait, 60'000));
}

void MicrohttpdServer::serve() {
  const int epoll_fd = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  while (true) {
    pollfd ready[] = {{epoll_fd, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
    poll(ready, std::size(ready), poll_timeout(clock_.monotonic()));
    if (ready[1].revents != 0) break;
    const Duration now = clock_.monotonic();
    resume_due(now);
    closed_one_ = false;
    MHD_run(daemon_);
    sweep(now);
  }
  resume_due(Duration::max());  // libmicrohttpd must not be stopped with suspended connections
  MHD_stop_daemon(daemon_);
}

void MicrohttpdServer::resume_due(Duration now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    MHD_resume_connection(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
  }
}

void MicrohttpdServer::sweep(Duration now) {
  if (now - swept_at_ < kSweepInterval) return;
  swept_at_ = now;
  const Duration deadline =
      kRequestDeadlineFactor * std::chrono::seconds{options_.idle_timeout_seconds};
  if (deadline <= Duration::zero()) return;
  for (const Connection* connection : connections_) {
    if (connection->answering || now - connection->waiting_since <= deadline) continue;
    shutdown(connection->fd, SHUT_RDWR);  // libmicrohttpd then sees the end and closes
  }
}

MHD_Result MicrohttpdServer::on_accept(void* self, const sockaddr* from, socklen_t) {
  auto& server = *static_cast<MicrohttpdServer*>(self);
  if (may_connect(address_bytes(numeric_address(from)), address_bytes(server.address_),
                  server.options_.allow_from)) {
    return MHD_YES;
  }
  ++server.turned_away_;
  const Duration now = server.clock_.monotonic();
  if (server.turned_away_ == 1 || now - server.told_at_ >= kTellInterval) {
    log_warn("client_turned_away", {{"peer", numeric_address(from)},
                                    {"count", std::to_string(server.turned_away_)},
                                    {"see", "allow_from"}});
    server.told_at_ = now;
  }
  return MHD_NO;
}

Connection* MicrohttpdServer::context(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == nullptr ? nullptr : static_cast<Connection*>(info->socket_context);
}

void MicrohttpdServer::on_connection(void* self, MHD_Connection* connection, void** state,
                                     MHD_ConnectionNotificationCode what) {
  auto& server = *static_cast<MicrohttpdServer*>(self);
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    const int fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    auto fresh = std::make_unique<Connection>(Connection{fd, server.clock_.monotonic(), false});
    server.connections_.insert(fresh.get());
    *state = fresh.release();
  } else if (*state != nullptr) {
    const std::unique_ptr<Connection> gone(static_cast<Connection*>(*state));
    server.connections_.erase(gone.get());
    server.closed_one_ = true;
    *state = nullptr;
  }
}

void* MicrohttpdServer::on_target(void*, const char* target, MHD_Connection*) {
  auto exchange = std::make_unique<Exchange>();
  exchange->target_ok = read_target(target, exchange->request);
  return exchange.release();
}

void MicrohttpdServer::on_completed(void* self, MHD_Connection* connection, void** state,
                                    MHD_RequestTerminationCode) {
  const std::unique_ptr<Exchange> gone(static_cast<Exchange*>(*state));
  *state = nullptr;
  if (Connection* owner = context(connection)) {
    owner->answering = false;
    owner->waiting_since = static_cast<MicrohttpdServer*>(self)->clock_.monotonic();
  }
}

MHD_Result MicrohttpdServer::on_request(void* self, MHD_Connection* connection, const char*,
                                        const char* method, const char*, const char* data,
                                        std::size_t* size, void** state) {
  auto& server = *static_cast<MicrohttpdServer*>(self);
  auto& exchange = *static_cast<Exchange*>(*state);
  if (!exchange.begun) return server.begin(connection, exchange, method);
  if (*size > 0) return server.receive(exchange, data, size);
  return server.finish(connection, exchange);
}

MHD_Result MicrohttpdServer::begin(MHD_Connection* connection, Exchange& exchange,
                                   const char* method) {
  exchange.begun = true;
  ServerRequest& request = exchange.request;
  request.method = std::strcmp(method, "HEAD") == 0 ? "GET" : method;
  MHD_get_connection_values_n(
      connection, MHD_HEADER_KIND,
      [](void* out, MHD_ValueKind, const char* name, std::size_t name_size, const char* value,
         std::size_t value_size) {
        static_cast<ServerRequest*>(out)->headers.emplace_back(
            std::string(name, name_size),
            value == nullptr ? std::string() : std::string(value, value_size));
        return MHD_YES;
      },
      &request);
  request.peer = numeric_address(
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
  // A client that asks before it sends, or that would send very much, is answered at once.
  const std::string_view length = request.header("content-length");
  std::uint64_t announced = 0;
  std::from_chars(length.data(), length.data() + length.size(), announced);
  if (announced > options_.max_body &&
      (!request.header("expect").empty() || announced > options_.max_body * kDrainFactor)) {
    ServerResponse refusal = plain(413, "request body too large");
    return queue(connection, refusal);
  }
  return MHD_YES;
}

MHD_Result MicrohttpdServer::receive(Exchange& exchange, const char* data, std::size_t* size) {
  std::string& body = exchange.request.body;
  if (exchange.refused_bytes > 0 || body.size() + *size > options_.max_body) {
    exchange.refused_bytes += body.size() + *size;
    body = std::string();
    if (exchange.refused_bytes > options_.max_body * kDrainFactor) return MHD_NO;
  } else {
    body.append(data, *size);
  }
  *size = 0;
  return MHD_YES;
}

ServerResponse MicrohttpdServer::run_handler(const Exchange& exchange) {
  if (exchange.refused_bytes > 0) return plain(413, "request body too large");
  if (!exchange.target_ok) return plain(400, "bad request target");
  std::string cause = "unknown exception";
  try {
    return handler_(exchange.request);
  } catch (const std::exception& error) {
    cause = error.what();
  } catch (...) {  // NOLINT: whatever it is, the server goes on
  }
  log_error("http_server_fault", {{"path", exchange.request.path}, {"cause", cause}});
  return plain(500, "internal error");
}

MHD_Result MicrohttpdServer::finish(MHD_Connection* connection, Exchange& exchange) {
  if (!exchange.answer) {
    if (Connection* owner = context(connection)) owner->answering = true;
    exchange.answer = run_handler(exchange);
    if (exchange.answer->delay > Duration::zero()) {
      MHD_suspend_connection(connection);
      delayed_.emplace(clock_.monotonic() + exchange.answer->delay, connection);
      return MHD_YES;
    }
  }
  if (exchange.answer->drop) return MHD_NO;
  return queue(connection, *exchange.answer);
}

MHD_Result MicrohttpdServer::queue(MHD_Connection* connection, ServerResponse& answer) {
  MHD_Response* response = nullptr;
  if (answer.next_block) {
    response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, kBlockBytes, &read_block,
        new BlockReader{std::move(answer.next_block), "", 0},
        [](void* state) { delete static_cast<BlockReader*>(state); });
  } else {
    auto* body = new std::string(std::move(answer.body));
    response = MHD_create_response_from_buffer_with_free_callback_cls(
        body->size(), body->data(), [](void* text) { delete static_cast<std::string*>(text); },
        body);
  }
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type.c_str());
  for (const auto& [name, value] : answer.headers) {
    // libmicrohttpd refuses a value with a line break, so none can add a header of its own.
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(const ServerOptions& options,
                                                      Handler handler) {
  assert(handler);
  auto server = std::make_unique<MicrohttpdServer>(options, std::move(handler));
  if (Status opened = server->open(); !opened) return opened.error();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace penstock
