#include "daemon/scrape_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/testing/gather.h"
#include "tests/testing/scripted_http.h"

namespace penstock {
namespace {

using testing::Contains;
using testing::HasSubstr;

const TimePoint kNow = *parse_time("2026-01-01T00:00:00Z");
constexpr const char* kCounter = "node_network_transmit_bytes_total";

Result<std::string> no_secret(const std::string& path) {
  return Error{ErrorKind::kInvalid, path + ": no such file", {}, {}};
}

Policy policy_of(const std::string& query) {
  Policy policy;
  policy.name = "edge";
  policy.traffic.query = query;
  return policy;
}

/// Endpoints whose counters a test sets: url -> lines.
class World {
 public:
  World() : http([this](const HttpRequest& request) { return pages.at(request.url); }) {}
  void page(const std::string& url, const std::string& body) { pages[url] = reply(200, body); }

  std::map<std::string, HttpResponse> pages;
  ScriptedHttp http;
};

std::string line(const std::string& instance, const std::string& device, double bytes) {
  return std::string(kCounter) + "{device=\"" + device + "\",instance_id=\"" + instance + "\"} " +
         std::to_string(bytes) + "\n";
}

std::string shown(const TrafficAnswer& answer) {
  std::map<std::string, std::string> by_key;
  for (const KeyedSample& each : answer.samples) {
    by_key[each.key] = (each.lower_bound ? ">=" : "=") + format(each.sample.egress) + " over " +
                       format(each.sample.span);
  }
  std::string out;
  for (const auto& [key, text] : by_key) out += key + text + "; ";
  return out;
}

SourceConfig config_of(std::vector<ScrapeTarget> targets) {
  SourceConfig config;
  config.name = "direct";
  config.kind = SourceKind::kScrape;
  config.targets = std::move(targets);
  return config;
}

TEST(ScrapeSource, OnePageServesAllInstancesAndPolicies) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", ""}}), no_secret);
  const Policy eth0 = policy_of(std::string(kCounter) + "{device=\"eth0\"}");
  const Policy both = policy_of(std::string(kCounter) + "{device=~\"eth.\"}");
  std::vector<TrafficAnswer> answers;
  for (int i = 0; i < 2; ++i) {
    const double moved = i * 1.875e6;  // 1 Mbps over 15 s
    world.page("http://a/metrics", "# HELP x y\nother 1\n" + line("i-1", "eth0", 5e9 + moved) +
                                       line("i-1", "eth1", 2 * moved) + line("i-1", "lo", moved) +
                                       line("i-2", "eth0", 3 * moved));
    answers = gather(source, world.http, {&eth0, &both}, kNow + i * 15s);
    if (i == 0) {
      EXPECT_EQ(shown(answers[0]), "");
    }
  }
  EXPECT_EQ(world.http.seen.size(), 2U) << "one fetch a scrape, whatever the number of policies";
  EXPECT_EQ(shown(answers[0]), "i-1=1 Mbps over 15s; i-2=3 Mbps over 15s; ");
  EXPECT_EQ(shown(answers[1]), "i-1=3 Mbps over 15s; i-2=3 Mbps over 15s; ");
  EXPECT_EQ(answers[0].samples[0].sample.at, kNow + 15s);
  EXPECT_EQ(world.http.seen[0].method, "GET");
  EXPECT_FALSE(answers[0].error);
}

TEST(ScrapeSource, AnEndpointMayBelongToOneInstance) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", "i-7"}, {"http://b/metrics", ""}}),
                      no_secret);
  Policy policy = policy_of(kCounter);
  policy.traffic.key = "host";
  for (int i = 0; i < 2; ++i) {
    world.page("http://a/metrics", line("someone else", "eth0", i * 1.875e6));
    world.page("http://b/metrics", line("i-1", "eth0", i * 1.875e6));
    const auto answers = gather(source, world.http, {&policy}, kNow + i * 15s);
    EXPECT_EQ(shown(answers[0]), i == 0 ? "" : "i-7=1 Mbps over 15s; ");
    EXPECT_EQ(answers[0].dropped.no_key, 1U) << "b's series lack the label host";
    EXPECT_THAT(answers[0].notes, Contains(HasSubstr("names no instance by \"host\"")));
  }
}

