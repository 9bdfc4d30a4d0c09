#include "daemon/paged_list.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

namespace penstock {
namespace {

using Names = std::vector<std::string>;

/// A server whose list may change after every page it hands out.
struct Server {
  Names rows;
  std::size_t largest_page = 1000;
  bool tells_total = true;
  std::function<void(Names&)> after_page = [](Names&) {};
  int pages_served = 0;

  ListPage<std::string> page(int number, int size) {
    ++pages_served;
    const std::size_t per_page = std::min(largest_page, static_cast<std::size_t>(size));
    ListPage<std::string> out;
    if (tells_total) out.total = static_cast<std::int64_t>(rows.size());
    const std::size_t from = per_page * static_cast<std::size_t>(number - 1);
    for (std::size_t i = from; i < std::min(rows.size(), from + per_page); ++i) {
      out.keyed.emplace_back(rows[i], rows[i]);
      ++out.rows;
    }
    after_page(rows);
    return out;
  }
};

Names numbered(int count) {
  Names names;
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(1000 + i));
  return names;
}

Names read(Server& server, int page_size, std::vector<std::size_t>* batches = nullptr) {
  PagedList<std::string> list(page_size);
  while (!list.finished()) {
    const std::vector<int> wanted = list.wanted();
    if (batches != nullptr) batches->push_back(wanted.size());
    for (const int page : wanted) list.take(server.page(page, page_size));
  }
  EXPECT_FALSE(list.error());
  return std::move(list).rows();
}

TEST(PagedList, ReadsWhatLiesStill) {
  for (const int count : {0, 1, 9, 10, 11, 20, 95}) {
    for (const std::size_t largest : {std::size_t{1000}, std::size_t{4}}) {
      for (const bool total : {true, false}) {
        Server server{.rows = numbered(count), .largest_page = largest, .tells_total = total};
        EXPECT_EQ(read(server, 10), numbered(count)) << count << " " << largest << " " << total;
      }
    }
  }
}

TEST(PagedList, TheRestOfALongListIsAskedForTogether) {
  Server server{.rows = numbered(95)};
  std::vector<std::size_t> batches;
  (void)read(server, 10, &batches);
  EXPECT_EQ(batches, (std::vector<std::size_t>{1, 9}));
  Server one_page{.rows = numbered(10)};
  (void)read(one_page, 10);
  EXPECT_EQ(one_page.pages_served, 1);
}

TEST(PagedList, ARowThatVanishesBetweenPagesTakesNoOtherAlong) {
  // Without a second look 1010 would slip from the second page into the first.
  Server server{.rows = numbered(20)};
  server.after_page = [first = true](Names& rows) mutable {
    if (std::exchange(first, false)) rows.erase(rows.begin());
  };
  Names expected = numbered(20);
  expected.erase(expected.begin());
  EXPECT_EQ(read(server, 10), expected);
}

TEST(PagedList, ARowThatAppearsInFrontDoublesNone) {
  Server server{.rows = numbered(20)};
  server.after_page = [first = true](Names& rows) mutable {
    if (std::exchange(first, false)) rows.insert(rows.begin(), "0999");
  };
  const Names rows = read(server, 10);
  EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), rows.size());
  EXPECT_EQ(rows.size(), 21U);
}

TEST(PagedList, AListThatNeverRestsLosesHardlyAnythingThatStays) {
  // Between any two pages a row goes and another comes, for ever: a pass can look clean by chance,
  // and only who knows the list before can tell (ZenlayerInventory does).
  std::size_t lost = 0, stayed = 0;
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    Server server{.rows = numbered(60)};
    std::set<std::string> stays(server.rows.begin(), server.rows.end());
    int next = 5000;
    server.after_page = [&](Names& rows) {
      const std::size_t gone = random() % rows.size();
      stays.erase(rows[gone]);
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(gone));
      rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(random() % (rows.size() + 1)),
                  std::to_string(next++));
    };
    const Names rows = read(server, 10);
    const std::set<std::string> found(rows.begin(), rows.end());
    EXPECT_EQ(found.size(), rows.size()) << seed;  // none doubled
    EXPECT_LE(server.pages_served, 40) << seed;
    for (const std::string& name : stays) lost += found.contains(name) ? 0 : 1;
    stayed += stays.size();
  }
  EXPECT_LT(lost * 50, stayed);
}

TEST(PagedList, AFailedPageFailsTheList) {
  Server server{.rows = numbered(30)};
  PagedList<std::string> list(10);
  list.take(server.page(1, 10));
  ASSERT_EQ(list.wanted().size(), 2U);
  list.take(server.page(2, 10));
  list.take(Error{.kind = ErrorKind::kTransient, .message = "no", .code = "", .request_id = ""});
  EXPECT_TRUE(list.finished());
  EXPECT_TRUE(list.error());
}

TEST(PagedList, NothingWhereThereShouldBeSomethingIsAnError) {
  PagedList<std::string> list(10);
  while (!list.finished()) list.take(ListPage<std::string>{.total = 50, .rows = 0, .keyed = {}});
  EXPECT_TRUE(list.error());
}

TEST(PagedList, AServerThatRepeatsItselfIsHeardOut) {
  for (const std::optional<std::int64_t> total :
       {std::optional<std::int64_t>{}, std::optional<std::int64_t>{1'000'000}}) {
    PagedList<std::string> list(10);
    int pages = 0;
    while (!list.finished()) {
      for (std::size_t i = list.wanted().size(); i > 0; --i) {
        ListPage<std::string> out{.total = total, .rows = 10, .keyed = {}};
        for (const std::string& name : numbered(10)) out.keyed.emplace_back(name, name);
        list.take(std::move(out));
        ASSERT_LT(++pages, 400);
      }
    }
    EXPECT_EQ(std::move(list).rows(), numbered(10));
  }
}

TEST(PagedList, ATotalThatIsWrongEndsAllTheSame) {
  for (const std::int64_t total :
       {std::int64_t{0}, std::int64_t{7}, std::int64_t{1'000'000}, std::int64_t{-5}, INT64_MAX}) {
    PagedList<std::string> list(10);
    int pages = 0;
    while (!list.finished()) {
      for (const int page : std::vector<int>(list.wanted())) {
        ListPage<std::string> out{.total = total, .rows = 0, .keyed = {}};
        if (page == 1) {
          for (const std::string& name : numbered(10)) out.keyed.emplace_back(name, name);
          out.rows = 10;
        }
        list.take(std::move(out));
        ASSERT_LT(++pages, 1000);
      }
    }
    EXPECT_EQ(std::move(list).rows(), numbered(10)) << total;
  }
}

}  // namespace
}  // namespace penstock
