#include "daemon/pause_command.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/exit_code.h"
#include "daemon/pauses.h"
#include "tests/testing/child.h"

namespace penstock {
namespace {

const TimePoint kNow{std::chrono::seconds{1'767'225'600}};

std::string config_with_state(const std::string& state) {
  return "state = \"" + state +
         "\"\n[[account]]\nname = \"main\"\naccess_key_id_file = \"id\"\n"
         "access_key_password_file = \"pw\"\n";
}

Environment with(const std::optional<std::string>& state_directory) {
  return [state_directory](const char* name) {
    return std::string_view(name) == "STATE_DIRECTORY" ? state_directory
                                                       : std::optional<std::string>{};
  };
}

TEST(PauseCommand, PausesAndResumesWithoutADaemon) {
  testing::TempFolder folder;
  const std::string config =
      folder.write("penstock.toml", config_with_state(folder.path() + "/state"));
  std::filesystem::create_directory(folder.path() + "/state");
  const Pauses pauses(folder.path() + "/state");
  PauseCommand command{.config = config, .all = true, .span = 2h, .reason = "invoice"};
  ASSERT_EQ(run_pause(command, with({}), kNow), kExitDone);
  EXPECT_TRUE(pauses.read(kNow).fleet_paused());
  EXPECT_FALSE(pauses.read(kNow + 3h).fleet_paused()) << "it ends by itself";
  command.resume = true;
  command.span.reset();
  ASSERT_EQ(run_pause(command, with({}), kNow), kExitDone);
  EXPECT_FALSE(pauses.read(kNow).fleet_paused());
}

TEST(PauseCommand, OneInstanceOrPolicy) {
  testing::TempFolder folder;
  const std::string config =
      folder.write("penstock.toml", config_with_state(folder.path() + "/state"));
  std::filesystem::create_directory(folder.path() + "/state");
  const Pauses pauses(folder.path() + "/state");
  ASSERT_EQ(run_pause({.config = config, .instance = "42"}, with({}), kNow), kExitDone);
  EXPECT_NE(pauses.read(kNow).pause_of({"main", "42"}), nullptr);
  EXPECT_EQ(pauses.read(kNow).pause_of({"main", "43"}), nullptr);
  EXPECT_EQ(run_pause({.config = config, .resume = true, .policy = "edge"}, with({}), kNow),
            kExitFailed)
      << "it was not paused";
}

TEST(PauseCommand, AnOverrideIsASizeUntilATime) {
  testing::TempFolder folder;
  const std::string config =
      folder.write("penstock.toml", config_with_state(folder.path() + "/state"));
  std::filesystem::create_directory(folder.path() + "/state");
  const Pauses pauses(folder.path() + "/state");
  PauseCommand command{.config = config, .instance = "42", .reason = "launch", .pin = true};
  command.cap = Mbps{300};
  command.until = kNow - 1s;
  EXPECT_EQ(run_pause(command, with({}), kNow), kExitFailed) << "it would be over already";
  command.until = kNow + 1h;
  ASSERT_EQ(run_pause(command, with({}), kNow), kExitDone);
  const Standing standing = pauses.read(kNow);
  const Instruction* pin = standing.pin_of({"main", "42"});
  ASSERT_NE(pin, nullptr);
  EXPECT_EQ(pin->cap, Mbps{300});
  EXPECT_EQ(pin->until, kNow + 1h);
  EXPECT_EQ(standing.pause_of({"main", "42"}), nullptr);
  command.until.reset();
  command.resume = true;
  ASSERT_EQ(run_pause(command, with({}), kNow), kExitDone);
  EXPECT_EQ(pauses.read(kNow).pin_of({"main", "42"}), nullptr);
  EXPECT_EQ(run_pause(command, with({}), kNow), kExitFailed) << "there is none any more";
}

TEST(PauseCommand, TheDaemonsGroupMayWriteAndTheDaemonMayRead) {
  testing::TempFolder folder;
  const std::string state = folder.path() + "/state";
  std::filesystem::create_directory(state);
  const Pauses pauses(state);
  ASSERT_TRUE(pauses.prepare());
  ASSERT_TRUE(pauses.prepare()) << "it is there already";
  ASSERT_TRUE(pauses.give({.kind = Instruction::Kind::kPause, .scope = Scope::kFleet}));
  const auto mode = [](const std::string& path) {
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
  };
  EXPECT_EQ(mode(state + "/control"), 0770U);
  EXPECT_EQ(mode(state + "/control/pause-all"), 0644U) << "whoever of the group wrote it";
}

TEST(PauseCommand, TheFleetsSwitchWorksWithABrokenConfiguration) {
  testing::TempFolder folder;
  const std::string config = folder.write("penstock.toml", "tick = nonsense\n");
  const std::string state = folder.path() + "/elsewhere";
  EXPECT_NE(run_pause({.config = config, .all = true}, with(state), kNow), kExitDone)
      << "a folder that does not exist is nobody's state";
  std::filesystem::create_directory(state);
  ASSERT_EQ(run_pause({.config = config, .all = true}, with(state), kNow), kExitDone);
  EXPECT_TRUE(Pauses(state).read(kNow).fleet_paused());
  EXPECT_EQ(run_pause({.config = config, .instance = "42"}, with(state), kNow), kExitConfig)
      << "a single instance is not paused on a guess";
}

}  // namespace
}  // namespace penstock
