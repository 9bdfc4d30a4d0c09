// The built daemon over the built sandbox while 200 slow and hostile clients, and then 10,000
// connections, do their worst: its loop keeps its rhythm and its health page answers.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/testing/crowd.h"
#include "tests/testing/daemon_process.h"

namespace penstock {
namespace {

using testing::Crowd;

/// What the loop says about its own rhythm: ticks by how late they began, all of them so far.
struct Rhythm {
  std::map<double, double> at_most;  ///< seconds late -> ticks
  double sum = 0, ticks = 0;
};

Rhythm rhythm_of(const std::string& metrics) {
  Rhythm out;
  const std::string name = "penstock_tick_late_seconds";
  for (std::size_t at = 0; at < metrics.size();) {
    const std::size_t end = std::min(metrics.find('\n', at), metrics.size());
    const std::string line = metrics.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(name)) continue;
    const double value = std::stod(line.substr(line.rfind(' ')));
    const std::string rest = line.substr(name.size());
    if (rest.starts_with("_sum")) out.sum = value;
    if (rest.starts_with("_count")) out.ticks = value;
    const std::size_t le = rest.find("le=\"");
    if (le != std::string::npos && rest.find("+Inf") == std::string::npos) {
      out.at_most[std::stod(rest.substr(le + 4))] = value;
    }
  }
  return out;
}

/// One stretch of time: how late ticks began in it, and how long the health page took.
struct Stretch {
  double ticks = 0;
  double mean_late_ms = 0;
  double p90_late_ms = 0;   ///< the bucket's upper end
  double most_late_ms = 0;  ///< the bucket's upper end
  Duration slowest_health{};
  int probes = 0;
};

double late_at(const Rhythm& before, const Rhythm& after, double share) {
  const double ticks = after.ticks - before.ticks;
  for (const auto& [bound, count] : after.at_most) {
    const auto earlier = before.at_most.find(bound);
    const double less = earlier == before.at_most.end() ? 0 : earlier->second;
    if (count - less >= share * ticks) return 1000 * bound;
  }
  return 60'000;
}

class HostileClientsProcess : public testing::DaemonProcess {
 protected:
  Rhythm rhythm() { return rhythm_of(fetch("http://" + address_ + "/metrics").body); }

  Stretch measure(const char* what, Duration length) {
    const Rhythm before = rhythm();
    Stretch out;
    const auto end = std::chrono::steady_clock::now() + length;
    while (std::chrono::steady_clock::now() < end) {
      out.slowest_health =
          std::max(out.slowest_health, testing::time_to_answer(address_, "/-/healthy"));
      ++out.probes;
      poll(nullptr, 0, 50);
    }
    const Rhythm after = rhythm();
    out.ticks = after.ticks - before.ticks;
    out.mean_late_ms = out.ticks > 0 ? 1000 * (after.sum - before.sum) / out.ticks : 60'000;
    out.p90_late_ms = late_at(before, after, 0.9);
    out.most_late_ms = late_at(before, after, 1);
    std::printf(
        "%-28s %3.0f ticks, late %.2f ms on average, 90 %% at most %.0f ms, all at most %.0f ms; "
        "health in %lld ms at most, %d times\n",
        what, out.ticks, out.mean_late_ms, out.p90_late_ms, out.most_late_ms,
        static_cast<long long>(out.slowest_health.count()), out.probes);
    return out;
  }

  static void expect_undisturbed(const Stretch& calm, const Stretch& stormy, Duration length) {
    EXPECT_LT(stormy.slowest_health, 1s);
    EXPECT_LT(stormy.mean_late_ms - calm.mean_late_ms, 20);
    EXPECT_LE(stormy.p90_late_ms, std::max(20.0, calm.p90_late_ms));
    const auto due = static_cast<double>(length.count()) / 1000;
    EXPECT_NEAR(stormy.ticks, due, 2);
  }

  std::string address_;
};

void print(const char* what, const Crowd& crowd) {
  const Crowd::Tally tally = crowd.tally();
  std::printf("%-28s %zu open at most, %llu opened, %llu hung up on, %llu refused, %.1f MB sent\n",
              what, tally.most_open, static_cast<unsigned long long>(tally.opened),
              static_cast<unsigned long long>(tally.closed),
              static_cast<unsigned long long>(tally.refused),
              static_cast<double>(tally.sent_bytes) / 1e6);
}

TEST_F(HostileClientsProcess, ChangeNeitherTheRhythmNorTheHealthPage) {
  constexpr std::size_t kConnections = 10'000;
  const std::size_t files = testing::allow_files(kConnections + 500);
  start_sandbox("1h", "400ms", 200);
  write_settings();
  const auto daemon = start_daemon();
  address_ = daemon->await("listening ");
  ASSERT_NE(address_, "") << testing::read_file(log_file());
  ASSERT_TRUE(await([&] { return fetch("http://" + address_ + "/-/ready").status == 200; }));
  std::vector<std::string> ids;
  const auto fleet = json("http://" + address_ + "/api/v1/instances?limit=1000");
  ASSERT_TRUE(fleet);
  for (const JsonValue& each : fleet->root()["instances"].items()) {
    ids.emplace_back(*each["instance_id"].string());
  }
  poll(nullptr, 0, 5000);  // the first orders are under way

  const Stretch calm = measure("nobody", 15s);
  {
    const Crowd crowd(address_, 200, testing::all_manners(), 500ms, ids);
    poll(nullptr, 0, 1000);
    expect_undisturbed(calm, measure("200 hostile clients", 20s), 20s);
    print("", crowd);
    EXPECT_GE(crowd.tally().most_open, 190U);
    EXPECT_GT(crowd.tally().closed, 100U);
  }
  {
    const std::size_t many = std::min(kConnections, files - 200);
    std::printf("%zu files allowed: %zu connections\n", files, many);
    const Crowd crowd(address_, many, {testing::Manner::kSilent, testing::Manner::kHalfOpen}, 2s);
    expect_undisturbed(calm, measure("so many connections", 20s), 20s);
    print("", crowd);
    EXPECT_GE(crowd.tally().opened, many);
  }
  EXPECT_TRUE(daemon->running());
  const auto status = json("http://" + address_ + "/api/v1/status");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->root()["paused"].boolean(), false) << "somebody guessed the token";
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(), 0);
}

}  // namespace
}  // namespace penstock
