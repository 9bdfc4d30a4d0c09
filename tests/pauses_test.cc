#include "daemon/pauses.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/testing/child.h"

namespace penstock {
namespace {

using Kind = Instruction::Kind;
const TimePoint kNow{std::chrono::seconds{1'767'225'600}};

class PausesTest : public ::testing::Test {
 protected:
  testing::TempFolder folder_;
  Pauses pauses_{folder_.path()};
  std::string control() const { return folder_.path() + "/control"; }
};

TEST_F(PausesTest, NothingStandsAtFirst) {
  const Standing standing = pauses_.read(kNow);
  EXPECT_TRUE(standing.instructions.empty());
  EXPECT_FALSE(standing.fleet_paused());
}

TEST_F(PausesTest, AnEmptyFileMadeByHandPausesEverything) {
  std::filesystem::create_directory(control());
  {
    const std::ofstream empty(control() + "/pause-all");
  }
  EXPECT_TRUE(pauses_.read(kNow).fleet_paused());
}

TEST_F(PausesTest, EachScopeReadsBackWithItsWords) {
  const Instruction fleet{.kind = Kind::kPause, .reason = "an\ninvoice", .by = "ann", .at = kNow};
  const Instruction policy{
      .kind = Kind::kPause, .scope = Scope::kPolicy, .name = "edge/1 @ä", .until = kNow + 1h};
  const Instruction instance{
      .kind = Kind::kPause, .scope = Scope::kInstance, .account = "main", .name = "i-1"};
  const Instruction pin{.kind = Kind::kPin,
                        .scope = Scope::kInstance,
                        .name = "i-2",
                        .until = kNow + 2h,
                        .cap = Mbps{300}};
  for (const Instruction& each : {fleet, policy, instance, pin}) ASSERT_TRUE(pauses_.give(each));
  const Standing standing = pauses_.read(kNow);
  ASSERT_NE(standing.pause_of_fleet(), nullptr);
  EXPECT_EQ(standing.pause_of_fleet()->reason, "an invoice");
  EXPECT_EQ(standing.pause_of_fleet()->by, "ann");
  EXPECT_EQ(standing.pause_of_fleet()->at, kNow);
  ASSERT_NE(standing.pause_of_policy("edge/1 @ä"), nullptr);
  EXPECT_EQ(standing.pause_of_policy("edge/1 @ä")->until, kNow + 1h);
  EXPECT_EQ(standing.pause_of_policy("edge"), nullptr);
  EXPECT_NE(standing.pause_of({"main", "i-1"}), nullptr);
  EXPECT_EQ(standing.pause_of({"other", "i-1"}), nullptr);
  ASSERT_NE(standing.pin_of({"any", "i-2"}), nullptr);
  EXPECT_EQ(standing.pin_of({"any", "i-2"})->cap, Mbps{300});
  EXPECT_EQ(standing.pause_of({"any", "i-2"}), nullptr);
}

TEST_F(PausesTest, AnEndPassesAndIsRemovedOnce) {
  const Instruction policy{
      .kind = Kind::kPause, .scope = Scope::kPolicy, .name = "edge", .until = kNow + 1h};
  ASSERT_TRUE(pauses_.give(policy));
  std::vector<Instruction> ended;
  EXPECT_NE(pauses_.sweep(kNow, ended).pause_of_policy("edge"), nullptr);
  EXPECT_TRUE(ended.empty());
  EXPECT_EQ(pauses_.read(kNow + 1h).pause_of_policy("edge"), nullptr);
  EXPECT_TRUE(pauses_.sweep(kNow + 1h, ended).instructions.empty());
  EXPECT_EQ(ended.size(), 1U);
  EXPECT_TRUE(pauses_.sweep(kNow + 1h, ended).instructions.empty());
  EXPECT_EQ(ended.size(), 1U);
}

TEST_F(PausesTest, LiftingSaysWhetherItStood) {
  const Instruction fleet{.kind = Kind::kPause};
  ASSERT_TRUE(pauses_.give(fleet));
  EXPECT_TRUE(*pauses_.lift(fleet));
  EXPECT_FALSE(*pauses_.lift(fleet));
  EXPECT_FALSE(pauses_.read(kNow).fleet_paused());
}

TEST_F(PausesTest, DoubtPauses) {
  std::filesystem::create_directory(control());
  // A date nobody can read is no end; a pin without a size is a pause; other files are not ours.
  std::ofstream(control() + "/pause-policy@edge") << "until=tomorrow\n";
  std::ofstream(control() + "/pin@@i-1") << "cap=lots\n";
  std::ofstream(control() + "/pause-policy@core.draft-12~") << "";
  std::ofstream(control() + "/README") << "";
  std::ofstream(control() + "/pause-instance@x") << "";
  Standing standing = pauses_.read(kNow + 1000h);
  EXPECT_NE(standing.pause_of_policy("edge"), nullptr);
  EXPECT_NE(standing.pause_of({"main", "i-1"}), nullptr);
  EXPECT_EQ(standing.instructions.size(), 3U);
  EXPECT_FALSE(standing.fleet_paused());
  std::filesystem::remove_all(control());
  std::ofstream(control()) << "not a folder";
  EXPECT_TRUE(pauses_.read(kNow).fleet_paused());
}

TEST_F(PausesTest, WhatMakesNoSenseIsRefused) {
  EXPECT_FALSE(pauses_.give({.kind = Kind::kPin, .scope = Scope::kFleet}));
  EXPECT_FALSE(pauses_.give({.kind = Kind::kPause, .scope = Scope::kInstance}));
  EXPECT_FALSE(pauses_.give({.scope = Scope::kPolicy, .name = std::string(300, 'x')}));
}

}  // namespace
}  // namespace penstock
