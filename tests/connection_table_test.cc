// On whom the server hangs up when too many are connected.
#include "daemon/connection_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = ConnectionTable::State;

class ConnectionTableTest : public ::testing::Test {
 protected:
  ConnectionTable::Entry* add(const std::string& peer) {
    now_ += 1s;
    return table_.add(++fd_, peer, now_);
  }
  void enter(ConnectionTable::Entry* entry, State state) {
    now_ += 1s;
    table_.enter(*entry, state, now_);
  }
  /// Descriptors in the order in which they would be hung up on.
  std::vector<int> order() {
    std::vector<int> fds;
    while (ConnectionTable::Entry* victim = table_.victim()) {
      fds.push_back(victim->fd);
      enter(victim, State::kClosing);
    }
    return fds;
  }

  ConnectionTable table_;
  Duration now_{};
  int fd_ = 0;
};

TEST_F(ConnectionTableTest, WhoHasKeptUsWaitingLongestGoesFirst) {
  for (int i = 0; i < 4; ++i) add("a");
  EXPECT_EQ(table_.open(), 4U);
  EXPECT_THAT(order(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(table_.open(), 0U);
  EXPECT_EQ(table_.size(), 4U) << "until they are closed";
}

TEST_F(ConnectionTableTest, WhoAsksAndComesBackWaitsAnew) {
  ConnectionTable::Entry* first = add("a");
  add("a");
  enter(first, State::kAnswering);
  enter(first, State::kWaiting);
  EXPECT_THAT(order(), ElementsAre(2, 1));
}

TEST_F(ConnectionTableTest, AnAnswerIsTakenAwayLastAndOneThatWePrepareNever) {
  ConnectionTable::Entry* answering = add("a");
  ConnectionTable::Entry* preparing = add("a");
  add("a");
  enter(answering, State::kAnswering);
  enter(preparing, State::kPrepared);
  EXPECT_THAT(order(), ElementsAre(3, 1));
}

TEST_F(ConnectionTableTest, TheAddressWithTheMostPlacesPays) {
  add("scraper");
  for (int i = 0; i < 3; ++i) add("crowd");
  add("other");
  // Down to one place each the crowd pays; then who waits longest.
  EXPECT_THAT(order(), ElementsAre(2, 3, 1, 4, 5));
}

TEST_F(ConnectionTableTest, OverdueIsAskedForOneStateAlone) {
  ConnectionTable::Entry* slow = add("a");  // at 1 s
  ConnectionTable::Entry* reader = add("a");
  enter(reader, State::kAnswering);  // at 3 s
  add("a");                          // at 4 s
  EXPECT_THAT(table_.overdue(State::kWaiting, 10s, 9s), IsEmpty());
  EXPECT_THAT(table_.overdue(State::kWaiting, 11s, 9s), ElementsAre(slow));
  EXPECT_THAT(table_.overdue(State::kAnswering, 11s, 9s), IsEmpty());
  EXPECT_THAT(table_.overdue(State::kAnswering, 20s, 9s), ElementsAre(reader));
  table_.remove(slow);
  EXPECT_EQ(table_.size(), 2U);
  enter(reader, State::kClosing);
  EXPECT_THAT(table_.overdue(State::kAnswering, 60s, 9s), IsEmpty());
  table_.remove(reader);
  EXPECT_EQ(table_.open(), 1U);
}

}  // namespace
}  // namespace penstock
