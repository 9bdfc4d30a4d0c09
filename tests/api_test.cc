#include "daemon/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "daemon/plan.h"
#include "tests/testing/api_fixture.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

class ApiTest : public testing::ApiFixture {};

TEST_F(ApiTest, SaysWhetherItIsReady) {
  EXPECT_EQ(get("/-/healthy").status, 200);
  EXPECT_EQ(get("/-/ready").status, 503);
  EXPECT_EQ(get("/api/v1/status").status, 503);
  EXPECT_EQ(get("/api/v1/instances").status, 503);
  EXPECT_EQ(get("/api/v1/plan").status, 503);
  EXPECT_EQ(get("/metrics").status, 200);
  Snapshot snapshot = testing::fleet_snapshot();
  snapshot.ready = false;
  board_.publish(std::make_shared<const Snapshot>(snapshot));
  EXPECT_EQ(get("/-/ready").status, 503);
  EXPECT_EQ(get("/api/v1/status").status, 200);
  publish();
  EXPECT_EQ(get("/-/ready").status, 200);
}

TEST_F(ApiTest, PacksMetricsForWhomTakesThemSo) {
  publish();
  const std::pair<std::string, std::string> packed("Content-Encoding", "gzip");
  const auto read = [](const ServerResponse& response) {
    std::string body;
    for (auto block = response.next_block(); !block.empty(); block = response.next_block()) {
      body += block;
    }
    return body;
  };
  ServerRequest asked = request("GET", "/metrics");
  const ServerResponse plain = api_->answer(asked);
  EXPECT_THAT(plain.headers, ::testing::Not(::testing::Contains(packed)));
  asked.headers.emplace_back("Accept-Encoding", "gzip");
  const ServerResponse small = api_->answer(asked);
  EXPECT_THAT(small.headers, ::testing::Contains(packed));
  EXPECT_LT(read(small).size() * 2, read(plain).size());
}

TEST_F(ApiTest, KnowsItsPathsAndMethods) {
  publish();
  const struct {
    const char* method;
    const char* path;
    int status;
  } rows[] = {{"GET", "/", 200},
              {"GET", "/page/page.js", 200},
              {"GET", "/page/none.js", 404},
              {"POST", "/", 405},
              {"GET", "/api/v1/", 404},
              {"GET", "/api/v2/status", 404},
              {"GET", "/metrics/", 404},
              {"POST", "/api/v1/status", 405},
              {"DELETE", "/api/v1/orders", 405},
              {"GET", "/api/v1/pause", 405},
              {"GET", "/-/reload", 405},
              {"HEAD", "/api/v1/status", 200},
              {"HEAD", "/metrics", 200}};
  for (const auto& row : rows) {
    EXPECT_EQ(api_->answer(request(row.method, row.path)).status, row.status) << row.path;
  }
  const ServerResponse refusal = api_->answer(request("GET", "/-/reload"));
  EXPECT_THAT(refusal.headers,
              ::testing::Contains(std::pair<std::string, std::string>("Allow", "POST")));
}

TEST_F(ApiTest, ShowsAnInstanceInFull) {
  publish();
  const JsonDocument page = parse(get("/api/v1/instances", {{"instance_id", "bmc-1"}}));
  const auto items = page.root()["instances"].items();
  ASSERT_EQ(items.size(), 1U);
  const JsonValue first = items[0];
  EXPECT_EQ(first["account"].string(), "main");
  EXPECT_EQ(first["name"].string(), "edge \"1\"\n");
  EXPECT_EQ(first["product"].string(), "bmc");
  EXPECT_EQ(first["mode"].string(), "enforce");
  EXPECT_EQ(first["egress_mbps"].integer(), 100) << "whole Mbps, rounded up";
  EXPECT_EQ(first["cap_mbps"].integer(), 100);
  EXPECT_FALSE(first["scheduled_cap_mbps"].exists());
  EXPECT_EQ(first["sample_at"].string(), "2026-01-15T11:59:45Z");
  EXPECT_EQ(first["cycle_end"].string(), "2026-01-20T00:00:00Z");
  EXPECT_EQ(first["decision"]["action"].string(), "upgrade");
  EXPECT_EQ(first["decision"]["to_mbps"].integer(), 250);
  EXPECT_EQ(first["decision"]["reason"].string(), "saturated");
  EXPECT_EQ(first["decision"]["why"].string(), render({ReasonCode::kSaturated, {100, 250, 30, 2}}));
  EXPECT_EQ(first["decision"]["price"]["due_now"].string(), "11.40");
  EXPECT_EQ(first["decision"]["price"]["currency"].string(), "USD");
  EXPECT_EQ(first["order"]["id"].integer(), 7);
  EXPECT_EQ(first["order"]["state"].string(), "planned");
  EXPECT_EQ(first["order"]["reserved_month"].string(), "11.40");
  EXPECT_FALSE(first["order"]["charged"].exists());
  EXPECT_EQ(first["saturated"].boolean(), true);
  EXPECT_EQ(page.root()["at"].string(), "2026-01-15T12:00:00Z");
}

