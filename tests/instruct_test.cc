// What a person says goes by the API while a daemon runs, and by the folder where it must.
#include "daemon/instruct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "daemon/state_lock.h"
#include "tests/testing/child.h"
#include "tests/testing/scripted_http.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TimePoint kNow{std::chrono::seconds{1'767'225'600}};

class InstructTest : public ::testing::Test {
 protected:
  InstructTest() {
    std::filesystem::create_directory(folder_.path() + "/state");
    config_.state = folder_.path() + "/state";
    config_.api_token_file = folder_.write("api-token", "plain-secret\n", true);
  }
  void start_daemon() {
    Result<StateLock> lock = StateLock::take(config_.state);
    ASSERT_TRUE(lock);
    lock_.emplace(*std::move(lock));
  }
  Instructor instructor(bool configured = true) {
    return {http_, StateFolder{config_.state, ""},
            configured ? std::optional(config_) : std::nullopt,
            [](const char*) { return std::optional<std::string>(); }};
  }
  /// Answers of the daemon: an HTTP status, or 0 for no answer.
  void answers(int status, const std::string& body = "{}") {
    http_ = ScriptedHttp([=](const HttpRequest&) {
      HttpResponse response = reply(status, body);
      if (status == 0) response.failure = "refused";
      return response;
    });
  }
  std::size_t left_in_folder() const {
    return Pauses(config_.state).read(kNow).instructions.size();
  }

  static Instruction pause() { return {.reason = "why", .by = "ann", .at = kNow}; }
  static Instruction approval() {
    return {.kind = Instruction::Kind::kApproval,
            .scope = Scope::kInstance,
            .account = "main",
            .name = "vm-1",
            .until = kNow + 1h,
            .up_to = Money::from_units(80),
            .at = kNow};
  }
  static Instruction pin() {
    Instruction out = approval();
    out.kind = Instruction::Kind::kPin;
    out.cap = Mbps{300};
    return out;
  }

  testing::TempFolder folder_;
  Config config_;
  ScriptedHttp http_{[](const HttpRequest&) { return reply(200, "{}"); }};
  std::optional<StateLock> lock_;
};

TEST_F(InstructTest, WithoutADaemonNobodyIsShownAToken) {
  ASSERT_TRUE(instructor().give(pause()));
  EXPECT_THAT(http_.seen, IsEmpty());
  EXPECT_EQ(left_in_folder(), 1U);
}

TEST_F(InstructTest, WhileOneRunsItsApiIsAskedInWordsThatItKnows) {
  start_daemon();
  struct Row {
    const char* path;
    const char* body;
  };
  const Row rows[] = {
      {"/api/v1/pause", R"({"all":true,"reason":"why","by":"ann"})"},
      {"/api/v1/approve",
       R"({"instance_id":"vm-1","account":"main","until":"2026-01-01T01:00:00Z","up_to":"80.00 USD"})"},
      {"/api/v1/override",
       R"({"instance_id":"vm-1","account":"main","until":"2026-01-01T01:00:00Z","cap_mbps":300})"},
      {"/api/v1/override", R"({"instance_id":"vm-1","account":"main","end":true})"},
      {"/api/v1/resume", R"({"all":true,"reason":"why","by":"ann"})"}};
  ASSERT_TRUE(instructor().give(pause()));
  ASSERT_TRUE(instructor().give(approval()));
  ASSERT_TRUE(instructor().give(pin()));
  ASSERT_TRUE(instructor().lift(pin()));
  ASSERT_TRUE(instructor().resume(pause()));
  ASSERT_EQ(http_.seen.size(), std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    EXPECT_THAT(http_.seen[i].url, ::testing::EndsWith(rows[i].path));
    EXPECT_EQ(http_.seen[i].body, rows[i].body);
    EXPECT_EQ(header_of(http_.seen[i], "authorization"), "Bearer plain-secret");
  }
  EXPECT_EQ(left_in_folder(), 0U);
}

TEST_F(InstructTest, SaysWhetherThereWasAnythingToTakeBack) {
  start_daemon();
  answers(200, R"({"done":"override-end","stood":false})");
  EXPECT_FALSE(instructor().lift(pin())->stood);
  answers(200, R"({"done":"resume","was_paused":false})");
  EXPECT_FALSE(instructor().resume(pause())->stood);
}

// What is refused stays refused, and an approval that may have arrived is not given twice; but
// nothing keeps a person from stopping.
TEST_F(InstructTest, TheFolderTakesWhatTheApiCannotAndNothingThatItRefused) {
  start_daemon();
  struct Row {
    int status;  ///< 0: no answer; -1: no token to show
    const char* what;
    bool pause, pin, approval;  ///< left in the folder
  };
  const Row rows[] = {{403, "missing scope", true, false, false},
                      {401, "wrong token", true, false, false},
                      {503, "cannot write", true, false, false},
                      {0, "does not answer", true, true, false},
                      {-1, "no token", true, true, true}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    answers(std::max(row.status, 0));
    if (row.status < 0) config_.api_token_file.clear();
    for (const auto& [told, left] :
         {std::pair{pause(), row.pause}, {pin(), row.pin}, {approval(), row.approval}}) {
      const Result<Carried> carried = instructor().give(told);
      EXPECT_EQ(carried.has_value(), left) << told.file_name();
      EXPECT_EQ(left_in_folder(), left ? 1U : 0U) << told.file_name();
      if (left) {
        EXPECT_THAT(carried->note, HasSubstr("left in the state folder"));
      }
      static_cast<void>(Pauses(config_.state).lift(told));
    }
  }
}

TEST_F(InstructTest, WithoutAConfigurationThereIsOnlyTheFolder) {
  start_daemon();
  ASSERT_TRUE(instructor(false).give(pause()));
  EXPECT_THAT(http_.seen, IsEmpty());
  EXPECT_EQ(left_in_folder(), 1U);
}

TEST_F(InstructTest, AFolderThatIsNotThereIsSaid) {
  config_.state += "/elsewhere";
  const Result<Carried> carried = instructor().give(pause());
  ASSERT_FALSE(carried);
  EXPECT_THAT(carried.error().message, HasSubstr("does not exist"));
}

TEST(StateLockHeld, IsSeenFromOutside) {
  const testing::TempFolder folder;
  EXPECT_EQ(StateLock::held(folder.path()), false);
  {
    const Result<StateLock> lock = StateLock::take(folder.path());
    ASSERT_TRUE(lock);
    EXPECT_EQ(StateLock::held(folder.path()), true);
  }
  EXPECT_EQ(StateLock::held(folder.path()), false);
  EXPECT_TRUE(StateLock::take(folder.path())) << "looking leaves nothing behind";
}

}  // namespace
}  // namespace penstock
