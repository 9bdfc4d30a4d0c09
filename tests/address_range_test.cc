#include "daemon/address_range.h"

#include <gtest/gtest.h>

#include <vector>

#include "daemon/join.h"

namespace penstock {
namespace {

TEST(AddressRange, HoldsWhatItsPrefixSays) {
  const struct {
    const char* range;
    const char* address;
    bool inside;
  } rows[] = {{"10.0.0.0/8", "10.0.0.0", true},
              {"10.0.0.0/8", "10.255.255.255", true},
              {"10.0.0.0/8", "11.0.0.0", false},
              {"192.0.2.128/25", "192.0.2.129", true},
              {"192.0.2.128/25", "192.0.2.127", false},
              {"192.0.2.7", "192.0.2.7", true},
              {"192.0.2.7", "192.0.2.8", false},
              {"192.0.2.7/32", "192.0.2.7", true},
              {"0.0.0.0/0", "203.0.113.9", true},
              {"0.0.0.0/0", "2001:db8::1", false},
              {"2001:db8::/32", "2001:db8:ffff::1", true},
              {"2001:db8::/33", "2001:db8:8000::1", false},
              {"::/0", "2001:db8::1", true},
              {"::1", "::1", true},
              {"10.0.0.0/8", "::ffff:10.1.2.3", true},
              {"10.0.0.0/8", "", false}};
  for (const auto& row : rows) {
    const auto range = parse_address_range(row.range);
    ASSERT_TRUE(range) << row.range;
    EXPECT_EQ(range->contains(address_bytes(row.address)), row.inside)
        << row.range << " " << row.address;
  }
}

TEST(AddressRange, IsWrittenInOneWayOnly) {
  for (const char* text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
        "10.0.0/8", "10.0.0.0:80/8", "[2001:db8::]/32", "2001:db8::/129", "2001:db8::1/32",
        "example.net", "10.0.0.0/8/8", "*"}) {
    EXPECT_FALSE(parse_address_range(text)) << text;
  }
}

TEST(AddressRange, ThisHostMayAlwaysConnect) {
  const std::vector<AddressRange> office{*parse_address_range("192.0.2.0/24")};
  const struct {
    const char* peer;
    const char* own;
    bool allowed;
  } rows[] = {{"192.0.2.9", "0.0.0.0", true},         {"198.51.100.1", "0.0.0.0", false},
              {"127.0.0.1", "0.0.0.0", true},         {"127.1.2.3", "0.0.0.0", true},
              {"198.51.100.1", "198.51.100.1", true}, {"::1", "::", true},
              {"2001:db8::1", "::", false},           {"", "", false}};
  for (const auto& row : rows) {
    EXPECT_EQ(may_connect(address_bytes(row.peer), address_bytes(row.own), office), row.allowed)
        << row.peer;
    EXPECT_TRUE(may_connect(address_bytes(row.peer), address_bytes(row.own), {}));
  }
}

}  // namespace
}  // namespace penstock
