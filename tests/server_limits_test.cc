// What one client, or many, may take of the server: connections, time, bodies, headers, answers.
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "daemon/listener.h"
#include "daemon/server.h"
#include "tests/testing/raw_client.h"
#include "tests/testing/serving.h"

namespace penstock {
namespace {

using Steady = std::chrono::steady_clock;
using testing::ask;
using testing::get;
using testing::post;
using testing::RawClient;
using testing::serve;
using testing::status_of;

ServerResponse echo(const ServerRequest& request) {
  ServerResponse response;
  response.body = request.path;
  return response;
}

TEST(ServerLimits, SlowAndHalfOpenClientsDelayNobody) {
  const auto server = serve(echo);
  std::vector<RawClient> slow;
  for (int i = 0; i < 300; ++i) {
    slow.emplace_back(server->address());
    ASSERT_TRUE(slow.back().connected());
    if (i % 3 == 0) slow.back().send("GET /slow HTTP/1.1\r\nHost: x\r\nX-Dri");
    if (i % 3 == 1) slow.back().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab");
  }
  const auto started = Steady::now();
  for (int i = 0; i < 50; ++i) ASSERT_EQ(status_of(ask(server->address(), get("/quick"))), 200);
  EXPECT_LT(Steady::now() - started, 1s);
}

TEST(ServerLimits, ClosesIdleAndDrippingConnections) {
  const auto server = serve(echo, {.idle_timeout_seconds = 1});
  RawClient idle(server->address());
  RawClient dripping(server->address());
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

/// By it a burst that would overflow the kernel's queue is known, and answered by making room
/// faster.
TEST(ServerLimits, WhoWaitsToBeAcceptedIsCounted) {
  const Result<int> listener = open_listener("127.0.0.1:0");
  ASSERT_TRUE(listener);
  EXPECT_EQ(not_accepted(*listener), 0U);
  {
    std::vector<RawClient> clients;
    for (int i = 0; i < 3; ++i) clients.emplace_back(bound_address(*listener));
    EXPECT_EQ(not_accepted(*listener), 3U);
    const int accepted = accept(*listener, nullptr, nullptr);
    EXPECT_EQ(not_accepted(*listener), 2U);
    close(accepted);
  }
  close(*listener);
}

TEST(ServerLimits, AtItsLimitWhoeverKeepsItWaitingMakesRoom) {
  const auto server = serve(echo, {.max_connections = 40});
  std::vector<RawClient> held;
  held.reserve(100);
  for (int i = 0; i < 100; ++i) {
    held.emplace_back(server->address());
    ASSERT_TRUE(held.back().connected());
    held.back().send("GET / HT");
  }
  EXPECT_EQ(status_of(ask(server->address(), get("/"))), 200);
  std::size_t open = 0;
  for (RawClient& client : held) open += client.read_all(0) == "<timeout>" ? 1 : 0;
  EXPECT_LE(open, 40U);
  // Who was kept is served once the request is whole.
  held.back().send("TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(held.back().read_all()), 200);
}

TEST(ServerLimits, AnAnswerThatNobodyTakesIsTakenBack) {
  // Two of them are below the limit, and none is taken whole before its time is over.
  const std::string large(19U << 20, 'x');
  const auto server = serve(
      [&](const ServerRequest& request) {
        ServerResponse response;
        response.body = request.path == "/large" ? large : "small";
        return response;
      },
      {.max_unsent = 40U << 20, .idle_timeout_seconds = 1});
  const auto started = Steady::now();  // no answer can have waited for longer
  std::vector<RawClient> greedy;
  for (int i = 0; i < 6; ++i) {
    greedy.emplace_back(server->address(), 64 << 10);
    greedy.back().send(get("/large"));
  }
  // Two large answers wait; the next are refused, small ones are not.
  EXPECT_EQ(status_of(ask(server->address(), get("/small"))), 200);
  EXPECT_EQ(status_of(ask(server->address(), get("/large"))), 503);
  // Nobody is idle who takes some now and then, and yet the room comes back.
  int status = 0;
  auto taken = started;  // a pause before the first of it is one, too
  Steady::duration longest_pause{};
  while (status != 200 && Steady::now() - started < 20s) {
    // Five megabytes a second, however busy the machine is: the server sends more only when a good
    // part of what the kernel holds for it is gone.
    const auto pause = Steady::now() - taken;
    longest_pause = std::max(longest_pause, pause);
    taken = Steady::now();
    const auto due = static_cast<std::size_t>(pause / 1us) * 5;
    for (RawClient& client : greedy) client.read_some(due);
    poll(nullptr, 0, 20);
    status = status_of(ask(server->address(), get("/large")));
  }
  EXPECT_EQ(status, 200);
  // A machine so slow that they did pause for long made them idle after all.
  if (longest_pause < 300ms) {
    EXPECT_GE(Steady::now() - started, 2s);
  }
}

TEST(ServerLimits, WhatIsUrgentDoesNotWaitBehindWhatTakesLong) {
  std::vector<std::string> order;
  auto server = serve(
      [&](const ServerRequest& request) {
        order.push_back(request.path);
        if (request.path == "/long") poll(nullptr, 0, 10);
        return echo(request);
      },
      {.max_queued = 64,
       .urgent = [](const ServerRequest& request) { return request.path == "/urgent"; }});
  std::vector<RawClient> many;
  for (int i = 0; i < 100; ++i) {
    many.emplace_back(server->address());
    many.back().send(get("/long"));
  }
  const auto started = Steady::now();
  EXPECT_EQ(status_of(ask(server->address(), get("/urgent"))), 200);
  EXPECT_LT(Steady::now() - started, 1s);
  int answered = 0, refused = 0;
  for (RawClient& client : many) {
    const int status = status_of(client.read_all());
    answered += status == 200 ? 1 : 0;
    refused += status == 503 ? 1 : 0;
  }
  server.reset();  // `order` is its thread's until then
  EXPECT_EQ(answered + refused, 100);
  EXPECT_GE(answered, 64) << "what has room in the queue is answered";
  EXPECT_LT(std::ranges::find(order, "/urgent") - order.begin(), 70);
}

TEST(ServerLimits, HeadersWithoutEndAreRefused) {
  const auto server = serve(echo);
  const std::string many(100'000, 'a');
  for (const std::string& request :
       {"GET /" + many + " HTTP/1.1\r\nHost: x\r\n\r\n", get("/", "X-Long: " + many + "\r\n"),
        get("/", std::string(many).replace(0, 0, "X: y\r\n"))}) {
    const std::string answer = ask(server->address(), request);
    EXPECT_NE(status_of(answer), 200) << answer.substr(0, 200);
    EXPECT_EQ(answer.find("<timeout>"), std::string::npos);
  }
  EXPECT_EQ(status_of(ask(server->address(), get("/"))), 200);
}

TEST(ServerLimits, RefusesABodyBeyondTheLimitAndStaysUp) {
  const auto server = serve(echo, {.max_body = 1000});
  EXPECT_EQ(status_of(ask(server->address(), post("/", std::string(1000, 'a')))), 200);
  EXPECT_EQ(status_of(ask(server->address(), post("/", std::string(1001, 'a')))), 413);
  EXPECT_EQ(status_of(ask(server->address(), post("/", std::string(7900, 'a')))), 413);
  // A chunked body announces no length; the count decides.
  std::string chunked =
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5; ++i) chunked += "190\r\n" + std::string(400, 'a') + "\r\n";
  EXPECT_EQ(status_of(ask(server->address(), chunked + "0\r\n\r\n")), 413);
  // One that asks first is told before it sends; far too large is told at once as well.
  EXPECT_EQ(status_of(ask(server->address(),
                          "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                          "Content-Length: 5000\r\n\r\n")),
            413);
  EXPECT_EQ(status_of(ask(server->address(),
                          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n"
                          "\r\n")),
            413);
  EXPECT_EQ(status_of(ask(server->address(), get("/"))), 200);
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

TEST(ServerLimits, HangsUpOnWhoeverMayNotConnect) {
  const std::string own = own_address();
  if (own.empty()) GTEST_SKIP() << "this host has no address but loopback";
  for (const bool allowed : {true, false}) {
    const auto range = parse_address_range(allowed ? own : "240.0.0.0/4");
    ASSERT_TRUE(range);
    const auto server = serve(echo, {.listen = "0.0.0.0:0", .allow_from = {*range}});
    ASSERT_TRUE(server);
    const std::string port = server->address().substr(server->address().rfind(':'));
    for (const std::string& host : {std::string("127.0.0.1"), own}) {
      RawClient client(host + port);
      client.send(get("/x"));
      EXPECT_EQ(status_of(client.read_all()), allowed || host != own ? 200 : 0) << host;
    }
  }
}

}  // namespace
}  // namespace penstock
