#include "daemon/sim/sandbox_front.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "daemon/exposition_text.h"
#include "daemon/sim/sandbox_fleet.h"
#include "tests/testing/sandbox_client.h"

namespace penstock {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kStart = TimePoint(std::chrono::seconds{1'767'225'600});

SimInstance make(const std::string& id, Product product, Charge charge, std::int64_t mbps) {
  SimInstance it;
  it.id = id;
  it.name = "name-of-" + id;
  it.product = product;
  it.charge = charge;
  it.zone = product == Product::kVm ? "SIN-A" : "FRA-A";
  it.type = product == Product::kVm ? "z2a.cpu.4" : "M9Y";
  it.cap = Mbps{mbps};
  it.tariff.unit_price = Money::from_units(2);
  it.created = kStart - hours{24 * 40};
  it.group_id = "g1";
  it.tags = {{"role", "edge"}, {"n", id}};
  it.public_ips = {"198.18.0.1"};
  it.demand = DemandShape::flat(60);
  if (charge == Charge::kPrepaid) it.expires = kStart + hours{24 * 30};
  return it;
}

/// A vm and a bmc of each charge, a vm by package, a bmc by 95th: v-pre, v-post, v-pack, b-pre, …
class SandboxFrontTest : public ::testing::Test {
 protected:
  SandboxFrontTest()
      : front(cloud(), {.traffic_delay = minutes{5}}), client(front, kStart + hours{2}) {}

  static SimCloud cloud() {
    SimCloud cloud({}, sandbox_catalogue(), kStart);
    cloud.add(make("v-pre", Product::kVm, Charge::kPrepaid, 100), kStart);
    cloud.add(make("v-post", Product::kVm, Charge::kPostpaid, 50), kStart);
    SimInstance pack = make("v-pack", Product::kVm, Charge::kPostpaid, 0);
    pack.internet = InternetCharge::kByTrafficPackage;
    pack.package_tb = 2.5;
    cloud.add(pack, kStart);
    cloud.add(make("b-pre", Product::kBmc, Charge::kPrepaid, 100), kStart);
    SimInstance stepped = make("b-post", Product::kBmc, Charge::kPostpaid, 100);
    stepped.tariff.steps = {{Mbps{0}, Money::from_units(72)}, {Mbps{500}, Money::from_units(36)}};
    cloud.add(stepped, kStart);
    SimInstance by_use = make("b-95", Product::kBmc, Charge::kPostpaid, 400);
    by_use.internet = InternetCharge::kByInstanceBandwidth95;
    cloud.add(by_use, kStart);
    return cloud;
  }

  std::vector<std::string> ids(const SandboxReply& reply) {
    std::vector<std::string> out;
    for (const JsonValue& row : reply.response()["dataSet"].items()) {
      out.emplace_back(row["instanceId"].string().value_or("?"));
    }
    return out;
  }

  SandboxFront front;
  SandboxClient client;
};

using Ids = std::vector<std::string>;

TEST_F(SandboxFrontTest, ListsAndFilters) {
  struct Case {
    std::string body;
    Ids vm, bmc;
  };
  for (const Case& c :
       std::vector<Case>{{"{}", {"v-pre", "v-post", "v-pack"}, {"b-pre", "b-post", "b-95"}},
                         {R"({"instanceIds":["v-post","b-95","zzz"]})", {"v-post"}, {"b-95"}},
                         {R"({"zoneId":"SIN-A"})", {"v-pre", "v-post", "v-pack"}, {}},
                         {R"({"internetChargeType":"ByTrafficPackage"})", {"v-pack"}, {}},
                         {R"({"internetChargeType":"ByInstanceBandwidth95"})", {}, {"b-95"}},
                         {R"({"instanceType":"z2a.cpu.4","instanceTypeId":"nope"})",
                          {"v-pre", "v-post", "v-pack"},
                          {}},
                         {R"({"instanceStatus":"STOPPED"})", {}, {}},
                         {R"({"instanceName":"name-of-v-p*"})", {"v-pre", "v-post", "v-pack"}, {}},
                         {R"({"instanceName":"name-of-b-pre"})", {}, {"b-pre"}},
                         {R"({"resourceGroupId":"g2"})", {}, {}},
                         {R"({"tags":[{"key":"role","value":"edge"},{"key":"n","value":"b-pre"}]})",
                          {},
                          {"b-pre"}},
                         {R"({"tagKeys":["n"],"publicIpAddresses":["198.18.0.1"],"unknown":1})",
                          {"v-pre", "v-post", "v-pack"},
                          {"b-pre", "b-post", "b-95"}},
                         {R"({"pageSize":2,"pageNum":2})", {"v-pack"}, {"b-95"}},
                         {R"({"pageSize":2,"pageNum":9})", {}, {}}}) {
    EXPECT_EQ(ids(client.vm("DescribeInstances", c.body)), c.vm) << c.body;
    EXPECT_EQ(ids(client.bmc("DescribeInstances", c.body, "2022-11-20")), c.bmc) << c.body;
  }
  EXPECT_EQ(client.vm("DescribeInstances", R"({"pageSize":1})").response()["totalCount"].integer(),
            3);
  EXPECT_EQ(ids(client.vm("DescribeInstancesStatus", R"({"instanceIds":["v-pre"]})")),
            Ids{"v-pre"});
}

TEST_F(SandboxFrontTest, InstancesHaveEachServicesOwnFields) {
  const SandboxReply vm = client.vm("DescribeInstances", R"({"instanceIds":["v-pre"]})");
  const JsonValue v = vm.response()["dataSet"].items().front();
  EXPECT_EQ(v["internetMaxBandwidthOut"].integer(), 100);
  EXPECT_FALSE(v["bandwidthOutMbps"].exists());
  EXPECT_EQ(v["instanceType"].string(), "z2a.cpu.4");
  EXPECT_EQ(v["instanceChargeType"].string(), "PREPAID");
  EXPECT_EQ(v["expiredTime"].string(), "2026-01-31T00:00:00Z");
  EXPECT_EQ(v["period"].integer(), 1);
  EXPECT_EQ(v["tags"]["tags"].items().front()["value"].string(), "edge");
  const SandboxReply bmc = client.bmc("DescribeInstances", R"({"instanceIds":["b-post"]})");
  const JsonValue b = bmc.response()["dataSet"].items().front();
  EXPECT_EQ(b["bandwidthOutMbps"].integer(), 100);
  EXPECT_FALSE(b["internetMaxBandwidthOut"].exists());
  EXPECT_EQ(b["instanceTypeId"].string(), "M9Y");
  EXPECT_EQ(b["instanceType"]["maximumBandwidth"].integer(), 10'000);
  EXPECT_FALSE(b["expiredTime"].exists());
  EXPECT_FALSE(b["period"].exists());
  EXPECT_NE(bmc.raw.body.find("primaryPublicIPv6Address"), std::string::npos);
  const SandboxReply old = client.bmc("DescribeInstances", "{}", "2022-11-20");
  EXPECT_EQ(old.raw.body.find("primaryPublicIPv6Address"), std::string::npos);
  EXPECT_EQ(old.raw.body.find("vpuCount"), std::string::npos);
}

TEST_F(SandboxFrontTest, CataloguesTellLimitsAndIncludedBandwidth) {
  const SandboxReply quotas = client.vm("DescribeZoneInstanceConfigInfos",
                                        R"({"instanceChargeType":"PREPAID","zoneId":"SIN-A"})");
  std::map<std::string, std::int64_t> limits;
  for (const JsonValue& row : quotas.response()["instanceTypeQuotaSet"].items()) {
    EXPECT_EQ(row["zoneId"].string(), "SIN-A");
    limits[std::string(*row["instanceType"].string())] =
        *row["internetMaxBandwidthOutLimit"].integer();
  }
  EXPECT_EQ(limits.at("z2a.cpu.4"), 1500);
  EXPECT_EQ(limits.at("z2a.free.1"), -1);
  EXPECT_FALSE(limits.contains("z1a.cpu.1"));  // not sold
  const SandboxReply stock =
      client.bmc("DescribeAvailableResources",
                 R"({"instanceChargeType":"POSTPAID","zoneId":"FRA-A","instanceTypeId":"M9Y"})");
  ASSERT_EQ(stock.response()["availableResources"].items().size(), 1U);
  const JsonValue row = stock.response()["availableResources"].items().front();
  EXPECT_EQ(row["maximumBandwidthOut"].integer(), 10'000);
  EXPECT_EQ(row["defaultBandwidthOut"].integer(), 50);
  const SandboxReply types = client.bmc("DescribeInstanceTypes", R"({"minimumBandwidth":5000})");
  ASSERT_EQ(types.response()["instanceTypes"].items().size(), 1U);
  EXPECT_EQ(client.vm("DescribeZones", "{}").response()["zoneSet"].items().size(), 5U);
  EXPECT_EQ(client.bmc("DescribeZones", "{}").response()["zoneSet"].items().size(), 5U);
}

TEST_F(SandboxFrontTest, AChangeRunsItsCourse) {
  struct Case {
    std::string service, id, size;
  };
  for (const Case& c : std::vector<Case>{{"vm", "v-pre", "internetMaxBandwidthOut"},
                                         {"bmc", "b-pre", "bandwidthOutMbps"}}) {
    SCOPED_TRACE(c.id);
    const auto call = [&](const std::string& action, const std::string& more) {
      return client.call(c.service, action, R"({"instanceId":")" + c.id + "\"" + more + "}", "");
    };
    const auto status = [&] {
      const SandboxReply reply = call("DescribeInstanceInternetStatus", "");
      const JsonValue r = reply.response();
      return std::to_string(r["internetMaxBandwidthOut"].integer().value_or(-1)) + " " +
             std::string(r["modifiedBandwidthStatus"].string().value_or("?")) + " " +
             std::to_string(r["modifiedInternetMaxBandwidthOut"].integer().value_or(-1));
    };
    EXPECT_EQ(status(), "100 Enable -1");
    const SandboxReply up = call("ModifyInstanceBandwidth", ",\"" + c.size + "\":200");
    EXPECT_EQ(up.status(), 200) << up.raw.body;
    EXPECT_FALSE(up.response()["orderNumber"].string()->empty());
    EXPECT_EQ(up.json->root()["requestId"].string(), up.response()["requestId"].string());
    EXPECT_EQ(status(), "100 Processing 200");
    EXPECT_EQ(call("ModifyInstanceBandwidth", ",\"" + c.size + "\":210").status(), 403);
    client.now += 5s;
    EXPECT_EQ(status(), "200 Enable -1");
    EXPECT_EQ(call("ModifyInstanceBandwidth", ",\"" + c.size + "\":60").status(), 200);
    EXPECT_EQ(status(), "200 WaitToEnable 60");
    EXPECT_EQ(call("CancelInstanceBandwidthDowngrade", "").status(), 200);
    EXPECT_EQ(status(), "200 Enable -1");
    const SandboxReply none = call("CancelInstanceBandwidthDowngrade", "");
    EXPECT_EQ(none.status(), c.service == "vm" ? 403 : 404);
    EXPECT_EQ(none.code(), "OPERATION_DENIED_DOWNGRADE_NOT_EXIST");
  }
  // What was really charged can be found by the order number.
  const SandboxReply history = client.zbc("DescribeTransactionHistory",
                                          R"({"transactionType":["DEDUCTION"],"pageSize":50})");
  int orders = 0;
  for (const JsonValue& row : history.response()["dataSet"].items()) {
    orders += row["orderSn"].exists() ? 1 : 0;
  }
  EXPECT_EQ(orders, 2);
  EXPECT_EQ(client.zbc("DescribeCustomerBalance", "{}").response()["orderFrozenAmount"].decimal(),
            "0");
}

TEST_F(SandboxFrontTest, WrongParametersAndUnknownThings) {
  struct Case {
    std::string service, action, body, version;
    int status;
    std::string code;
  };
  const std::string modify = "ModifyInstanceBandwidth";
  const std::string traffic = "DescribeInstanceTraffic";
  for (const Case& c : std::vector<Case>{
           {"vm", "DescribeInstanceBandwidth", "{}", "", 403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"},
           {"vm", "DescribeAvailableResources", "{}", "", 403,
            "AUTHFAILURE_UNAUTHORIZED_OPERATION"},
           {"zec", "DescribeEips", "{}", "", 403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"},
           {"vm", "DescribeInstances", "{}", "1999-01-01", 400, "INVALID_PARAMETER_VALUE"},
           {"vm", "DescribeInstances", "[]", "", 400, "INVALID_PARAMETER_TYPE"},
           {"vm", "DescribeInstances", "", "", 400, "INVALID_PARAMETER_TYPE"},
           {"vm", "DescribeInstances", R"({"pageSize":1001})", "", 400,
            "INVALID_PARAMETER_EXCEED_MAXIMUM"},
           {"vm", "DescribeInstances", R"({"pageNum":0})", "", 400,
            "INVALID_PARAMETER_LESS_MINIMUM"},
           {"vm", "DescribeInstances", R"({"zoneId":7})", "", 400, "INVALID_PARAMETER_TYPE"},
           {"vm", "DescribeInstances", R"({"instanceIds":"x"})", "", 400, "INVALID_PARAMETER_TYPE"},
           {"vm", modify, R"({"instanceId":"v-pre"})", "", 400, "MISSING_PARAMETER"},
           {"vm", modify, R"({"instanceId":"v-pre","bandwidthOutMbps":5})", "", 400,
            "MISSING_PARAMETER"},
           {"bmc", modify, R"({"instanceId":"b-pre","internetMaxBandwidthOut":5})", "", 400,
            "MISSING_PARAMETER"},
           {"vm", modify, R"({"instanceId":"v-pre","internetMaxBandwidthOut":"5"})", "", 400,
            "INVALID_PARAMETER_TYPE"},
           {"vm", modify, R"({"instanceId":"v-pre","internetMaxBandwidthOut":5.5})", "", 400,
            "INVALID_PARAMETER_TYPE"},
           {"vm", modify, R"({"instanceId":"v-pre","internetMaxBandwidthOut":0})", "", 400,
            "INVALID_PARAMETER_LESS_MINIMUM"},
           {"vm", modify, R"({"instanceId":"v-pre","internetMaxBandwidthOut":1501})", "", 400,
            "INVALID_PARAMETER_BANDWIDTH_EXCEED"},
           {"vm", modify, R"({"instanceId":"b-pre","internetMaxBandwidthOut":5})", "", 404,
            "INVALID_INSTANCE_NOT_FOUND"},
           {"vm", "InquiryPriceInstanceBandwidth",
            R"({"instanceId":"v-pack","internetMaxBandwidthOut":5})", "", 403,
            "OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT"},
           {"bmc", "CancelInstanceBandwidthDowngrade", R"({"instanceId":"b-95"})", "", 403,
            "OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT"},
           {"vm", "DescribeInstanceInternetStatus", R"({"instanceId":"nobody"})", "", 404,
            "INVALID_INSTANCE_NOT_FOUND"},
           {"vm", "DescribeZoneInstanceConfigInfos", "{}", "", 400, "MISSING_PARAMETER"},
           {"vm", "DescribeZoneInstanceConfigInfos",
            R"({"instanceChargeType":"PREPAID","zoneId":"X"})", "", 404, "INVALID_ZONE_NOT_FOUND"},
           {"vm", traffic,
            R"({"instanceId":"v-pre","startTime":"yesterday","endTime":"2026-01-01T00:00:00Z"})",
            "", 400, "INVALID_PARAMETER_DATE_FORMAT_ERROR"},
           {"vm", traffic,
            R"({"instanceId":"v-pre","startTime":"2025-12-30T00:00:00Z",)"
            R"("endTime":"2025-12-31T00:00:01Z"})",
            "", 400, "INVALID_PARAMETER_EXCEED_MAXIMUM"}}) {
    const SandboxReply reply = client.call(c.service, c.action, c.body, c.version);
    EXPECT_EQ(reply.status(), c.status) << c.action << c.body << reply.raw.body;
    EXPECT_EQ(reply.code(), c.code) << c.action << c.body << reply.raw.body;
    EXPECT_FALSE(reply.response().exists());
    EXPECT_TRUE(reply.json->root()["requestId"].string()->starts_with("T"));
  }
}

TEST_F(SandboxFrontTest, PricesByVersionAndCharge) {
  const SandboxReply prepaid = client.vm("InquiryPriceInstanceBandwidth",
                                         R"({"instanceId":"v-pre","internetMaxBandwidthOut":200})");
  const JsonValue p = prepaid.response()["bandwidthPrice"].items().front();
  EXPECT_EQ(p["originalPrice"].decimal(), "199.444445");  // 100 Mbps, 718 of 720 hours
  EXPECT_EQ(p["discountPrice"].decimal(), "199.444445");
  EXPECT_FALSE(p["unitPrice"].exists());
  EXPECT_FALSE(p["chargeUnit"].exists());
  EXPECT_EQ(p["category"].string(), "STANDARD");
  const SandboxReply old =
      client.vm("InquiryPriceInstanceBandwidth",
                R"({"instanceId":"v-post","internetMaxBandwidthOut":360})", "2023-03-13");
  const JsonValue hourly = old.response()["bandwidthPrice"].items().front();
  EXPECT_EQ(hourly["unitPrice"].decimal(), "1");
  EXPECT_EQ(hourly["chargeUnit"].string(), "HOUR");
  EXPECT_FALSE(hourly["originalPrice"].exists());
  EXPECT_EQ(old.raw.body.find("category"), std::string::npos);
  const SandboxReply stepped = client.bmc("InquiryPriceInstanceBandwidth",
                                          R"({"instanceId":"b-post","bandwidthOutMbps":800})");
  const JsonValue s = stepped.response()["bandwidthPrice"].items().front();
  EXPECT_FALSE(s["unitPrice"].exists());
  ASSERT_EQ(s["stepPrices"].items().size(), 2U);
  EXPECT_EQ(s["stepPrices"].items()[0]["unitPrice"].decimal(), "0.1");
  EXPECT_EQ(s["stepPrices"].items()[0]["stepEnd"].number(), 500);
  EXPECT_FALSE(s["stepPrices"].items()[1]["stepEnd"].exists());
  const SandboxReply within = client.bmc("InquiryPriceInstanceBandwidth",
                                         R"({"instanceId":"b-pre","bandwidthOutMbps":50})");
  EXPECT_EQ(within.status(), 200);
  EXPECT_TRUE(within.response()["bandwidthPrice"].items().empty());
}

TEST_F(SandboxFrontTest, TrafficLiesOnFiveMinuteMarks) {
  client.now = kStart + hours{2} + minutes{3};
  const SandboxReply reply = client.vm(
      "DescribeInstanceTraffic", R"({"instanceId":"v-post","startTime":"2025-12-31T23:50:36Z",)"
                                 R"("endTime":"2026-01-01T02:00:00Z"})");
  const std::vector<JsonValue> rows = reply.response()["dataList"].items();
  // The newest sample that is five minutes old by now is that of 01:55.
  ASSERT_EQ(rows.size(), 25U) << reply.raw.body;
  EXPECT_EQ(rows.front()["time"].string(), "2025-12-31T23:55:00Z");
  EXPECT_EQ(rows.back()["time"].string(), "2026-01-01T01:55:00Z");
  EXPECT_EQ(rows.front()["internetTX"].integer(), 50'000'000);  // 60 wanted, 50 allowed
  EXPECT_EQ(reply.response()["outTotal"].integer(), 25 * 50'000'000LL * 300 / 8);
  EXPECT_EQ(reply.response()["out95"].integer(), 50'000'000);
  EXPECT_EQ(reply.response()["maxBandwidth95ValueMbps"].number(), 50);
  EXPECT_EQ(reply.response()["unit"].string(), "bps");
  const SandboxReply none = client.vm(
      "DescribeInstanceTraffic", R"({"instanceId":"v-post","startTime":"2026-01-01T02:00:00Z",)"
                                 R"("endTime":"2026-01-01T02:03:00Z"})");
  EXPECT_TRUE(none.response()["dataList"].items().empty());
  EXPECT_EQ(none.response()["outTotal"].integer(), 0);
}

TEST_F(SandboxFrontTest, CountersAreWhatFlowed) {
  client.now = kStart + 100s;
  const SandboxReply reply = client.get("/metrics");
  std::map<std::string, double> eth0;
  int lines = 0;
  const auto samples = parse_exposition(reply.raw.body, [&](const ExpositionSample& sample) {
    ++lines;
    if (sample.name == "node_network_transmit_bytes_total" && sample.label("device") == "eth0") {
      eth0[std::string(*sample.label("instance_id"))] = sample.value;
    }
  });
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_EQ(eth0.size(), 6U);
  EXPECT_EQ(lines, 6 * 5);
  EXPECT_EQ(eth0.at("v-pre"), 60e6 / 8 * 100);
  EXPECT_EQ(eth0.at("v-post"), 50e6 / 8 * 100);
  EXPECT_EQ(eth0.at("v-pack"), 60e6 / 8 * 100);  // unlimited
  client.post("/sandbox/console", R"({"v-pre":{"status":"STOPPED"},"v-post":{"vanish":true}})");
  const std::string after = client.get("/metrics").raw.body;
  EXPECT_EQ(after.find("v-pre"), std::string::npos);
  EXPECT_EQ(after.find("v-post"), std::string::npos);
  EXPECT_NE(after.find("v-pack"), std::string::npos);
}

TEST_F(SandboxFrontTest, ControlsValidateWhatTheyAreTold) {
  struct Case {
    std::string method, path, body;
    int status;
  };
  for (const Case& c :
       std::vector<Case>{{"POST", "/sandbox/demand", R"({"v-pre": 90.5, "v-post": null})", 200},
                         {"POST", "/sandbox/demand", R"({"v-pre": -1})", 400},
                         {"POST", "/sandbox/demand", R"({"v-pre": "much"})", 400},
                         {"POST", "/sandbox/demand", R"({"nobody": 1})", 404},
                         {"POST", "/sandbox/demand", R"([1])", 400},
                         {"POST", "/sandbox/demand", R"({)", 400},
                         {"POST", "/sandbox/fault", R"({"kind":"html","count":1})", 200},
                         {"POST", "/sandbox/fault", R"({"kind":"earthquake"})", 400},
                         {"POST", "/sandbox/fault", R"({"kind":"html","share":2})", 400},
                         {"POST", "/sandbox/fault", R"({"kind":"html","cuont":2})", 400},
                         {"POST", "/sandbox/fault", R"({"kind":"html","count":0})", 400},
                         {"DELETE", "/sandbox/fault", "", 200},
                         {"POST", "/sandbox/console", R"({"v-post":{"cap_mbps":70}})", 200},
                         {"POST", "/sandbox/console", R"({"v-post":{"cap_mbps":71}})", 409},
                         {"POST", "/sandbox/account", R"({"deposit":12.5})", 200},
                         {"POST", "/sandbox/account", R"({"deposit":"lots"})", 400},
                         {"GET", "/sandbox/ledger", "", 200},
                         {"GET", "/sandbox/instances", "", 200},
                         {"GET", "/", "", 200},
                         {"GET", "/nowhere", "", 404},
                         {"PUT", "/sandbox/demand", "{}", 404},
                         {"GET", "/api/v2/vm", "", 405}}) {
    const SandboxReply reply = client.send({.method = c.method, .path = c.path, .body = c.body});
    EXPECT_EQ(reply.status(), c.status) << c.path << c.body << reply.raw.body;
  }
  EXPECT_EQ(front.cloud().instance("v-pre")->cap, Mbps{100});
  EXPECT_DOUBLE_EQ(front.cloud().demand("v-pre", client.now), 90.5);
}

TEST_F(SandboxFrontTest, TheLedgerTellsChangesChargesAndViolations) {
  client.vm("ModifyInstanceBandwidth", R"({"instanceId":"v-pre","internetMaxBandwidthOut":200})");
  client.vm("ModifyInstanceBandwidth", R"({"instanceId":"v-pre","internetMaxBandwidthOut":200})");
  client.now += 5s;
  const SandboxReply ledger = client.get("/sandbox/ledger");
  const JsonValue root = ledger.json->root();
  EXPECT_EQ(root["changes"]["upgrade"].integer(), 1);
  EXPECT_EQ(root["effects"]["upgrade-in-force"].integer(), 1);
  EXPECT_EQ(root["violations"]["doubled-order"].integer(), 1);
  EXPECT_EQ(root["refusals"].integer(), 1);
  EXPECT_EQ(root["charged_at_once"].string(), "199.444445");
  const std::int64_t last = *root["entries"].items().back()["sequence"].integer();
  ServerRequest request{.method = "GET", .path = "/sandbox/ledger"};
  request.query = {{"since", std::to_string(last - 1)}};
  EXPECT_EQ(client.send(request).json->root()["entries"].items().size(), 1U);
  request.query = {{"since", "yesterday"}};
  EXPECT_EQ(client.send(request).status(), 400);
}

TEST(SandboxFleet, HasTheEssentialsFirstAndIsStable) {
  const SimTime time{.origin = kStart, .month = minutes{4}};
  const std::vector<SimInstance> fleet = sandbox_fleet(30, time, nullptr);
  ASSERT_EQ(fleet.size(), 30U);
  std::set<std::string> ids;
  std::set<std::string> names;
  for (const SimInstance& it : fleet) {
    ids.insert(it.id);
    names.insert(it.name);
    ASSERT_NE(sandbox_catalogue().type(it.type), nullptr);
    ASSERT_NE(sandbox_catalogue().zone(it.zone), nullptr);
    if (it.charge == Charge::kPrepaid) {
      EXPECT_GT(*it.expires, kStart);
      EXPECT_LT(*it.expires, kStart + minutes{4});
    }
  }
  EXPECT_EQ(ids.size(), 30U);
  EXPECT_EQ(names.size(), 30U);
  const auto wanted = [&](std::size_t i, Duration t) { return fleet[i].demand.at(t); };
  const auto cap = [&](std::size_t i) { return static_cast<double>(fleet[i].cap.count()); };
  // A prepaid one soon needs more; another never needs a quarter of what it has.
  EXPECT_TRUE(fleet[0].prepaid_flat());
  EXPECT_LT(wanted(0, hours{1}), cap(0));
  EXPECT_GT(wanted(0, hours{24 * 4}), 2 * cap(0));
  EXPECT_TRUE(fleet[1].prepaid_flat());
  EXPECT_LE(*fleet[1].expires, kStart + minutes{2});
  for (int h = 0; h < 720; ++h) EXPECT_LT(wanted(1, hours{h}), cap(1) / 4);
  // A postpaid one needs more, then less.
  EXPECT_EQ(fleet[2].charge, Charge::kPostpaid);
  EXPECT_GT(wanted(2, hours{24 * 5}), cap(2));
  EXPECT_LT(wanted(2, hours{24 * 20}), cap(2) / 2);

  Series series{.name = "t"};
  for (int i = 0; i < 10; ++i) {
    series.at.push_back(kStart + minutes{5 * i});
    series.demand.push_back(10 + i);
  }
  const Result<DemandTrace> trace = make_demand_trace(series);
  const std::vector<SimInstance> replayed = sandbox_fleet(5, time, &*trace);
  EXPECT_EQ(replayed[0].cap, Mbps{15});
  EXPECT_EQ(replayed[0].demand.at(Duration{}), 10);
  EXPECT_EQ(replayed[1].demand.at(Duration{}), 12);
}

}  // namespace
}  // namespace penstock
