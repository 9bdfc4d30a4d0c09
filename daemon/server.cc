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
#include <deque>
#include <exception>
#include <iterator>
#include <map>
#include <optional>
#include <thread>

#include "daemon/address_gate.h"
#include "daemon/clock.h"
#include "daemon/connection_table.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/request_target.h"
#include "daemon/server_body.h"
#include "daemon/server_limits.h"
#include "daemon/tls_files.h"

namespace penstock {
namespace {

ServerResponse plain(int status, std::string text) {
  ServerResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text) + "\n";
  return response;
}

/// One request on its way: what arrived, then what will be answered.
struct Exchange {
  ServerRequest request;
  bool target_ok = false;
  bool begun = false;
  bool queued = false;            ///< and its turn came
  std::size_t refused_bytes = 0;  ///< of a body beyond the limit
  std::optional<ServerResponse> answer;
};

std::string peer_of(MHD_Connection* connection) {
  return numeric_address(
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
}

ssize_t read_block(void* state, std::uint64_t, char* out, std::size_t room) {
  const auto count = static_cast<BlockReader*>(state)->read(out, room);
  if (!count) return MHD_CONTENT_READER_END_WITH_ERROR;
  return *count == 0 ? MHD_CONTENT_READER_END_OF_STREAM : static_cast<ssize_t>(*count);
}

/// Everything but start and stop happens on the server's own thread, which drives libmicrohttpd
/// from outside: so delays and deadlines need neither locks nor further threads.
class MicrohttpdServer final : public HttpServer {
 public:
  MicrohttpdServer(const ServerOptions& options, Handler handler)
      : options_(options), handler_(std::move(handler)), gate_(options.allow_from) {}
  ~MicrohttpdServer() override;

  Status open();
  std::string address() const override { return address_; }

 private:
  void serve();
  int poll_timeout(Duration now) const;
  void resume_due(Duration now);
  void resume_queued(std::size_t most);
  void sweep(Duration now);
  void make_room(Duration now);

  MHD_Result begin(MHD_Connection* connection, Exchange& exchange, const char* method);
  MHD_Result receive(Exchange& exchange, const char* data, std::size_t* size);
  MHD_Result finish(MHD_Connection* connection, Exchange& exchange);
  bool queue_up(MHD_Connection* connection, Exchange& exchange);
  ServerResponse run_handler(const Exchange& exchange);
  MHD_Result queue(MHD_Connection* connection, ServerResponse& answer);
  static ConnectionTable::Entry* entry_of(MHD_Connection* connection);
  void hang_up(ConnectionTable::Entry& entry);

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
  AddressGate gate_;
  SystemClock clock_;
  std::string address_;
  TlsFiles tls_;
  MHD_Daemon* daemon_ = nullptr;
  int wake_fd_ = -1;
  int listener_ = -1;  ///< libmicrohttpd's
  std::thread thread_;
  std::deque<MHD_Connection*> queued_;                ///< suspended, in order
  Duration handled_{};                                ///< what the handler took of this pass
  std::multimap<Duration, MHD_Connection*> delayed_;  ///< suspended, by when they go on
  ConnectionTable connections_;
  std::size_t unsent_ = 0;  ///< bytes of answers that are not taken yet
  Duration swept_at_{};
  std::optional<Duration> room_at_;  ///< when somebody may be hung up on for a place
  bool closed_one_ = false;          ///< in this pass
};

Status MicrohttpdServer::open() {
  Result<TlsFiles> tls = read_tls_files(options_.tls_cert_file, options_.tls_key_file);
  if (!tls) return tls.error();
  tls_ = *std::move(tls);
  Result<int> fd = open_listener(options_.listen);
  if (!fd) return fd.error();
  listener_ = *fd;
  address_ = bound_address(*fd);
  unsigned flags = MHD_USE_EPOLL | MHD_USE_SUSPEND_RESUME;
  if (address_.starts_with('[')) flags |= MHD_USE_IPv6;
  std::vector<MHD_OptionItem> items{
      {MHD_OPTION_LISTEN_SOCKET, *fd, nullptr},
      {MHD_OPTION_CONNECTION_LIMIT, static_cast<intptr_t>(options_.max_connections), nullptr},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, static_cast<intptr_t>(kConnectionMemory), nullptr},
      {MHD_OPTION_CONNECTION_TIMEOUT, static_cast<intptr_t>(options_.idle_timeout_seconds),
       nullptr},
      {MHD_OPTION_STRICT_FOR_CLIENT, 1, nullptr},
      {MHD_OPTION_URI_LOG_CALLBACK, reinterpret_cast<intptr_t>(&on_target), this},
      {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<intptr_t>(&on_completed), this},
      {MHD_OPTION_NOTIFY_CONNECTION, reinterpret_cast<intptr_t>(&on_connection), this},
  };
  std::string priorities = "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1";
  if (!tls_.key_pem.empty()) {
    flags |= MHD_USE_TLS;
    items.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, tls_.key_pem.data()});
    items.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, tls_.cert_pem.data()});
    items.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, priorities.data()});
  }
  items.push_back({MHD_OPTION_END, 0, nullptr});
  daemon_ = MHD_start_daemon(flags, 0, &on_accept, this, &on_request, this, MHD_OPTION_ARRAY,
                             items.data(), MHD_OPTION_END);
  if (daemon_ == nullptr) {
    close(*fd);
    return Error{.kind = ErrorKind::kInvalid,
                 .message = tls_.key_pem.empty()
                                ? "cannot start the HTTP server on \"" + address_ + "\""
                                : "cannot start TLS: \"" + options_.tls_cert_file + "\" and \"" +
                                      options_.tls_key_file +
                                      "\" are not a certificate and its key"};
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
  if (connections_.size() > 0) at_most(kSweepInterval.count());
  if (room_at_) at_most(std::max<std::int64_t>(0, (*room_at_ - now).count()));
  // At its limit libmicrohttpd stops listening, and begins again only in the pass after a close.
  if (closed_one_ || !queued_.empty()) at_most(0);
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
    resume_queued(1);
    closed_one_ = false;
    handled_ = {};
    MHD_run(daemon_);
    sweep(now);
    make_room(now);
  }
  // libmicrohttpd must not be stopped with suspended connections.
  resume_due(Duration::max());
  resume_queued(queued_.size());
  MHD_stop_daemon(daemon_);
}

