#include "daemon/demand_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "tests/testing/child.h"

namespace penstock {
namespace {

const TimePoint kNow{std::chrono::seconds{1'767'225'600}};

std::map<InstanceKey, std::string> all_of(DemandStore& store) {
  std::map<InstanceKey, std::string> out;
  EXPECT_TRUE(store.load(
      [&](const InstanceKey& key, std::string_view bytes) { out[key] = std::string(bytes); }));
  return out;
}

TEST(DemandStore, BytesComeBackAndTheLatestCounts) {
  const testing::TempFolder folder;
  const std::string file = folder.path() + "/demand.db";
  const std::string bytes("a\0b\xff", 4);
  {
    DemandStore store(file);
    ASSERT_TRUE(
        store.save(std::vector<SavedDemand>{{{"main", "1"}, "old"}, {{"main", "2"}, ""}}, kNow));
    ASSERT_TRUE(store.save(std::vector<SavedDemand>{{{"main", "1"}, bytes}}, kNow + 1min));
  }
  DemandStore store(file);
  ASSERT_TRUE(store.open());
  EXPECT_FALSE(store.begun_anew());
  const auto all = all_of(store);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at({"main", "1"}), bytes);
  // What nobody saved for a month is forgotten.
  ASSERT_TRUE(
      store.save(std::vector<SavedDemand>{{{"main", "3"}, "x"}}, kNow + DemandStore::kKeep + 30s));
  EXPECT_EQ(all_of(store).size(), 2U);
}

TEST(DemandStore, ADamagedFileCostsHistoryAndNothingElse) {
  const testing::TempFolder folder;
  const std::string file = folder.path() + "/demand.db";
  std::ofstream(file) << std::string(10'000, 'x');
  DemandStore store(file);
  const Status opened = store.open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(store.begun_anew());
  EXPECT_TRUE(std::filesystem::exists(file + ".damaged"));
  EXPECT_TRUE(all_of(store).empty());
  EXPECT_TRUE(store.save(std::vector<SavedDemand>{{{"main", "1"}, "x"}}, kNow));
}

TEST(DemandStore, WhatCannotBeOpenedIsTriedAgain) {
  const testing::TempFolder folder;
  DemandStore store(folder.path() + "/late/demand.db");
  const std::vector<SavedDemand> rows{{{"main", "1"}, "x"}};
  EXPECT_FALSE(store.open());
  EXPECT_FALSE(store.save(rows, kNow));
  EXPECT_FALSE(store.load([](const InstanceKey&, std::string_view) {}));
  std::filesystem::create_directory(folder.path() + "/late");
  EXPECT_TRUE(store.save(rows, kNow));
  EXPECT_EQ(all_of(store).size(), 1U);
}

}  // namespace
}  // namespace penstock