TEST(ScrapeSource, HasAnIntervalOfItsOwnAndKeepsTheLastSampleBetween) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", "i-1"}}), no_secret);
  const Policy policy = policy_of(kCounter);
  std::vector<int> fetched_at;
  for (int second = 0; second <= 120; second += 5) {
    world.page("http://a/metrics", line("", "eth0", second * 125'000.0));
    const std::size_t before = world.http.seen.size();
    const auto answers = gather(source, world.http, {&policy}, kNow + std::chrono::seconds{second});
    if (world.http.seen.size() > before) fetched_at.push_back(second);
    if (second >= 20) {
      EXPECT_THAT(shown(answers[0]), HasSubstr("i-1=1 Mbps over")) << second;
    }
  }
  ASSERT_GE(fetched_at.size(), 8U);
  for (std::size_t i = 2; i < fetched_at.size(); ++i) {
    EXPECT_EQ(fetched_at[i] - fetched_at[i - 1], 15);
  }
  // The first two may be closer: the endpoint's own phase is found after the first.
  EXPECT_GE(fetched_at[1] - fetched_at[0], 5);
}

TEST(ScrapeSource, SpreadsManyEndpointsOverTheInterval) {
  std::vector<ScrapeTarget> targets;
  World world;
  for (int i = 0; i < 300; ++i) {
    targets.push_back({"http://host" + std::to_string(i) + "/metrics", "i" + std::to_string(i)});
    world.page(targets.back().url, "");
  }
  ScrapeSource source(config_of(targets), no_secret);
  const Policy policy = policy_of(kCounter);
  for (int second = 0; second < 60; second += 5) {
    gather(source, world.http, {&policy}, kNow + std::chrono::seconds{second});
  }
  // After the first tick, which takes all: each tick has about a third of them.
  for (std::size_t i = 3; i < world.http.batches.size(); ++i) {
    EXPECT_GT(world.http.batches[i], 60U);
    EXPECT_LT(world.http.batches[i], 140U);
  }
}

TEST(ScrapeSource, AnEndpointThatFailsLeavesTheOthersAlone) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", "i-1"}, {"http://b/metrics", "i-2"}}),
                      no_secret);
  const Policy policy = policy_of(kCounter);
  const struct {
    HttpResponse response;
    const char* message;
  } rows[] = {{no_connection(), "http://b/metrics: could not connect"},
              {reply(500, ""), "http://b/metrics: HTTP 500"},
              {reply(200, "<html>"), "http://b/metrics: line 1: a line must start with"},
              {reply(200, line("", "eth0", 1e12) + "cut{"), "http://b/metrics: line 2"}};
  int i = 0;
  world.page("http://b/metrics", line("", "eth0", 0));
  for (const auto& row : rows) {
    for (int k = 0; k < 2; ++k, ++i) {
      if (i > 0) world.pages["http://b/metrics"] = row.response;
      world.page("http://a/metrics", line("", "eth0", i * 1.875e6));
      const auto answers = gather(source, world.http, {&policy}, kNow + i * 15s);
      if (i > 0) {
        EXPECT_THAT(shown(answers[0]), HasSubstr("i-1=1 Mbps over 15s; ")) << i;
      }
      EXPECT_FALSE(answers[0].error);
      if (i > 0) {
        EXPECT_THAT(answers[0].notes, Contains(HasSubstr(row.message)));
        EXPECT_EQ(answers[0].failures, 1U);
      }
    }
  }
  world.pages["http://a/metrics"] = no_connection();
  const auto answers = gather(source, world.http, {&policy}, kNow + i * 15s);
  ASSERT_TRUE(answers[0].error);
  EXPECT_EQ(answers[0].error->kind, ErrorKind::kTransient);
}

TEST(ScrapeSource, AFailedFetchMakesTheNextSampleLonger) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", "i-1"}}), no_secret);
  const Policy policy = policy_of(kCounter);
  world.page("http://a/metrics", line("", "eth0", 0));
  gather(source, world.http, {&policy}, kNow);
  world.pages["http://a/metrics"] = lost_answer();
  gather(source, world.http, {&policy}, kNow + 15s);
  world.page("http://a/metrics", line("", "eth0", 2 * 1.875e6));
  EXPECT_EQ(shown(gather(source, world.http, {&policy}, kNow + 30s)[0]), "i-1=1 Mbps over 30s; ");
}

TEST(ScrapeSource, ASilentEndpointGoesStaleAndIsThenForgotten) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", "i-1"}}), no_secret);
  const Policy policy = policy_of(kCounter);
  for (int i = 0; i < 2; ++i) {
    world.page("http://a/metrics", line("", "eth0", i * 1.875e6));
    gather(source, world.http, {&policy}, kNow + i * 15s);
  }
  world.pages["http://a/metrics"] = no_connection();
  const struct {
    Duration after;
    const char* expected;
    std::uint64_t stale;
  } rows[] = {{3min + 15s, "i-1=1 Mbps over 15s; ", 0}, {3min + 16s, "", 1}, {2h, "", 0}};
  for (const auto& row : rows) {
    const auto answers = gather(source, world.http, {&policy}, kNow + row.after);
    EXPECT_EQ(shown(answers[0]), row.expected);
    EXPECT_EQ(answers[0].dropped.stale, row.stale);
  }
}

