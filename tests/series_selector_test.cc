#include "daemon/series_selector.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

bool matches(const std::string& selector, const std::string& line) {
  const Result<SeriesSelector> parsed = SeriesSelector::parse(selector);
  EXPECT_TRUE(parsed) << selector << ": " << (parsed ? "" : parsed.error().message);
  if (!parsed) return false;
  bool matched = false;
  EXPECT_TRUE(parse_exposition(line, [&](const auto& s) { matched = parsed->matches(s); })) << line;
  return matched;
}

TEST(SeriesSelector, Matches) {
  const struct {
    const char* selector;
    const char* line;
    bool expected;
  } rows[] = {
      {"tx", "tx 1", true},
      {"tx", "rx 1", false},
      {"tx", "tx_total 1", false},
      {" tx { } ", "tx{device=\"eth0\"} 1", true},
      {"tx{device=\"eth0\"}", "tx{device=\"eth0\"} 1", true},
      {"tx{device=\"eth0\"}", "tx{device=\"eth1\"} 1", false},
      {"tx{device=\"eth0\"}", "tx 1", false},
      {"tx{device=\"\"}", "tx 1", true},
      {"tx{device!=\"lo\"}", "tx{device=\"eth0\"} 1", true},
      {"tx{device!=\"lo\"}", "tx 1", true},
      {"tx{device != 'lo' , a = \"b\" ,}", "tx{a=\"b\",device=\"lo\"} 1", false},
      {"{__name__=\"tx\",device=\"a\"}", "tx{device=\"a\"} 1", true},
      {"tx{device=~\"eth.*|bond0\"}", "tx{device=\"eth0\"} 1", true},
      {"tx{device=~\"eth.*|bond0\"}", "tx{device=\"bond0\"} 1", true},
      {"tx{device=~\"eth.*|bond0\"}", "tx{device=\"bond01\"} 1", false},
      {"tx{device=~\"eth.*|bond0\"}", "tx{device=\"veth1\"} 1", false},
      {"tx{device!~\"lo|veth.+\"}", "tx{device=\"eth0\"} 1", true},
      {"tx{device!~\"lo|veth.+\"}", "tx{device=\"veth9\"} 1", false},
      {"tx{device=~\"eth[0-9]+\\\\.7\"}", "tx{device=\"eth12.7\"} 1", true},
      {"tx{device=~\"eth[0-9]+\\\\.7\"}", "tx{device=\"eth12x7\"} 1", false},
      {"tx{device=~\"[a-z]{2,4}[0-9]{1,2}\"}", "tx{device=\"eth12\"} 1", true},
      {"tx{device=~\"eth\\\\+{2}.*\"}", "tx{device=\"eth++0\"} 1", true},
      {"tx{device=~\".*\"}", "tx 1", true},
      {"tx{device=~\".+\"}", "tx 1", false},
      {"tx{device=\"a\\\"b\"}", "tx{device=\"a\\\"b\"} 1", true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(matches(row.selector, row.line), row.expected) << row.selector << " on " << row.line;
  }
}

TEST(SeriesSelector, SaysWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "character 1: expected the name of a counter"},
      {"{device=\"eth0\"}", "character 16: expected the name of a counter"},
      {"rate(tx[1m])", "character 5: a scrape source selects a counter"},
      {"tx[1m]", "character 3: a scrape source selects a counter"},
      {"tx * 8", "character 4: expected the end of the selector"},
      {"tx{device}", "character 10: expected =, !=, =~ or !~"},
      {"tx{device!\"a\"}", "character 11: expected =, !=, =~ or !~"},
      {"tx{=\"a\"}", "character 4: expected a label name"},
      {"tx{device=eth0}", "character 11: expected a quoted value"},
      {"tx{device=\"eth0}", "character 17: a value without closing quote"},
      {"tx{a=\"1\" b=\"2\"}", "character 10: expected ',' or '}'"},
      {"tx{a=~\"(\"}", "character 10: the pattern is wrong: "},
      {"tx{a=~\"(a)\\\\1\"}", "an escape that is not supported: \\1"},
      {"tx{a=~\"\\\\d\"}", "an escape that is not supported: \\d"},
      {"tx{a=~\"(?i)x\"}", "(?…) is not supported"},
      {"tx{a=~\"x+++++++++++\"}", "the pattern repeats too much"},
      {"tx{a=~\"((x{40}){40}){40}\"}", "the pattern repeats too much"},
      {"tx{a=~\"x{4000}\"}", "the pattern repeats too much"},
      {"tx{__name__=\"rx\"}", "the name is given twice"},
  };
  for (const auto& [selector, expected] : rows) {
    const auto parsed = SeriesSelector::parse(selector);
    ASSERT_FALSE(parsed) << selector;
    EXPECT_NE(parsed.error().message.find(expected), std::string::npos) << parsed.error().message;
  }
  EXPECT_FALSE(SeriesSelector::parse("tx{a=~\"" + std::string(2000, 'x') + "\"}"));
}

TEST(SeriesSelector, HostileValuesStayCheap) {
  const std::string many_bytes(60'000, 'a');
  EXPECT_FALSE(matches("tx{a=~\"(a*)*b\"}", "tx{a=\"" + many_bytes + "\"} 1"));
  EXPECT_FALSE(matches("tx{a!~\"x\"}", "tx{a=\"" + many_bytes + "\"} 1"));
  EXPECT_FALSE(matches("tx{a=~\"(a|aa)*b\"}", "tx{a=\"" + many_bytes.substr(0, 1000) + "\"} 1"));
  EXPECT_FALSE(matches("tx{a=~\"a.b\"}", std::string("tx{a=\"a\0b\"} 1", 13)));
  EXPECT_FALSE(matches("tx{a!~\"a\"}", std::string("tx{a=\"a\0b\"} 1", 13)));
}

}  // namespace
}  // namespace penstock