void MicrohttpdServer::resume_due(Duration now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    MHD_resume_connection(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
  }
}

void MicrohttpdServer::resume_queued(std::size_t most) {
  for (; most > 0 && !queued_.empty(); --most) {
    MHD_resume_connection(queued_.front());
    queued_.pop_front();
  }
}

/// Whether the request has to wait for its turn, or is refused for want of room; false: go on.
bool MicrohttpdServer::queue_up(MHD_Connection* connection, Exchange& exchange) {
  const bool in_time = queued_.empty() && handled_ < kHandlerTime;
  if (exchange.queued || in_time || (options_.urgent && options_.urgent(exchange.request))) {
    return false;
  }
  if (queued_.size() >= options_.max_queued) {
    exchange.answer = plain(503, "too many requests wait; try again soon");
    return false;
  }
  exchange.queued = true;
  MHD_suspend_connection(connection);
  queued_.push_back(connection);
  return true;
}

void MicrohttpdServer::sweep(Duration now) {
  if (now - swept_at_ < kSweepInterval) return;
  swept_at_ = now;
  const Duration deadline = kDeadlineFactor * std::chrono::seconds{options_.idle_timeout_seconds};
  if (deadline <= Duration::zero()) return;
  for (const auto state : {ConnectionTable::State::kWaiting, ConnectionTable::State::kAnswering}) {
    for (ConnectionTable::Entry* entry : connections_.overdue(state, now, deadline)) {
      hang_up(*entry);
    }
  }
}

