#include "daemon/server.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/testing/raw_client.h"
#include "tests/testing/serving.h"

namespace penstock {
namespace {

using Steady = std::chrono::steady_clock;
using testing::ask;
using testing::body_of;
using testing::get;
using testing::post;
using testing::RawClient;
using testing::serve;
using testing::status_of;

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
    const std::string answer = ask(server->address(), c.request);
    EXPECT_EQ(status_of(answer), c.status) << c.request;
    EXPECT_EQ(body_of(answer), c.body) << c.request;
  }
}

TEST(Server, HeadHasTheHeadersOfGetAndNoBody) {
  const auto server = serve(echo);
  const std::string answer =
      ask(server->address(), "HEAD /thing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Content-Length: " +
                        std::to_string(std::string("GET /thing [] from 127.0.0.1 h=").size())),
            std::string::npos);
  EXPECT_EQ(body_of(answer), "");
}

TEST(Server, KeepsAConnectionForSeveralRequests) {
  const auto server = serve(echo);
  RawClient client(server->address());
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n" + get("/3"));
  const std::string answers = client.read_all();
  for (const char* path : {"GET /1 ", "GET /2 ", "GET /3 "}) {
    EXPECT_NE(answers.find(path), std::string::npos) << path;
  }
}

TEST(Server, AThrowingHandlerIsA500AndNothingMore) {
  const auto server = serve([](const ServerRequest& request) -> ServerResponse {
    if (request.path == "/std") throw std::runtime_error("secret detail");
    if (request.path == "/odd") throw 7;  // NOLINT: that is the point
    return echo(request);
  });
  for (const char* path : {"/std", "/odd"}) {
    const std::string answer = ask(server->address(), get(path));
    EXPECT_EQ(status_of(answer), 500) << path;
    EXPECT_EQ(answer.find("secret detail"), std::string::npos);
  }
  EXPECT_EQ(status_of(ask(server->address(), get("/fine"))), 200);
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
  const std::string answer = ask(server->address(), get("/"));
  EXPECT_EQ(status_of(answer), 200);
  for (const char letter : {'V', 'W', 'X', 'Y', 'Z'}) {
    EXPECT_EQ(std::count(answer.begin(), answer.end(), letter), 100'000) << letter;
  }
  EXPECT_GT(answer.size(), 500'000U);
  EXPECT_TRUE(answer.ends_with("0\r\n\r\n"));
  EXPECT_FALSE(ask(server->address(), get("/broken")).ends_with("0\r\n\r\n"));
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
  std::vector<RawClient> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.emplace_back(server->address());
    waiting.back().send(get("/late"));
  }
  EXPECT_EQ(status_of(ask(server->address(), get("/now"))), 200);
  EXPECT_LT(Steady::now() - started, 250ms);
  EXPECT_EQ(ask(server->address(), get("/gone")), "");
  EXPECT_EQ(ask(server->address(), get("/late-gone")), "");
  for (RawClient& client : waiting) EXPECT_EQ(status_of(client.read_all()), 200);
  EXPECT_GE(Steady::now() - started, 300ms);
}

TEST(Server, StopsWhileAnswersAreDelayed) {
  auto server = serve([](const ServerRequest& request) {
    ServerResponse response = echo(request);
    response.delay = std::chrono::hours{1};
    return response;
  });
  RawClient client(server->address());
  client.send(get("/late"));
  RawClient second(server->address());
  second.send("GET /half HTTP/1.1\r\nHo");
  const auto started = Steady::now();
  server.reset();
  EXPECT_LT(Steady::now() - started, 2s);
}

TEST(Server, ListensOnIpv6) {
  const auto server = serve(echo, {.listen = "[::1]:0"});
  ASSERT_TRUE(server);
  EXPECT_TRUE(server->address().starts_with("[::1]:"));
  EXPECT_EQ(body_of(ask(server->address(), get("/six"))), "GET /six [] from ::1 h=");
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
  const std::string answer = ask(server->address(), get("/"));
  EXPECT_NE(answer.find("X-Good: yes"), std::string::npos);
  EXPECT_EQ(answer.find("X-Forged"), std::string::npos);
}

}  // namespace
}  // namespace penstock
