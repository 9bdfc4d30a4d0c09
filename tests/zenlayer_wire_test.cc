#include "daemon/zenlayer_wire.h"

#include <gtest/gtest.h>

#include "tests/testing/replies.h"

namespace penstock {
namespace {

/// A reply's document together with its `response`.
struct Reply {
  explicit Reply(const std::string& text) : document(JsonDocument::parse(text)) {}
  JsonValue response() const {
    EXPECT_TRUE(document);
    return document ? document->root()["response"] : JsonValue{};
  }
  Result<JsonDocument> document;
};

Reply from_file(const std::string& name) {
  return Reply(read_reply(name));
}
Reply from_response(const std::string& response) {
  return Reply("{\"response\":" + response + "}");
}

TimePoint at(const char* text) {
  return parse_time(text).value();
}

TEST(ZenlayerWire, ReadsVmInstances) {
  const Reply reply = from_file("vm_instances.json");
  const auto page = wire::read_instances(Product::kVm, "main", reply.response());
  ASSERT_TRUE(page);
  EXPECT_EQ(page->total, 3);
  EXPECT_EQ(page->rows, 3U);
  ASSERT_EQ(page->instances.size(), 3U);
  const Instance& edge = page->instances[0];
  EXPECT_EQ(edge.key, (InstanceKey{"main", "1234567890123456789"}));
  EXPECT_EQ(edge.product, Product::kVm);
  EXPECT_EQ(edge.charge, Charge::kPrepaid);
  EXPECT_EQ(edge.internet_charge, InternetCharge::kByBandwidth);
  EXPECT_EQ(edge.name, "edge-1");
  EXPECT_EQ(edge.zone, "SIN-A");
  EXPECT_EQ(edge.type, "c.4c8g");
  EXPECT_TRUE(edge.running());
  EXPECT_EQ(edge.resource_group, "Edge");
  EXPECT_EQ(edge.resource_group_id, "rg-1");
  EXPECT_EQ(edge.public_ips, (std::vector<std::string>{"203.0.113.7", "2001:db8::7"}));
  ASSERT_EQ(edge.tags.size(), 2U);
  EXPECT_EQ(edge.tags[0].key, "role");
  EXPECT_EQ(edge.tags[0].value, "edge");
  EXPECT_EQ(edge.tags[1].value, "");
  EXPECT_EQ(edge.cap, Mbps{100});
  EXPECT_FALSE(edge.limit);
  EXPECT_TRUE(edge.limitable);
  EXPECT_EQ(edge.expires, at("2026-02-01T00:00:00Z"));
  EXPECT_EQ(edge.period_months, 1);
  EXPECT_TRUE(edge.auto_renew);

  const Instance& cluster = page->instances[1];
  EXPECT_EQ(cluster.cap, Mbps{0});  // unlimited, which is not "absent"
  EXPECT_EQ(cluster.internet_charge, InternetCharge::kBandwidthCluster);
  EXPECT_FALSE(cluster.expires);
  EXPECT_FALSE(cluster.auto_renew);

  const Instance& strange = page->instances[2];
  EXPECT_FALSE(strange.cap);
  EXPECT_EQ(strange.charge, Charge::kUnknown);
  EXPECT_EQ(strange.internet_charge, InternetCharge::kUnknown);
  EXPECT_FALSE(strange.running());
  EXPECT_FALSE(strange.expires);
  EXPECT_TRUE(strange.auto_renew);
}

TEST(ZenlayerWire, NumbersMayBeTexts) {
  const Reply reply = from_file("vm_instances_strings.json");
  const auto page = wire::read_instances(Product::kVm, "main", reply.response());
  ASSERT_TRUE(page);
  EXPECT_EQ(page->total, 1);
  EXPECT_EQ(page->instances.at(0).cap, Mbps{100});
  EXPECT_EQ(page->instances.at(0).period_months, 12);
  EXPECT_FALSE(page->instances.at(0).auto_renew);
}

TEST(ZenlayerWire, BmcNamesTheSameThingsOtherwise) {
  const Reply reply = from_file("bmc_instances.json");
  const auto page = wire::read_instances(Product::kBmc, "main", reply.response());
  ASSERT_TRUE(page);
  const Instance& metal = page->instances.at(0);
  EXPECT_EQ(metal.cap, Mbps{200});  // bandwidthOutMbps, not internetMaxBandwidthOut
  EXPECT_EQ(metal.type, "MDE");
  EXPECT_EQ(metal.limit, Mbps{10000});
  EXPECT_EQ(metal.hostname, "metal-1.example");
  EXPECT_EQ(metal.public_ips,
            (std::vector<std::string>{"198.51.100.9", "198.51.100.10", "2001:db8::9"}));
  const Instance& old = page->instances.at(1);
  EXPECT_EQ(old.cap, Mbps{50});
  EXPECT_EQ(old.type, "OLD");
  EXPECT_FALSE(old.limit);
  EXPECT_EQ(old.internet_charge, InternetCharge::kBandwidthCluster);  // the bmc spelling
}

TEST(ZenlayerWire, AListThatIsMissingIsNotAnEmptyList) {
  const auto read = [](const char* response) {
    return wire::read_instances(Product::kVm, "a", from_response(response).response());
  };
  EXPECT_FALSE(read("{}"));
  EXPECT_FALSE(read(R"({"totalCount":4,"dataSet":null})"));
  EXPECT_FALSE(read(R"({"totalCount":4})"));
  EXPECT_TRUE(read(R"({"totalCount":0,"dataSet":null})"));
  EXPECT_TRUE(read(R"({"dataSet":[]})"));
  const auto odd = read(
      R"({"totalCount":4,"dataSet":[null,17,{"instanceId":null},{"instanceId":"1"},{"instanceId":5}]})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->rows, 5U);
  ASSERT_EQ(odd->instances.size(), 2U);
  EXPECT_EQ(odd->instances[1].key.id, "5");
}

TEST(ZenlayerWire, OutsideTextsAreBoundedAndIdsAreWholeOrNothing) {
  const std::string long_text(5000, 'x');
  const std::string umlauts = [] {
    std::string text;
    for (int i = 0; i < 300; ++i) text += "\xc3\xbc";
    return text;
  }();
  const Reply reply =
      from_response(R"({"totalCount":2,"dataSet":[{"instanceId":")" + long_text +
                    R"("},{"instanceId":"1","instanceName":"x)" + umlauts + R"("}]})");
  const auto page = wire::read_instances(Product::kVm, "a", reply.response());
  ASSERT_TRUE(page);
  ASSERT_EQ(page->instances.size(), 1U);
  EXPECT_EQ(page->instances[0].name.size(), 255U);  // not in the middle of a character
}

