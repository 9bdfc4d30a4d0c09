#include "daemon/past_command.h"

#include <gtest/gtest.h>

#include "daemon/ask.h"
#include "daemon/status_command.h"

namespace penstock {
namespace {

const TimePoint kNow = *parse_time("2026-01-15T12:00:00Z");

JsonDocument parse(std::string_view text) {
  Result<JsonDocument> document = JsonDocument::parse(text);
  EXPECT_TRUE(document) << text;
  return *std::move(document);
}

TEST(PastCommand, OrdersReadLikeALog) {
  const JsonDocument rows = parse(R"([
    {"id":8,"planned_at":"2026-01-15T11:50:00.123Z","instance_id":"vm-2","kind":"upgrade",
     "from_mbps":100,"to_mbps":250,"state":"accepted","alarm":"not-started",
     "changed_at":"2026-01-15T11:50:01Z","charged":null,"reserved_month":"11.40",
     "order_number":"O-1","request_id":"R-1","code":null,"why":"saturated"},
    {"id":7,"planned_at":"2026-01-14T08:00:00Z","instance_id":"bmc-1","kind":"schedule-downgrade",
     "from_mbps":300,"to_mbps":50,"state":"scheduled","alarm":null,
     "changed_at":"2026-01-14T08:00:00Z","charged":null,"reserved_month":"0.00",
     "order_number":null,"request_id":"R-2","code":null,"why":"quiet"},
    {"id":6,"planned_at":"2026-01-13T08:00:00Z","instance_id":"bmc-1","kind":"upgrade",
     "from_mbps":200,"to_mbps":300,"state":"rejected","alarm":null,
     "changed_at":"2026-01-13T08:00:01Z","charged":"0.00","reserved_month":"0.00",
     "order_number":null,"request_id":"R-3","code":"BALANCE","why":"saturated"}])");
  EXPECT_EQ(
      orders_text(rows.root().items(), kNow, false),
      "ORDER  PLANNED               INSTANCE  KIND                MBPS        STATE       SINCE"
      "     USD  ORDER NUMBER  REQUEST  NOTE\n"
      "    6  2026-01-13T08:00:00Z  bmc-1     upgrade             200 -> 300  rejected    2d 3h"
      "    0.00  -             R-3      BALANCE\n"
      "    7  2026-01-14T08:00:00Z  bmc-1     schedule-downgrade  300 -> 50   scheduled   1d 4h"
      "       -  -             R-2      quiet\n"
      "    8  2026-01-15T11:50:00Z  vm-2      upgrade             100 -> 250  accepted   9m 59s"
      "  ~11.40  O-1           R-1      ALARM: not-started\n");
  EXPECT_EQ(orders_text({}, kNow, false), "no orders in this time\n");
}

TEST(PastCommand, HistoryIsOneListByTime) {
  const JsonDocument decisions = parse(R"([
    {"at":"2026-01-15T11:59:59Z","instance_id":"vm-2","action":"hold","from_mbps":100,
     "to_mbps":100,"target_mbps":250,"reason":"cooldown","why":"cooling down",
     "target_why":"saturated for 30s"},
    {"at":"2026-01-15T11:00:00.5Z","instance_id":"vm-2","action":"upgrade","from_mbps":50,
     "to_mbps":100,"target_mbps":100,"reason":"saturated","why":"saturated",
     "target_why":"saturated"}])");
  const JsonDocument events = parse(R"([
    {"at":"2026-01-15T11:00:00Z","kind":"pause","subject":null,"text":"pause-all: invoice"}])");
  EXPECT_EQ(
      history_text(decisions.root().items(), events.root().items(), false),
      "AT                    SUBJECT  WHAT     MBPS       WHY\n"
      "2026-01-15T11:00:00Z  -        pause               pause-all: invoice\n"
      "2026-01-15T11:00:00Z  vm-2     upgrade  50 -> 100  saturated\n"
      "2026-01-15T11:59:59Z  vm-2     hold     100        cooling down (saturated for 30s)\n");
  EXPECT_EQ(history_text({}, {}, false), "nothing was decided in this time\n");
}

TEST(PastCommand, InstancesOfTheStatus) {
  const JsonDocument rows = parse(R"([
    {"instance_id":"bmc-1","name":"edge","policy":"edge","cap_mbps":100,"egress_mbps":99,
     "saturated":true,"unlimited":false,"scheduled_cap_mbps":null,
     "decision":{"action":"upgrade","reason":"saturated","target_mbps":250}},
    {"instance_id":"vm-2","name":"","policy":null,"cap_mbps":0,"egress_mbps":null,
     "saturated":false,"unlimited":true,"scheduled_cap_mbps":null,
     "decision":{"action":"hold","reason":"unmatched","target_mbps":0}}])");
  EXPECT_EQ(instances_text(rows.root().items(), false),
            "INSTANCE  NAME  POLICY        CAP  EGRESS  TARGET  AT TERM'S END  NOW\n"
            "bmc-1     edge  edge          100      99     250              -  SATURATED, upgrade: "
            "saturated\n"
            "vm-2            -       unlimited       -       0              -  unmatched\n");
}

TEST(Ask, QueriesAreEncodedAndEmptyOnesLeftOut) {
  EXPECT_EQ(with_query("/a", {}), "/a");
  EXPECT_EQ(with_query("/a", {{"x", ""}, {"y", "b c&d"}, {"z", "1"}}), "/a?y=b%20c%26d&z=1");
}

TEST(Ask, JsonIsCopiedAsItWas) {
  const char* text = R"({"a":[1,-2.5,"x\"y",null,true,false,{}],"b":{"c":12345678901234}})";
  const JsonDocument document = parse(text);
  JsonWriter out;
  copy_json(out, document.root());
  EXPECT_EQ(out.take(), text);
}

}  // namespace
}  // namespace penstock