TEST_F(ApiTest, FiltersAndPagesInstances) {
  publish();
  const auto ids = [&](std::vector<std::pair<std::string, std::string>> query) {
    const JsonDocument page = parse(get("/api/v1/instances", std::move(query)));
    std::string out;
    for (const JsonValue& each : page.root()["instances"].items()) {
      out += std::string(*each["instance_id"].string()) + " ";
    }
    return out + std::string(page.root()["next"].string().value_or("-"));
  };
  EXPECT_EQ(ids({}), "bmc-1 vm-2 vm-3 -");
  EXPECT_EQ(ids({{"limit", "2"}}), "bmc-1 vm-2 4:mainvm-2");
  EXPECT_EQ(ids({{"limit", "2"}, {"cursor", "4:mainvm-2"}}), "vm-3 -");
  EXPECT_EQ(ids({{"limit", "3"}}), "bmc-1 vm-2 vm-3 -");
  EXPECT_EQ(ids({{"cursor", "4:mainbmc-1-gone-meanwhile"}}), "vm-2 vm-3 -");
  EXPECT_EQ(ids({{"cursor", "6:secondvm-3"}}), "-");
  EXPECT_EQ(ids({{"account", "second"}}), "vm-3 -");
  EXPECT_EQ(ids({{"policy", "edge"}, {"product", "vm"}}), "vm-2 -");
  EXPECT_EQ(ids({{"action", "upgrade"}}), "bmc-1 -");
  EXPECT_EQ(ids({{"reason", "downgrade-pending"}}), "vm-2 -");
  EXPECT_EQ(ids({{"zone", "nowhere"}}), "-");
}

TEST_F(ApiTest, RefusesAQueryItDoesNotUnderstand) {
  publish();
  const struct {
    const char* path;
    std::pair<std::string, std::string> parameter;
    const char* message;
  } rows[] = {
      {"/api/v1/instances", {"polcy", "edge"}, "there is account, instance_id, policy"},
      {"/api/v1/instances", {"limit", "0"}, "limit: expected a whole number from 1 to 1000"},
      {"/api/v1/instances", {"limit", "1001"}, "limit"},
      {"/api/v1/instances", {"limit", "ten"}, "limit"},
      {"/api/v1/instances", {"cursor", "main"}, "cursor"},
      {"/api/v1/instances", {"cursor", "99:main"}, "cursor"},
      {"/api/v1/instances", {"cursor", "18446744073709551615:main"}, "cursor"},
      {"/api/v1/orders", {"cursor", "5"}, "cursor"},
      {"/api/v1/orders", {"cursor", "99999999999999999:1"}, "cursor"},
      {"/api/v1/orders", {"cursor", "5:-1"}, "cursor"},
      {"/api/v1/orders", {"open", "yes"}, "open: expected true or false"},
      {"/api/v1/decisions", {"from", "yesterday"}, "from: expected a time such as"},
      {"/api/v1/status", {"x", "1"}, "there is no parameter"},
      {"/api/v1/policies", {"<script>", "1"}, "is not known here"},
  };
  for (const auto& row : rows) {
    const ServerResponse response = get(row.path, {row.parameter});
    EXPECT_EQ(response.status, 400) << row.path << " " << row.parameter.first;
    EXPECT_EQ(parse(response).root()["code"].string(), "wrong-query");
    EXPECT_THAT(response.body, HasSubstr(row.message));
    EXPECT_EQ(response.content_type, "application/json");
  }
}

