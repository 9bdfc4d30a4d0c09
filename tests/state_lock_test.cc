#include "daemon/state_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/testing/child.h"

namespace penstock {
namespace {

TEST(StateLock, ASecondOneIsToldWhoHoldsIt) {
  const testing::TempFolder folder;
  const std::string state = folder.path() + "/deep/state";
  {
    auto first = StateLock::take(state);
    ASSERT_TRUE(first) << first.error().message;
    const auto second = StateLock::take(state);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kRefused);
    EXPECT_NE(second.error().message.find("pid " + std::to_string(getpid())), std::string::npos);
  }
  EXPECT_TRUE(StateLock::take(state)) << "free again once the holder is gone";
}

TEST(StateLock, AFolderThatCannotBeWrittenIsNamed) {
  const testing::TempFolder folder;
  const std::string state = folder.path() + "/file";
  std::ofstream(state) << "";
  const auto lock = StateLock::take(state);
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().message.find(state), std::string::npos);
}

}  // namespace
}  // namespace penstock
