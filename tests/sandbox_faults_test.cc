#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/sim/faults.h"
#include "daemon/sim/sandbox_fleet.h"
#include "daemon/sim/sandbox_front.h"
#include "tests/testing/sandbox_client.h"

namespace penstock {
namespace {

using std::chrono::hours;

constexpr TimePoint kStart = TimePoint(std::chrono::seconds{1'767'225'600});

SimCloud two_instances() {
  SimCloud cloud({}, sandbox_catalogue(), kStart);
  for (const char* id : {"a", "b"}) {
    SimInstance it;
    it.id = id;
    it.zone = "SIN-A";
    it.type = "z2a.cpu.4";
    it.cap = Mbps{100};
    it.tariff.unit_price = Money::from_units(2);
    it.expires = kStart + hours{24 * 30};
    it.demand = DemandShape::flat(80);
    cloud.add(it, kStart);
  }
  return cloud;
}

class SandboxFaultsTest : public ::testing::Test {
 protected:
  SandboxFaultsTest() : front(two_instances(), {}), client(front, kStart + 10s) {}

  void fault(const std::string& body) {
    const SandboxReply reply = client.post("/sandbox/fault", body);
    ASSERT_EQ(reply.status(), 200) << reply.raw.body;
  }
  SandboxReply modify(const std::string& id, int mbps) {
    return client.vm(
        "ModifyInstanceBandwidth",
        R"({"instanceId":")" + id + R"(","internetMaxBandwidthOut":)" + std::to_string(mbps) + "}");
  }
  SandboxReply status(const std::string& id) {
    return client.vm("DescribeInstanceInternetStatus", R"({"instanceId":")" + id + "\"}");
  }
  std::string word(const std::string& id) {
    return std::string(status(id).response()["modifiedBandwidthStatus"].string().value_or("none"));
  }

  SandboxFront front;
  SandboxClient client;
};

TEST_F(SandboxFaultsTest, AnswersThatAreErrors) {
  struct Case {
    std::string fault;
    int status;
    std::string code;
  };
  for (const Case& c : std::vector<Case>{
           {R"({"kind":"rate-limit","count":1})", 429, "REQUEST_LIMIT_EXCEEDED"},
           {R"({"kind":"server-error","count":1})", 503, "SERVICE_TEMPORARY_UNAVAILABLE"},
           {R"({"kind":"server-error","count":1,"status":500})", 500, "INTERNAL_SERVER_ERROR"},
           {R"({"kind":"html","count":1})", 502, ""},
           {R"({"kind":"challenge","count":1})", 403, ""},
           {R"({"kind":"denied","count":1})", 403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"},
           {R"({"kind":"short-balance"})", 403, "OPERATION_DENIED_BALANCE_INSUFFICIENT"},
           {R"({"kind":"overdue"})", 403, "OPERATION_DENIED_ACCOUNT_OVERDUE"}}) {
    SCOPED_TRACE(c.fault);
    fault(c.fault);
    const SandboxReply reply = modify("a", 200);
    EXPECT_EQ(reply.status(), c.status);
    EXPECT_EQ(reply.code(), c.code);
    EXPECT_EQ(word("a"), "Enable");
    client.remove("/sandbox/fault");
  }
  EXPECT_EQ(modify("a", 200).status(), 200);
}

TEST_F(SandboxFaultsTest, LostBeforeAndAfter) {
  fault(R"({"kind":"lost-request","count":1})");
  EXPECT_TRUE(modify("a", 200).raw.drop);
  EXPECT_EQ(word("a"), "Enable");
  fault(R"({"kind":"lost-answer","count":1,"action":"ModifyInstanceBandwidth"})");
  EXPECT_EQ(word("a"), "Enable");  // other actions are left alone
  EXPECT_TRUE(modify("a", 200).raw.drop);
  EXPECT_EQ(word("a"), "Processing");
  EXPECT_FALSE(modify("b", 200).raw.drop);  // it was one
}

TEST_F(SandboxFaultsTest, DamagedAndOddAnswers) {
  fault(R"({"kind":"truncated","count":1})");
  EXPECT_FALSE(status("a").json.has_value());
  fault(R"({"kind":"numbers-as-strings","count":1})");
  EXPECT_NE(status("a").raw.body.find(R"("internetMaxBandwidthOut":"100")"), std::string::npos);
  fault(R"({"kind":"price-object","count":1,"action":"InquiryPriceInstanceBandwidth"})");
  EXPECT_TRUE(client
                  .vm("InquiryPriceInstanceBandwidth",
                      R"({"instanceId":"a","internetMaxBandwidthOut":200})")
                  .response()["bandwidthPrice"]
                  .is_object());
  fault(R"({"kind":"unknown-words","instance":"b"})");
  EXPECT_EQ(word("b"), "Reconciling");
  EXPECT_EQ(word("a"), "Enable");
  const SandboxReply list = client.vm("DescribeInstances", "{}");
  EXPECT_EQ(list.response()["dataSet"].items()[0]["instanceStatus"].string(), "RUNNING");
  EXPECT_EQ(list.response()["dataSet"].items()[1]["instanceStatus"].string(), "HIBERNATING");
  fault(R"({"kind":"partial-list","part":1,"count":1})");
  EXPECT_EQ(client.vm("DescribeInstances", "{}").response()["totalCount"].integer(), 0);
  fault(R"({"kind":"latency","delay_seconds":1.5,"count":1})");
  EXPECT_EQ(status("a").raw.delay, 1500ms);
  EXPECT_EQ(status("a").raw.delay, 0ms);
}

TEST_F(SandboxFaultsTest, ChangesThatFailOrTakeLong) {
  fault(R"({"kind":"change-fails","count":1})");
  EXPECT_EQ(modify("a", 200).status(), 200);
  client.now += 5s;
  EXPECT_EQ(word("a"), "Enable");
  EXPECT_EQ(front.cloud().instance("a")->cap, Mbps{100});
  fault(R"({"kind":"slow-processing","delay_seconds":60,"instance":"a"})");
  EXPECT_EQ(modify("a", 200).status(), 200);
  EXPECT_EQ(modify("b", 200).status(), 200);
  client.now += 5s;
  EXPECT_EQ(word("a"), "Processing");
  EXPECT_EQ(word("b"), "Enable");
  client.now += 60s;
  EXPECT_EQ(word("a"), "Enable");
  EXPECT_EQ(front.cloud().instance("a")->cap, Mbps{200});
}

TEST_F(SandboxFaultsTest, AnOverdueFaultEndsAtItsTimeAndNotAtTheNextCall) {
  fault(R"({"kind":"overdue","seconds":10})");
  client.now += 60s;
  client.get("/metrics");
  EXPECT_DOUBLE_EQ(front.cloud().average("a", kStart + 10s, kStart + 20s), 1);
  EXPECT_DOUBLE_EQ(front.cloud().average("a", kStart + 20s, kStart + 70s), 80);
}

TEST_F(SandboxFaultsTest, Metrics) {
  fault(R"({"kind":"metrics-gone","count":1})");
  EXPECT_EQ(client.get("/metrics").status(), 503);
  fault(R"({"kind":"metrics-nan","count":1})");
  EXPECT_NE(client.get("/metrics").raw.body.find("NaN"), std::string::npos);
  fault(R"({"kind":"metrics-part","count":1})");
  EXPECT_EQ(client.get("/metrics").raw.body.find(R"(instance_id="a")"), std::string::npos);
  fault(R"({"kind":"counter-reset"})");
  EXPECT_NE(client.get("/metrics").raw.body.find(R"(device="eth0",instance_id="a"} 0)"),
            std::string::npos);
  // Latency without a name is the API's.
  fault(R"({"kind":"latency"})");
  EXPECT_EQ(client.get("/metrics").raw.delay, 0ms);
  fault(R"({"kind":"latency","action":"metrics"})");
  EXPECT_EQ(client.get("/metrics").raw.delay, 2s);
}

TEST_F(SandboxFaultsTest, AShareStrikesThatOften) {
  fault(R"({"kind":"rate-limit","share":0.3})");
  int struck = 0;
  for (int i = 0; i < 1000; ++i) struck += status("a").status() == 429 ? 1 : 0;
  EXPECT_NEAR(struck, 300, 60);
  EXPECT_EQ(client.get("/sandbox/fault").json->root()["active"].items().size(), 1U);
  client.remove("/sandbox/fault");
  EXPECT_EQ(client.get("/sandbox/fault").json->root()["active"].items().size(), 0U);
}

}  // namespace
}  // namespace penstock
