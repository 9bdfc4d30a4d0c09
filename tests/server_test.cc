#include "daemon/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/listener.h"

namespace penstock {
namespace {

using Steady = std::chrono::steady_clock;

/// A raw TCP client: tests need to send what no HTTP library would.
class Client {
 public:
  explicit Client(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)));
    if (address.front() == '[') {
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      to.sin6_port = htons(port);
      to.sin6_addr = in6addr_loopback;
      fd_ = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
      connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    } else {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(port);
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
      fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    }
  }
  Client(Client&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  ~Client() {
    if (fd_ >= 0) close(fd_);
  }
  bool connected() const { return connected_; }
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// Everything until the server closes, or until `limit` has passed without anything new.
  std::string read_all(int limit_ms = 5000) {
    std::string out;
    char buffer[65536];
    while (true) {
      pollfd ready{fd_, POLLIN, 0};
      if (poll(&ready, 1, limit_ms) <= 0) return out + "<timeout>";
      const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) return out;
      out.append(buffer, static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_ = -1;
  bool connected_ = false;
};

std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n";
}

std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string ask(const HttpServer& server, const std::string& request, int limit_ms = 5000) {
  Client client(server.address());
  client.send(request);
  return client.read_all(limit_ms);
}

int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

std::string body_of(const std::string& answer) {
  const std::size_t at = answer.find("\r\n\r\n");
  return at == std::string::npos ? "" : answer.substr(at + 4);
}

/// Shows what arrived.
ServerResponse echo(const ServerRequest& request) {
  ServerResponse response;
  response.content_type = "text/plain";
  response.body = request.method + " " + request.path + " [" + request.body + "] from " +
                  request.peer + " h=" + std::string(request.header("X-Some-Thing"));
  for (const auto& [key, value] : request.query) {
    response.body += ' ';
    response.body += key;
    response.body += '=';
    response.body += value;
  }
  return response;
}

std::unique_ptr<HttpServer> serve(HttpServer::Handler handler, const ServerOptions& options = {}) {
  Result<std::unique_ptr<HttpServer>> server = HttpServer::start(options, std::move(handler));
  EXPECT_TRUE(server) << (server ? "" : server.error().message);
  return server ? std::move(*server) : nullptr;
}

TEST(Server, GivesTheHandlerWhatArrived) {
  const auto server = serve(echo);
  struct Case {
    std::string request;
    int status;
    std::string body;
  };
  const std::vector<Case> cases{
      {get("/a/b"), 200, "GET /a/b [] from 127.0.0.1 h="},
      {get("/a%20b%2Fc?x=1&y=%C3%9F+z&&flag"), 200,
       "GET /a b/c [] from 127.0.0.1 h= x=1 y=\xC3\x9F z flag="},
      {get("/p%zz%4"), 200, "GET /p%zz%4 [] from 127.0.0.1 h="},
      {get("http://host:1/q?r=s"), 200, "GET /q [] from 127.0.0.1 h= r=s"},
      {get("/", "x-SOME-thing: seen\r\n"), 200, "GET / [] from 127.0.0.1 h=seen"},
      {post("/p", "some body"), 200, "POST /p [some body] from 127.0.0.1 h="},
      {get("/a%00b"), 400, "bad request target\n"},
      {get("nonsense"), 400, "bad request target\n"},
  };
  for (const Case& c : cases) {
    const std::string answer = ask(*server, c.request);
    EXPECT_EQ(status_of(answer), c.status) << c.request;
    EXPECT_EQ(body_of(answer), c.body) << c.request;
  }
}

TEST(Server, HeadHasTheHeadersOfGetAndNoBody) {
  const auto server = serve(echo);
  const std::string answer =
      ask(*server, "HEAD /thing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Content-Length: " +
                        std::to_string(std::string("GET /thing [] from 127.0.0.1 h=").size())),
            std::string::npos);
  EXPECT_EQ(body_of(answer), "");
}

TEST(Server, KeepsAConnectionForSeveralRequests) {
  const auto server = serve(echo);
  Client client(server->address());
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n" + get("/3"));
  const std::string answers = client.read_all();
  for (const char* path : {"GET /1 ", "GET /2 ", "GET /3 "}) {
    EXPECT_NE(answers.find(path), std::string::npos) << path;
  }
}

