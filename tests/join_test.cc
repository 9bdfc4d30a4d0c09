#include "daemon/join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Fleet {
 public:
  explicit Fleet(std::vector<Instance> instances) : instances_(std::move(instances)) {
    for (const Instance& each : instances_) pointers_.push_back(&each);
  }
  std::span<const Instance* const> all() const { return pointers_; }

 private:
  std::vector<Instance> instances_;
  std::vector<const Instance*> pointers_;
};

Instance instance(const std::string& id, const std::string& name, std::vector<std::string> ips,
                  std::vector<Tag> tags = {}) {
  Instance made;
  made.key = {"main", id};
  made.name = name;
  made.public_ips = std::move(ips);
  made.tags = std::move(tags);
  return made;
}

std::vector<KeyedSample> samples_of(const std::vector<std::string>& keys) {
  std::vector<KeyedSample> samples;
  samples.reserve(keys.size());
  for (const std::string& key : keys) samples.push_back({key, {}, false});
  return samples;
}

std::string shown(const JoinedTraffic& joined) {
  std::string out;
  for (const auto& [position, sample] : joined.matches) {
    out += std::to_string(position) + "<-" + sample->key + " ";
  }
  return out;
}

const auto kAll = [](std::uint32_t) { return true; };

const Fleet kFleet({instance("a", "web", {"203.0.113.1", "2001:db8::1"}, {{"host", "h1"}}),
                    instance("b", "db", {"203.0.113.2"}, {{"host", "h2"}, {"x", "h1"}}),
                    instance("c", "web", {"203.0.113.3"}, {}), instance("d", "", {}, {})});

TEST(Join, FindsByEachKindOfKey) {
  const struct {
    Join join;
    std::vector<std::string> keys;
    const char* matches;
    std::vector<std::uint32_t> without;
    std::size_t unmatched;
  } rows[] = {
      {Join::kId, {"b", "a", "zzz"}, "1<-b 0<-a ", {2, 3}, 1},
      {Join::kName, {"db", "", "DB"}, "1<-db ", {0, 2, 3}, 2},
      {Join::kPublicIp,
       {"203.0.113.2", "203.0.113.3:9100", "203.0.113.9", "host:9100"},
       "1<-203.0.113.2 2<-203.0.113.3:9100 ",
       {0, 3},
       2},
      {Join::kPublicIp, {"[2001:DB8:0::1]:9100"}, "0<-[2001:DB8:0::1]:9100 ", {1, 2, 3}, 0},
      {Join::kTag, {"h1", "h2"}, "0<-h1 1<-h2 ", {2, 3}, 0},
  };
  for (const auto& row : rows) {
    const InstanceIndex index(kFleet.all(), row.join, "host");
    const auto samples = samples_of(row.keys);
    const JoinedTraffic joined = join_traffic(index, samples, kAll);
    EXPECT_EQ(shown(joined), row.matches);
    EXPECT_EQ(joined.without_series, row.without) << row.matches;
    EXPECT_EQ(joined.unmatched, row.unmatched) << row.matches;
    EXPECT_THAT(joined.doubtful, IsEmpty());
  }
}

TEST(Join, OneNameForTwoInstancesIsDoubtForBoth) {
  const InstanceIndex index(kFleet.all(), Join::kName);
  const auto samples = samples_of({"web", "db"});
  const JoinedTraffic joined = join_traffic(index, samples, kAll);
  EXPECT_EQ(shown(joined), "1<-db ");
  EXPECT_THAT(joined.doubtful, ElementsAre(0, 2));
  EXPECT_THAT(joined.without_series, ElementsAre(3));
  EXPECT_THAT(joined.notes, Contains(HasSubstr("2 instances are named \"web\"")));
}

TEST(Join, TwoKeysForOneInstanceAreDoubt) {
  const InstanceIndex index(kFleet.all(), Join::kPublicIp);
  const auto samples = samples_of({"203.0.113.1", "203.0.113.2", "2001:db8::1"});
  const JoinedTraffic joined = join_traffic(index, samples, kAll);
  EXPECT_EQ(shown(joined), "1<-203.0.113.2 ");
  EXPECT_THAT(joined.doubtful, ElementsAre(0));
  EXPECT_THAT(joined.notes, Contains(HasSubstr("are the same instance")));
}

TEST(Join, SeveralSamplesOfOneKeyAreFine) {
  const InstanceIndex index(kFleet.all(), Join::kId);
  const auto samples = samples_of({"a", "a", "b", "a"});
  EXPECT_EQ(shown(join_traffic(index, samples, kAll)), "0<-a 0<-a 1<-b 0<-a ");
}

TEST(Join, OtherPoliciesInstancesAreNeitherUnmatchedNorServed) {
  const InstanceIndex index(kFleet.all(), Join::kId);
  const auto samples = samples_of({"a", "b", "zzz"});
  const JoinedTraffic joined =
      join_traffic(index, samples, [](std::uint32_t i) { return i == 1 || i == 3; });
  EXPECT_EQ(shown(joined), "1<-b ");
  EXPECT_EQ(joined.foreign, 1U);
  EXPECT_EQ(joined.unmatched, 1U);
  EXPECT_THAT(joined.without_series, ElementsAre(3));
}

TEST(Join, TheSameIdInTwoAccountsIsAmbiguous) {
  Instance twin = instance("a", "x", {});
  twin.key.account = "other";
  const Fleet fleet({instance("a", "x", {}), twin});
  const InstanceIndex index(fleet.all(), Join::kId);
  const auto samples = samples_of({"a"});
  EXPECT_THAT(join_traffic(index, samples, kAll).doubtful, ElementsAre(0, 1));
}

TEST(Join, ReadsAddresses) {
  const std::string v4("\xcb\x00\x71\x07", 4);
  const std::string v6("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
  const std::pair<const char*, std::string> rows[] = {{"203.0.113.7", v4},
                                                      {"203.0.113.7:9100", v4},
                                                      {"::ffff:203.0.113.7", v4},
                                                      {"2001:db8::1", v6},
                                                      {"[2001:db8::1]", v6},
                                                      {"[2001:DB8:0:0::1]:9100", v6},
                                                      {"203.0.113.7:http", ""},
                                                      {"203.0.113", ""},
                                                      {"", ""},
                                                      {":", ""},
                                                      {"[]", ""},
                                                      {"[203.0.113.7", ""},
                                                      {"host:9100", ""},
                                                      {"203.0.113.7:", v4}};
  for (const auto& [text, bytes] : rows) EXPECT_EQ(address_bytes(text), bytes) << text;
  EXPECT_EQ(address_bytes(std::string(10'000, '1')), "");
}

}  // namespace
}  // namespace penstock