void MicrohttpdServer::make_room(Duration now) {
  room_at_.reset();
  if (connections_.size() < options_.max_connections) return;
  const Duration grace = not_accepted(listener_) > kCrowd ? kGraceInCrowd : kGrace;
  for (unsigned i = 0; i <= options_.max_connections / kRoomShare; ++i) {
    ConnectionTable::Entry* victim = connections_.victim();
    if (victim == nullptr) return;
    if (now - victim->since < grace) {
      room_at_ = victim->since + grace;
      return;
    }
    hang_up(*victim);
  }
}

void MicrohttpdServer::hang_up(ConnectionTable::Entry& entry) {
  shutdown(entry.fd, SHUT_RDWR);  // libmicrohttpd then sees the end and closes
  connections_.enter(entry, ConnectionTable::State::kClosing, clock_.monotonic());
}

MHD_Result MicrohttpdServer::on_accept(void* self, const sockaddr* from, socklen_t) {
  auto& server = *static_cast<MicrohttpdServer*>(self);
  return server.gate_.admits(numeric_address(from), server.address_, server.clock_.monotonic())
             ? MHD_YES
             : MHD_NO;
}

ConnectionTable::Entry* MicrohttpdServer::entry_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == nullptr ? nullptr : static_cast<ConnectionTable::Entry*>(info->socket_context);
}

void MicrohttpdServer::on_connection(void* self, MHD_Connection* connection, void** state,
                                     MHD_ConnectionNotificationCode what) {
  auto& server = *static_cast<MicrohttpdServer*>(self);
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    const int fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *state = server.connections_.add(fd, peer_of(connection), server.clock_.monotonic());
  } else if (*state != nullptr) {
    server.connections_.remove(static_cast<ConnectionTable::Entry*>(*state));
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
  auto& server = *static_cast<MicrohttpdServer*>(self);
  if (ConnectionTable::Entry* owner = entry_of(connection)) {
    server.connections_.enter(*owner, ConnectionTable::State::kWaiting, server.clock_.monotonic());
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
  request.peer = peer_of(connection);
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
  const Duration begun = clock_.monotonic();
  try {
    ServerResponse response = handler_(exchange.request);
    handled_ += clock_.monotonic() - begun;
    return response;
  } catch (const std::exception& error) {
    cause = error.what();
  } catch (...) {  // NOLINT: whatever it is, the server goes on
  }
  log_error("http_server_fault", {{"path", exchange.request.path}, {"cause", cause}});
  return plain(500, "internal error");
}

MHD_Result MicrohttpdServer::finish(MHD_Connection* connection, Exchange& exchange) {
  if (!exchange.answer) {
    if (ConnectionTable::Entry* owner = entry_of(connection)) {
      connections_.enter(*owner, ConnectionTable::State::kPrepared, clock_.monotonic());
    }
    if (queue_up(connection, exchange)) return MHD_YES;
    if (!exchange.answer) exchange.answer = run_handler(exchange);
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
  if (ConnectionTable::Entry* owner = entry_of(connection)) {
    connections_.enter(*owner, ConnectionTable::State::kAnswering, clock_.monotonic());
  }
  if (answer.body.size() > kSmallAnswer && unsent_ + answer.body.size() > options_.max_unsent) {
    answer = plain(503, "too many answers wait to be taken; try again soon");
  }
  MHD_Response* response = nullptr;
  if (answer.next_block) {
    response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, kBlockBytes, &read_block, new BlockReader{std::move(answer.next_block)},
        [](void* state) { delete static_cast<BlockReader*>(state); });
  } else {
    auto* body = new UnsentBody(std::move(answer.body), unsent_);
    response = MHD_create_response_from_buffer_with_free_callback_cls(
        body->text.size(), body->text.data(),
        [](void* sent) { delete static_cast<UnsentBody*>(sent); }, body);
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