struct StatusCase {
  const char* response;
  bool good;
  ChangeState::Kind kind;
  std::optional<Mbps> cap, modified;
};

TEST(ZenlayerWire, ReadsWhatBecomesOfAChange) {
  using Kind = ChangeState::Kind;
  const StatusCase cases[] = {
      {R"({"internetMaxBandwidthOut":100,"modifiedInternetMaxBandwidthOut":200,
          "modifiedBandwidthStatus":"Processing"})",
       true, Kind::kRunning, Mbps{100}, Mbps{200}},
      {R"({"internetMaxBandwidthOut":100,"modifiedBandwidthStatus":"Process"})",
       true,
       Kind::kRunning,
       Mbps{100},
       {}},
      {R"({"internetMaxBandwidthOut":100,"modifiedBandwidthStatus":"CHANGING"})",
       true,
       Kind::kRunning,
       Mbps{100},
       {}},
      {R"({"internetMaxBandwidthOut":100,"modifiedBandwidthStatus":"Mending"})",
       true,
       Kind::kRunning,
       Mbps{100},
       {}},
      {R"({"internetMaxBandwidthOut":100,"modifiedBandwidthStatus":17})",
       true,
       Kind::kRunning,
       Mbps{100},
       {}},
      {R"({"internetMaxBandwidthOut":100,"modifiedBandwidthStatus":"ENABLE"})",
       true,
       Kind::kIdle,
       Mbps{100},
       {}},
      {R"({"internetMaxBandwidthOut":100,"modifiedBandwidthStatus":null})",
       true,
       Kind::kIdle,
       Mbps{100},
       {}},
      {R"({"internetMaxBandwidthOut":100,"modifiedInternetMaxBandwidthOut":100})", true,
       Kind::kIdle, Mbps{100}, Mbps{100}},
      {R"({"internetMaxBandwidthOut":100,"modifiedInternetMaxBandwidthOut":50})", true,
       Kind::kRunning, Mbps{100}, Mbps{50}},
      {R"({"modifiedBandwidthStatus":"WaitToEnable","modifiedInternetMaxBandwidthOut":50})",
       true,
       Kind::kScheduled,
       {},
       Mbps{50}},
      {R"({"internetMaxBandwidthOut":-1,"modifiedBandwidthStatus":"Enable"})",
       true,
       Kind::kIdle,
       {},
       {}},
      {R"({"internetMaxBandwidthOut":-5,"modifiedBandwidthStatus":"Enable"})",
       false,
       Kind::kRunning,
       {},
       {}},
      {R"({"modifiedBandwidthStatus":"Enable"})", false, Kind::kRunning, {}, {}},
      {"{}", false, Kind::kRunning, {}, {}},
      {R"({"bandwidthOutMbps":100})", false, Kind::kRunning, {}, {}},
  };
  for (const StatusCase& c : cases) {
    const Reply reply = from_response(c.response);
    const auto status = wire::read_status(reply.response());
    ASSERT_EQ(status.has_value(), c.good) << c.response;
    if (!status) continue;
    EXPECT_EQ(status->kind, c.kind) << c.response;
    EXPECT_EQ(status->cap, c.cap) << c.response;
    EXPECT_EQ(status->modified, c.modified) << c.response;
  }
  const Reply idle = from_file("status_idle.json");
  EXPECT_EQ(wire::read_status(idle.response())->kind, Kind::kIdle);
  const Reply scheduled = from_file("status_scheduled_strings.json");
  EXPECT_EQ(wire::read_status(scheduled.response())->modified, Mbps{40});
}