TEST_F(ApiTest, ShowsStatusAndPolicies) {
  publish();
  const JsonDocument status = parse(get("/api/v1/status"));
  const JsonValue root = status.root();
  EXPECT_EQ(root["version"].string(), "1.2.3");
  EXPECT_EQ(root["now"].string(), "2026-01-15T12:00:05Z");
  EXPECT_EQ(root["ready"].boolean(), true);
  EXPECT_EQ(root["instances"].integer(), 3);
  EXPECT_EQ(root["instances_with_policy"].integer(), 2);
  EXPECT_EQ(root["instances_saturated"].integer(), 1);
  const auto budgets = root["budgets"].items();
  ASSERT_EQ(budgets.size(), 3U);
  EXPECT_EQ(budgets[0]["spent"].string(), "20.00");
  EXPECT_EQ(budgets[0]["limit"].string(), "500.00");
  EXPECT_FALSE(budgets[1]["limit"].exists());
  EXPECT_EQ(budgets[2]["policy"].string(), "edge");
  EXPECT_EQ(root["accounts"].items()[1]["error"].string(), "HTTP 401");
  EXPECT_EQ(root["sources"].items()[0]["dropped"]["stale"].integer(), 3);
  const JsonDocument plan = parse(get("/api/v1/plan"));
  EXPECT_TRUE(changes_due(plan.root()));
  const JsonDocument policies = parse(get("/api/v1/policies"));
  EXPECT_EQ(policies.root()["policies"].items()[0]["month_limit"].string(), "1500.00");
}

TEST_F(ApiTest, PagesThePastWithoutLossOrRepetition) {
  // 30 ticks; each writes several decisions and orders of one date.
  std::multiset<std::string> expected;
  OrderId id = 0;
  for (int tick = 0; tick < 30; ++tick) {
    JournalEntry entry;
    for (int i = 0; i <= tick % 7; ++i) {
      DecisionRow row;
      row.at = testing::fleet_snapshot_at() + tick * 15s;
      row.instance = {"main", "i-" + std::to_string(tick) + "-" + std::to_string(i)};
      row.policy = "edge";
      row.reason = {ReasonCode::kSaturated, {100, 200, 30, 2}};
      entry.decisions.push_back(row);
      expected.insert(row.instance.id);
      Order order;
      order.id = ++id;
      order.instance = row.instance;
      order.planned_at = row.at;
      order.state = tick % 2 == 0 ? OrderState::kPlanned : OrderState::kRejected;
      entry.orders.push_back(order);
    }
    ASSERT_TRUE(journal_->commit(entry));
  }
  for (const char* what : {"decisions", "orders"}) {
    for (const char* limit : {"1", "3", "7", "1000"}) {
      std::multiset<std::string> seen;
      std::string cursor, last_at = "9999";
      for (int page = 0; page < 200; ++page) {
        std::vector<std::pair<std::string, std::string>> query{{"limit", limit}};
        if (!cursor.empty()) query.emplace_back("cursor", cursor);
        const JsonDocument got = parse(get(std::string("/api/v1/") + what, query));
        for (const JsonValue& row : got.root()[what].items()) {
          seen.insert(std::string(*row["instance_id"].string()));
          const std::string at(*row[what == std::string("orders") ? "planned_at" : "at"].string());
          EXPECT_LE(at, last_at);
          last_at = at;
        }
        cursor = got.root()["next"].string().value_or("");
        if (cursor.empty()) break;
      }
      EXPECT_EQ(seen, expected) << what << " by " << limit;
    }
  }
  const auto count = [&](std::vector<std::pair<std::string, std::string>> query) {
    query.emplace_back("limit", "1000");
    return parse(get("/api/v1/orders", std::move(query))).root()["orders"].items().size();
  };
  EXPECT_EQ(count({{"open", "true"}, {"from", "2026-01-15T12:00:30Z"}}) +
                count({{"open", "true"}, {"to", "2026-01-15T12:00:30Z"}}),
            count({{"open", "true"}}));
  EXPECT_LT(count({{"open", "true"}}), expected.size());
  EXPECT_EQ(count({{"instance_id", "i-6-6"}}), 1U);
}

}  // namespace
}  // namespace penstock
