#include "daemon/world.h"

#include <gtest/gtest.h>

#include "tests/testing/scripted_http.h"
#include "tests/testing/virtual_clock.h"

namespace penstock {
namespace {

SourceConfig source_named(const std::string& name, SourceKind kind) {
  SourceConfig config;
  config.name = name;
  config.kind = kind;
  config.urls = {"http://127.0.0.1:9090"};
  config.targets = {{"http://127.0.0.1:9100/metrics", ""}};
  return config;
}

TEST(World, AReloadLeavesUnchangedSourcesRunning) {
  Settings settings;
  settings.config.sources = {source_named("a", SourceKind::kScrape),
                             source_named("b", SourceKind::kPrometheus)};
  VirtualClock clock;
  ScriptedHttp http(std::vector<HttpResponse>{});
  Telemetry telemetry;
  World world(settings, clock, http, telemetry);
  const auto before = world.sources();
  ASSERT_EQ(before.size(), 2U);

  // "b" changes, "c" is new, and the order is another one.
  settings.config.sources[1].timeout = 3s;
  settings.config.sources.insert(settings.config.sources.begin(),
                                 source_named("c", SourceKind::kProvider));
  world.reload(settings);
  auto after = world.sources();
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(after[0]->name(), "c");
  EXPECT_EQ(after[1], before[0]) << "its counters go on";
  EXPECT_EQ(after[2]->name(), "b");
  EXPECT_NE(after[2], before[1]);
  EXPECT_EQ(before[1]->name(), "b") << "a tick may still refer to it";

  world.reload(settings);
  EXPECT_EQ(world.sources(), after);
  settings.config.sources.clear();
  world.reload(settings);
  EXPECT_TRUE(world.sources().empty());
}

}  // namespace
}  // namespace penstock