TEST(ZenlayerWire, AsksWithEachProductsOwnNames) {
  EXPECT_EQ(wire::size_request(Product::kVm, "1", Mbps{100}),
            R"({"instanceId":"1","internetMaxBandwidthOut":100})");
  EXPECT_EQ(wire::size_request(Product::kBmc, "1", Mbps{100}),
            R"({"instanceId":"1","bandwidthOutMbps":100})");
  EXPECT_EQ(wire::list_request("", 2, 500), R"({"pageNum":2,"pageSize":500})");
  EXPECT_EQ(wire::list_request("rg-1", 1, 10),
            R"({"resourceGroupId":"rg-1","pageNum":1,"pageSize":10})");
  EXPECT_EQ(wire::id_request("a\"b"), R"({"instanceId":"a\"b"})");
  EXPECT_EQ(wire::charge_request(Charge::kPostpaid), R"({"instanceChargeType":"POSTPAID"})");
  EXPECT_EQ(
      wire::traffic_request("1", at("2026-01-01T00:00:00Z") + 300ms, at("2026-01-01T01:00:00Z")),
      R"({"instanceId":"1","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-01T01:00:00Z"})");
  const std::vector<std::string> ids = {"1", "2"};
  EXPECT_EQ(wire::ids_request(ids), R"({"instanceIds":["1","2"],"pageNum":1,"pageSize":100})");
}

TEST(ZenlayerWire, ReadsTraffic) {
  const Reply reply = from_file("traffic.json");
  const auto samples = wire::read_traffic(reply.response());
  ASSERT_TRUE(samples);
  ASSERT_EQ(samples->size(), 2U);  // sorted, once each, without the broken ones
  EXPECT_EQ((*samples)[0].at, at("2023-07-11T06:55:00Z"));
  EXPECT_DOUBLE_EQ((*samples)[0].egress.mbps(), 0.015184);
  EXPECT_EQ((*samples)[0].span, 5min);
  EXPECT_DOUBLE_EQ((*samples)[1].egress.mbps(), 25);
  EXPECT_FALSE(wire::read_traffic(from_response(R"({"unit":"kbps","dataList":[]})").response()));
  const Reply nothing = from_response("{}");
  EXPECT_TRUE(wire::read_traffic(nothing.response())->empty());
}

