// Slow and hostile clients against the server alone; slow_hostile_clients_test.cc has the daemon.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <memory>
#include <string>

#include "daemon/server.h"
#include "tests/testing/crowd.h"

namespace penstock {
namespace {

using testing::Crowd;

/// Answers health at once and anything else with much.
ServerResponse answer(const ServerRequest& request) {
  ServerResponse response;
  response.body = request.path == "/-/healthy" ? "healthy" : std::string(256U << 10, 'x');
  return response;
}

/// The slowest of `times` answers of the health page, some milliseconds apart.
Duration slowest_health(const HttpServer& server, int times) {
  Duration worst{};
  for (int i = 0; i < times; ++i) {
    worst = std::max(worst, testing::time_to_answer(server.address(), "/-/healthy"));
    poll(nullptr, 0, 20);
  }
  return worst;
}

TEST(HostileClients, DoNotKeepTheHealthPageFromAnybody) {
  const auto server = HttpServer::start({.max_body = 16U << 10, .max_connections = 64}, answer);
  ASSERT_TRUE(server);
  const Crowd crowd((*server)->address(), 100, testing::all_manners(), 100ms);
  EXPECT_LT(slowest_health(**server, 30), 1s);
  const Crowd::Tally tally = crowd.tally();
  EXPECT_GT(tally.closed, 50U) << "hardly anybody was hung up on";
  EXPECT_GT(tally.sent_bytes, 1'000'000U);
}

TEST(HostileClients, ManyMoreThanThereArePlacesKeepNobodyOut) {
  const std::size_t files = testing::allow_files(3000);
  const auto server = HttpServer::start({.max_connections = 400}, answer);
  ASSERT_TRUE(server);
  const std::size_t many = std::min<std::size_t>(2000, files / 2);
  const Crowd crowd((*server)->address(), many, {testing::Manner::kSilent}, 200ms);
  EXPECT_LT(slowest_health(**server, 10), 1s);
  EXPECT_GE(crowd.tally().opened, many);
  EXPECT_GT(crowd.tally().closed, many / 2);
}

}  // namespace
}  // namespace penstock
