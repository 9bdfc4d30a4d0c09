#include "daemon/file_changes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/testing/child.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

class ScriptedEvents final : public FolderEvents {
 public:
  std::vector<std::string> watch(const std::vector<WatchedFolder>&) override { return {}; }
  bool take() override { return std::exchange(changed, false); }
  bool changed = false;
};

TEST(FileChanges, OneReloadOnceAllIsCalm) {
  ScriptedEvents events;
  FileChanges changes(events);
  EXPECT_FALSE(changes.due(100s)) << "nothing has changed";
  events.changed = true;
  EXPECT_FALSE(changes.due(101s)) << "more may come";
  events.changed = true;
  EXPECT_FALSE(changes.due(101500ms));
  EXPECT_FALSE(changes.due(102400ms)) << "calm for less than a second";
  EXPECT_TRUE(changes.due(102500ms));
  EXPECT_FALSE(changes.due(103s)) << "told once";
}

TEST(FileChanges, WhatNeverCalmsDownIsReadAllTheSame) {
  ScriptedEvents events;
  FileChanges changes(events);
  int told = 0;
  for (Duration at = 0s; at < 65s; at += 500ms) {
    events.changed = true;
    told += changes.due(at) ? 1 : 0;
  }
  EXPECT_EQ(told, 2);
}

/// A configuration beside its policies, watched by the real thing.
class InotifyTest : public ::testing::Test {
 protected:
  InotifyTest() {
    fs::create_directory(folder_.path() + "/policies.d");
    write("penstock.toml", "a");
    write("policies.d/edge.toml", "a");
    settings_.config.file = folder_.path() + "/penstock.toml";
    settings_.config.policies = folder_.path() + "/policies.d";
    EXPECT_TRUE(inotify_.watch(watched_files(settings_)).empty());
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() + "/" + name) << text;
  }
  void move(const std::string& from, const std::string& to) const {
    fs::rename(folder_.path() + "/" + from, folder_.path() + "/" + to);
  }

  testing::TempFolder folder_;
  Settings settings_;
  InotifyFolders inotify_;
};

TEST_F(InotifyTest, SeesWhatEveryKindOfEditorDoes) {
  EXPECT_FALSE(inotify_.take());
  write("policies.d/edge.toml", "in place");
  EXPECT_TRUE(inotify_.take());
  EXPECT_FALSE(inotify_.take()) << "once";
  for (int i = 0; i < 3; ++i) {
    write("policies.d/.edge.toml.swp", "a draft");
    write("policies.d/4913", "a probe of vim's");
    write("policies.d/edge.toml~", "a backup");
    EXPECT_FALSE(inotify_.take()) << i;
    move("policies.d/.edge.toml.swp", "policies.d/edge.toml");
    EXPECT_TRUE(inotify_.take()) << "replaced by renaming, for the time " << i;
  }
  fs::remove(folder_.path() + "/policies.d/edge.toml");
  EXPECT_TRUE(inotify_.take());
  write("policies.d/new.toml", "new");
  EXPECT_TRUE(inotify_.take());
  fs::create_symlink("new.toml", folder_.path() + "/policies.d/linked.toml");
  EXPECT_TRUE(inotify_.take());
}

TEST_F(InotifyTest, SeesTheConfigurationAndNotItsNeighbours) {
  write("other.toml", "a neighbour");
  write("notes.txt", "another");
  EXPECT_FALSE(inotify_.take());
  write("draft", "b");
  move("draft", "penstock.toml");
  EXPECT_TRUE(inotify_.take());
}

TEST_F(InotifyTest, AFileHalfWrittenIsNotReadYet) {
  std::ofstream file(folder_.path() + "/policies.d/edge.toml");
  file << "half" << std::flush;
  EXPECT_FALSE(inotify_.take());
  file.close();
  EXPECT_TRUE(inotify_.take());
}

TEST_F(InotifyTest, FollowsAFolderThatIsReplacedAsAWhole) {
  fs::create_directory(folder_.path() + "/next");
  write("next/edge.toml", "b");
  EXPECT_FALSE(inotify_.take());
  move("policies.d", "before");
  move("next", "policies.d");
  EXPECT_TRUE(inotify_.take());
  EXPECT_TRUE(inotify_.watch(watched_files(settings_)).empty());
  static_cast<void>(inotify_.take());
  write("before/edge.toml", "nobody's");
  EXPECT_FALSE(inotify_.take());
  write("policies.d/edge.toml", "c");
  EXPECT_TRUE(inotify_.take());
}

TEST_F(InotifyTest, FollowsAMountedConfigMap) {
  fs::create_directory(folder_.path() + "/policies.d/..2026_01");
  fs::create_symlink("..2026_01", folder_.path() + "/policies.d/..tmp");
  EXPECT_FALSE(inotify_.take());
  move("policies.d/..tmp", "policies.d/..data");
  EXPECT_TRUE(inotify_.take());
}

TEST_F(InotifyTest, SaysWhatCannotBeWatched) {
  const auto failures = inotify_.watch({{folder_.path() + "/nowhere", ""}, {folder_.path(), "x"}});
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_NE(failures[0].find("nowhere"), std::string::npos);
  write("x", "");
  EXPECT_TRUE(inotify_.take()) << "the others are";
}

}  // namespace
}  // namespace penstock