TEST(ZenlayerWire, ReadsPricesInEveryShape) {
  const Reply prepaid = from_file("price_prepaid.json");
  const PriceAnswer list = wire::read_price(prepaid.response());
  ASSERT_EQ(list.items.size(), 1U);
  EXPECT_EQ(list.items[0].original_price, Money::from_units(250));
  EXPECT_EQ(list.items[0].discount_price, Money::from_units(200));
  EXPECT_FALSE(list.items[0].unit_price);
  EXPECT_EQ(list.items[0].amount_unit, "");

  const Reply bare = from_file("price_object.json");
  const PriceAnswer object = wire::read_price(bare.response());
  ASSERT_EQ(object.items.size(), 1U);
  EXPECT_EQ(object.items[0].discount_unit_price, Money::from_micros(1'320'000));
  EXPECT_EQ(object.items[0].charge_unit, "HOUR");

  const Reply stepped = from_file("price_steps.json");
  const PriceAnswer steps = wire::read_price(stepped.response());
  ASSERT_EQ(steps.items.size(), 2U);
  ASSERT_EQ(steps.items[0].steps.size(), 2U);
  EXPECT_EQ(steps.items[0].steps[0].to, Mbps{100});
  EXPECT_EQ(steps.items[0].steps[0].discount_unit_price, Money::from_units(2));
  EXPECT_FALSE(steps.items[0].steps[1].to);
  EXPECT_FALSE(steps.items[0].steps[1].discount_unit_price);

  const Reply none = from_file("price_none.json");
  EXPECT_TRUE(wire::read_price(none.response()).items.empty());
  const Reply negative = from_response(R"({"bandwidthPrice":[{"discountPrice":-5}]})");
  EXPECT_FALSE(wire::read_price(negative.response()).items.at(0).discount_price);
}

TEST(ZenlayerWire, ReadsTheBalance) {
  const Reply reply = from_file("balance.json");
  EXPECT_EQ(wire::read_balance(reply.response())->purchasing_power,
            Money::from_micros(250'108'301));
  const Reply parts = from_response(R"({"cashBalance":"10","creditValue":5})");
  EXPECT_EQ(wire::read_balance(parts.response())->purchasing_power, Money::from_units(15));
  const Reply debt = from_response(R"({"purchasingPower":-3.5})");
  EXPECT_EQ(wire::read_balance(debt.response())->purchasing_power, Money::from_micros(-3'500'000));
  EXPECT_FALSE(wire::read_balance(from_response(R"({"cashBalance":10})").response()));
}

TEST(ZenlayerWire, ReadsTransactions) {
  const Reply reply = from_file("transactions.json");
  const auto page = wire::read_transactions(reply.response());
  ASSERT_TRUE(page);
  EXPECT_EQ(page->total, 3);
  EXPECT_EQ(page->rows, 3U);
  ASSERT_EQ(page->transactions.size(), 2U);
  EXPECT_EQ(page->transactions[0].order_number, "967674789101568984");
  EXPECT_EQ(page->transactions[0].amount, Money::from_micros(1'380'000));
  EXPECT_EQ(page->transactions[1].order_number, "42");
  EXPECT_NE(page->keys[0], page->keys[1]);
  EXPECT_FALSE(wire::read_transactions(from_response("{}").response()));
}

TEST(ZenlayerWire, AnOrderNumberMayBeMissing) {
  for (const char* response :
       {"{}", R"({"orderNumber":null})", R"({"orderNumber":""})", R"({"orderNumber":[1]})"}) {
    const Reply reply = from_response(response);
    EXPECT_EQ(wire::read_accepted(reply.response(), "T1").order_number, "") << response;
  }
  const Reply number = from_response(R"({"orderNumber":967674789101568984})");
  EXPECT_EQ(wire::read_accepted(number.response(), "T1").order_number, "967674789101568984");
}

TEST(ZenlayerWire, ReadsWhatTypesAllow) {
  const Reply vm = from_file("vm_types.json");
  const auto types = wire::read_vm_limits(vm.response());
  ASSERT_EQ(types.size(), 4U);
  EXPECT_EQ(types[0].limit, Mbps{1500});
  EXPECT_FALSE(types[1].limitable);
  EXPECT_FALSE(types[1].limit);
  EXPECT_EQ(types[2].limit, Mbps{3000});
  EXPECT_TRUE(types[3].limitable);
  EXPECT_FALSE(types[3].limit);
  const Reply bmc = from_file("bmc_types.json");
  EXPECT_EQ(wire::read_bmc_types(bmc.response()).at(0).limit, Mbps{1000});
  const Reply resources = from_file("bmc_resources.json");
  const auto places = wire::read_bmc_resources(resources.response());
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].included, Mbps{50});
  EXPECT_FALSE(places[1].included);
}

}  // namespace
}  // namespace penstock