TEST(Server, RefusesABodyBeyondTheLimitAndStaysUp) {
  const auto server = serve(echo, {.max_body = 1000});
  EXPECT_EQ(status_of(ask(*server, post("/", std::string(1000, 'a')))), 200);
  EXPECT_EQ(status_of(ask(*server, post("/", std::string(1001, 'a')))), 413);
  EXPECT_EQ(status_of(ask(*server, post("/", std::string(7900, 'a')))), 413);
  // A chunked body announces no length; the count decides.
  std::string chunked =
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5; ++i) chunked += "190\r\n" + std::string(400, 'a') + "\r\n";
  EXPECT_EQ(status_of(ask(*server, chunked + "0\r\n\r\n")), 413);
  // One that asks first is told before it sends; far too large is told at once as well.
  EXPECT_EQ(status_of(ask(*server,
                          "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                          "Content-Length: 5000\r\n\r\n")),
            413);
  EXPECT_EQ(status_of(ask(*server,
                          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n"
                          "\r\n")),
            413);
  EXPECT_EQ(status_of(ask(*server, get("/"))), 200);
}

TEST(Server, AThrowingHandlerIsA500AndNothingMore) {
  const auto server = serve([](const ServerRequest& request) -> ServerResponse {
    if (request.path == "/std") throw std::runtime_error("secret detail");
    if (request.path == "/odd") throw 7;  // NOLINT: that is the point
    return echo(request);
  });
  for (const char* path : {"/std", "/odd"}) {
    const std::string answer = ask(*server, get(path));
    EXPECT_EQ(status_of(answer), 500) << path;
    EXPECT_EQ(answer.find("secret detail"), std::string::npos);
  }
  EXPECT_EQ(status_of(ask(*server, get("/fine"))), 200);
}

TEST(Server, StreamsABodyBlockByBlock) {
  const auto server = serve([](const ServerRequest& request) {
    ServerResponse response;
    int left = 5;
    const bool broken = request.path == "/broken";
    response.next_block = [left, broken]() mutable -> std::string {
      if (broken && left == 2) throw std::runtime_error("lost");
      return left-- > 0 ? std::string(100'000, static_cast<char>('V' + left)) : "";
    };
    return response;
  });
  const std::string answer = ask(*server, get("/"));
  EXPECT_EQ(status_of(answer), 200);
  for (const char letter : {'V', 'W', 'X', 'Y', 'Z'}) {
    EXPECT_EQ(std::count(answer.begin(), answer.end(), letter), 100'000) << letter;
  }
  EXPECT_GT(answer.size(), 500'000U);
  EXPECT_TRUE(answer.ends_with("0\r\n\r\n"));
  EXPECT_FALSE(ask(*server, get("/broken")).ends_with("0\r\n\r\n"));
}

TEST(Server, DelayedAndDroppedAnswersHoldNobodyElse) {
  const auto server = serve([](const ServerRequest& request) {
    ServerResponse response = echo(request);
    if (request.path == "/late") response.delay = 300ms;
    if (request.path == "/gone") response.drop = true;
    if (request.path == "/late-gone") {
      response.delay = 50ms;
      response.drop = true;
    }
    return response;
  });
  const auto started = Steady::now();
  std::vector<Client> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.emplace_back(server->address());
    waiting.back().send(get("/late"));
  }
  EXPECT_EQ(status_of(ask(*server, get("/now"))), 200);
  EXPECT_LT(Steady::now() - started, 250ms);
  EXPECT_EQ(ask(*server, get("/gone")), "");
  EXPECT_EQ(ask(*server, get("/late-gone")), "");
  for (Client& client : waiting) EXPECT_EQ(status_of(client.read_all()), 200);
  EXPECT_GE(Steady::now() - started, 300ms);
}

TEST(Server, StopsWhileAnswersAreDelayed) {
  auto server = serve([](const ServerRequest& request) {
    ServerResponse response = echo(request);
    response.delay = std::chrono::hours{1};
    return response;
  });
  Client client(server->address());
  client.send(get("/late"));
  Client second(server->address());
  second.send("GET /half HTTP/1.1\r\nHo");
  const auto started = Steady::now();
  server.reset();
  EXPECT_LT(Steady::now() - started, 2s);
}

TEST(Server, SlowAndHalfOpenClientsDelayNobody) {
  const auto server = serve(echo);
  std::vector<Client> slow;
  for (int i = 0; i < 300; ++i) {
    slow.emplace_back(server->address());
    ASSERT_TRUE(slow.back().connected());
    if (i % 3 == 0) slow.back().send("GET /slow HTTP/1.1\r\nHost: x\r\nX-Dri");
    if (i % 3 == 1) slow.back().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab");
  }
  const auto started = Steady::now();
  for (int i = 0; i < 50; ++i) ASSERT_EQ(status_of(ask(*server, get("/quick"))), 200);
  EXPECT_LT(Steady::now() - started, 1s);
}

TEST(Server, ClosesIdleAndDrippingConnections) {
  const auto server = serve(echo, {.idle_timeout_seconds = 1});
  Client idle(server->address());
  Client dripping(server->address());
  dripping.send("GET /");
  const auto started = Steady::now();
  // Never idle for a second, never complete either.
  bool open = true;
  while (open && Steady::now() - started < 10s) {
    open = dripping.send("x");
    open = open && dripping.read_all(100) == "<timeout>";
  }
  EXPECT_FALSE(open);
  EXPECT_GE(Steady::now() - started, 2s);
  EXPECT_LT(Steady::now() - started, 6s);
  EXPECT_EQ(idle.read_all(100).find("<timeout>"), std::string::npos);
}

TEST(Server, TakesConnectionsAgainAfterTheLimit) {
  const auto server = serve(echo, {.max_connections = 4});
  {
    std::vector<Client> held;
    held.reserve(8);
    for (int i = 0; i < 8; ++i) held.emplace_back(server->address());
    held.front().send("GET / HT");
    EXPECT_EQ(ask(*server, get("/"), 100), "<timeout>");  // nobody is served beyond the limit
  }
  EXPECT_EQ(status_of(ask(*server, get("/"))), 200);
}

TEST(Server, ListensOnIpv6) {
  const auto server = serve(echo, {.listen = "[::1]:0"});
  ASSERT_TRUE(server);
  EXPECT_TRUE(server->address().starts_with("[::1]:"));
  EXPECT_EQ(body_of(ask(*server, get("/six"))), "GET /six [] from ::1 h=");
}

/// An address of this host that is not loopback; "" where there is none.
std::string own_address() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return "";
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(all, &freeifaddrs);
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    const std::string text = numeric_address(each->ifa_addr);
    if (!text.starts_with("127.")) return text;
  }
  return "";
}

TEST(Server, HangsUpOnWhoeverMayNotConnect) {
  const std::string own = own_address();
  if (own.empty()) GTEST_SKIP() << "this host has no address but loopback";
  for (const bool allowed : {true, false}) {
    const auto range = parse_address_range(allowed ? own : "240.0.0.0/4");
    ASSERT_TRUE(range);
    const auto server = serve(echo, {.listen = "0.0.0.0:0", .allow_from = {*range}});
    ASSERT_TRUE(server);
    const std::string port = server->address().substr(server->address().rfind(':'));
    for (const std::string& host : {std::string("127.0.0.1"), own}) {
      Client client(host + port);
      client.send(get("/x"));
      EXPECT_EQ(status_of(client.read_all()), allowed || host != own ? 200 : 0) << host;
    }
  }
}

TEST(Server, SaysWhyItCannotListen) {
  const auto server = serve(echo);
  struct Case {
    std::string listen, message;
  };
  for (const Case& c : std::vector<Case>{{server->address(), "Address already in use"},
                                         {"127.0.0.1", "HOST:PORT"},
                                         {"127.0.0.1:x", "HOST:PORT"},
                                         {"127.0.0.1:70000", "HOST:PORT"},
                                         {"::1:80", "brackets"},
                                         {":80", "HOST:PORT"}}) {
    const auto second = HttpServer::start({.listen = c.listen}, echo);
    ASSERT_FALSE(second) << c.listen;
    EXPECT_EQ(second.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(second.error().message.find(c.message), std::string::npos) << second.error().message;
    EXPECT_NE(second.error().message.find(c.listen), std::string::npos) << second.error().message;
  }
  const auto tls = HttpServer::start(
      {.tls_cert_file = "/nonexistent/cert", .tls_key_file = "/nonexistent/key"}, echo);
  ASSERT_FALSE(tls);
  EXPECT_NE(tls.error().message.find("/nonexistent/cert"), std::string::npos);
}

TEST(Server, AHeaderValueCannotAddAHeader) {
  const auto server = serve([](const ServerRequest&) {
    ServerResponse response;
    response.headers = {{"X-Good", "yes"}, {"X-Bad", "a\r\nX-Forged: 1"}};
    return response;
  });
  const std::string answer = ask(*server, get("/"));
  EXPECT_NE(answer.find("X-Good: yes"), std::string::npos);
  EXPECT_EQ(answer.find("X-Forged"), std::string::npos);
}

}  // namespace
}  // namespace penstock