TEST(ScrapeSource, HalfTheSeriesLostIsNeverLessTraffic) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", ""}}), no_secret);
  const Policy policy = policy_of(kCounter);
  for (int i = 0; i < 20; ++i) {
    std::string body;
    for (int k = 0; k < 10; ++k) {
      const std::string id = "i-" + std::to_string(k);
      const bool lost = i >= 5 && k % 2 == 0;
      body += line(id, "eth0", i * 1.875e6);
      if (!lost) body += line(id, "eth1", i * 1.875e6);
    }
    world.page("http://a/metrics", body);
    const auto answers = gather(source, world.http, {&policy}, kNow + i * 15s);
    for (const KeyedSample& each : answers[0].samples) {
      EXPECT_TRUE(each.lower_bound || each.sample.egress >= Rate{1.999}) << i << " " << each.key;
    }
    if (i == 5) {
      EXPECT_EQ(answers[0].dropped.incomplete, 5U);
      EXPECT_EQ(answers[0].samples.size(), 5U);
    }
  }
}

TEST(ScrapeSource, TwoEndpointsThatClaimOneInstanceAreDoubt) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", "i-1"}, {"http://b/metrics", "i-1"}}),
                      no_secret);
  const Policy policy = policy_of(kCounter);
  TrafficAnswer answer;
  for (int i = 0; i < 2; ++i) {
    world.page("http://a/metrics", line("", "eth0", i * 1.875e6));
    world.page("http://b/metrics", line("", "eth0", i * 1.875e6));
    answer = gather(source, world.http, {&policy}, kNow + i * 15s)[0];
  }
  EXPECT_EQ(shown(answer), "");
  EXPECT_EQ(answer.dropped.duplicate, 2U);
}

TEST(ScrapeSource, AWrongSelectorIsThePolicysErrorAlone) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", "i-1"}}), no_secret);
  const Policy good = policy_of(kCounter), bad = policy_of("rate(x[1m])");
  TrafficAnswer answer;
  for (int i = 0; i < 2; ++i) {
    world.page("http://a/metrics", line("", "eth0", i * 1.875e6));
    const auto answers = gather(source, world.http, {&bad, &good}, kNow + i * 15s);
    ASSERT_TRUE(answers[0].error);
    EXPECT_EQ(answers[0].error->kind, ErrorKind::kInvalid);
    EXPECT_THAT(answers[0].error->message, HasSubstr("a scrape source selects a counter"));
    answer = answers[1];
  }
  EXPECT_EQ(shown(answer), "i-1=1 Mbps over 15s; ");
}

TEST(ScrapeSource, APolicyThatGoesTakesItsBaselineAlong) {
  World world;
  ScrapeSource source(config_of({{"http://a/metrics", "i-1"}}), no_secret);
  const Policy policy = policy_of(kCounter), other = policy_of("other_total");
  int i = 0;
  for (const Policy* asked : {&policy, &other, &policy, &policy}) {
    world.page("http://a/metrics", line("", "eth0", i * 1.875e6));
    const auto answers = gather(source, world.http, {asked}, kNow + i * 15s);
    EXPECT_EQ(shown(answers[0]), i == 3 ? "i-1=1 Mbps over 15s; " : "") << i;
    ++i;
  }
}

TEST(ScrapeSource, ReadsItsSecretAgainOnceForAllEndpoints) {
  std::string on_disk = "old";
  int reads = 0;
  SourceConfig config = config_of({{"http://a/metrics", "i-1"}, {"http://b/metrics", "i-2"}});
  config.bearer_token_file = "/run/token";
  ScrapeSource source(config, [&](const std::string&) -> Result<std::string> {
    ++reads;
    return on_disk;
  });
  ScriptedHttp http([](const HttpRequest& request) {
    return header_of(request, "authorization") == "Bearer new" ? reply(200, "") : reply(401, "");
  });
  const Policy policy = policy_of(kCounter);
  EXPECT_TRUE(gather(source, http, {&policy}, kNow)[0].error);
  on_disk = "new";
  EXPECT_FALSE(gather(source, http, {&policy}, kNow + 15s)[0].error);
  EXPECT_EQ(reads, 3);
  EXPECT_EQ(http.batches, (std::vector<std::size_t>{2, 2, 2}));
}

}  // namespace
}  // namespace penstock
