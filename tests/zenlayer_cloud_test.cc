#include "daemon/zenlayer_cloud.h"

#include <gtest/gtest.h>

#include "tests/testing/api_bench.h"
#include "tests/testing/replies.h"

namespace penstock {
namespace {

const InstanceRef kVm{.key = {"a", "1"}, .product = Product::kVm, .charge = Charge::kPrepaid};
const InstanceRef kBmc{.key = {"a", "2"}, .product = Product::kBmc, .charge = Charge::kPostpaid};

TimePoint at(const char* text) {
  return parse_time(text).value();
}

TEST(ZenlayerCloud, AsksEachServiceInItsOwnWords) {
  CloudBench bench(ScriptedHttp([](const HttpRequest&) { return api_ok("{}"); }));
  const std::vector<SizeQuestion> sizes = {{kVm, Mbps{200}}, {kBmc, Mbps{300}}};
  const std::vector<InstanceRef> both = {kVm, kBmc};
  (void)bench.cloud.inquire(sizes);
  (void)bench.cloud.modify(sizes);
  (void)bench.cloud.cancel_downgrade(both);
  (void)bench.cloud.read_changes(both);
  struct Expected {
    const char *action, *service, *body;
    bool once;
  };
  const Expected expected[] = {
      {"InquiryPriceInstanceBandwidth", "vm", R"({"instanceId":"1","internetMaxBandwidthOut":200})",
       false},
      {"InquiryPriceInstanceBandwidth", "bmc", R"({"instanceId":"2","bandwidthOutMbps":300})",
       false},
      {"ModifyInstanceBandwidth", "vm", R"({"instanceId":"1","internetMaxBandwidthOut":200})",
       true},
      {"ModifyInstanceBandwidth", "bmc", R"({"instanceId":"2","bandwidthOutMbps":300})", true},
      {"CancelInstanceBandwidthDowngrade", "vm", R"({"instanceId":"1"})", true},
      {"CancelInstanceBandwidthDowngrade", "bmc", R"({"instanceId":"2"})", true},
      {"DescribeInstanceInternetStatus", "vm", R"({"instanceId":"1"})", false},
      {"DescribeInstanceInternetStatus", "bmc", R"({"instanceId":"2"})", false},
  };
  ASSERT_EQ(bench.http.seen.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const HttpRequest& request = bench.http.seen[i];
    EXPECT_EQ(action_of(request), expected[i].action) << i;
    EXPECT_TRUE(request.url.ends_with(std::string("/api/v2/") + expected[i].service)) << i;
    EXPECT_EQ(request.body, expected[i].body) << i;
    EXPECT_EQ(request.once, expected[i].once) << i;
  }
}

TEST(ZenlayerCloud, BothVersionsAreSpoken) {
  for (const ApiVersions& versions :
       {ApiVersions{}, ApiVersions{.vm = "2023-03-13", .bmc = "2022-11-20", .zbc = "2024-08-09"}}) {
    AccountConfig account = account_named("a");
    account.versions = versions;
    CloudBench bench(ScriptedHttp([](const HttpRequest& request) {
                       return reply(
                           200, read_reply(request.url.ends_with("zbc") ? "balance.json"
                                                                        : "price_prepaid.json"));
                     }),
                     {account});
    const std::vector<SizeQuestion> sizes = {{kVm, Mbps{200}}, {kBmc, Mbps{300}}};
    for (const auto& answer : bench.cloud.inquire(sizes)) EXPECT_TRUE(answer);
    EXPECT_TRUE(bench.cloud.balances().at("a"));
    EXPECT_EQ(header_of(bench.http.seen[0], "x-zc-version"), versions.vm);
    EXPECT_EQ(header_of(bench.http.seen[1], "x-zc-version"), versions.bmc);
    EXPECT_EQ(header_of(bench.http.seen[2], "x-zc-version"), versions.zbc);
  }
}

TEST(ZenlayerCloud, AnswersBelongToTheirQuestions) {
  CloudBench bench(ScriptedHttp([](const HttpRequest& request) {
    return request.url.ends_with("/vm") ? api_error(404, "INVALID_INSTANCE_NOT_FOUND")
                                        : reply(200, read_reply("status_idle.json"));
  }));
  const std::vector<InstanceRef> refs = {kBmc, kVm, kBmc};
  const auto answers = bench.cloud.read_changes(refs);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_TRUE(answers[0]);
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().code, "INVALID_INSTANCE_NOT_FOUND");
  EXPECT_EQ(answers[1].error().request_id, "T2");
  EXPECT_TRUE(answers[2]);
  EXPECT_TRUE(bench.cloud.read_changes({}).empty());
}

TEST(ZenlayerCloud, AnAnswerWithoutAStatusIsAnErrorWithItsRequest) {
  CloudBench bench(ScriptedHttp({api_ok("{}")}));
  const auto answers = bench.cloud.read_changes(std::span(&kVm, 1));
  ASSERT_FALSE(answers[0]);
  EXPECT_EQ(answers[0].error().kind, ErrorKind::kTransient);
  EXPECT_EQ(answers[0].error().request_id, "T1");
}

TEST(ZenlayerCloud, OrdersCarryTheirNumbers) {
  CloudBench bench(ScriptedHttp({api_ok(R"({"orderNumber":"967674789101568984"})"), api_ok("{}")}));
  const std::vector<SizeQuestion> sizes = {{kVm, Mbps{200}}};
  const auto paid = bench.cloud.modify(sizes);
  EXPECT_EQ(paid[0]->order_number, "967674789101568984");
  EXPECT_EQ(paid[0]->request_id, "T1");
  bench.clock.advance(5s);
  EXPECT_EQ(bench.cloud.modify(sizes)[0]->order_number, "");
}

TEST(ZenlayerCloud, ZeroIsNeverOrdered) {
  CloudBench bench(ScriptedHttp([](const HttpRequest&) { return api_ok("{}"); }));
  const std::vector<SizeQuestion> sizes = {{kVm, Mbps{0}}, {kVm, Mbps{5}}, {kVm, Mbps{-1}}};
  const auto answers = bench.cloud.modify(sizes);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(answers[1]);
  EXPECT_FALSE(answers[2]);
  EXPECT_EQ(bench.http.seen.size(), 1U);
}

TEST(ZenlayerCloud, NothingToCancelIsSuccess) {
  for (const int status : {403, 404}) {
    CloudBench bench(ScriptedHttp({api_error(status, "OPERATION_DENIED_DOWNGRADE_NOT_EXIST")}));
    EXPECT_TRUE(bench.cloud.cancel_downgrade(std::span(&kVm, 1))[0]) << status;
    EXPECT_EQ(bench.cloud.rights("a").cancel, true);
  }
}

TEST(ZenlayerCloud, ASizeThatWasRefusedAsTooLargeLowersTheLimit) {
  CloudBench bench(ScriptedHttp([](const HttpRequest& request) {
    if (action_of(request) == "ModifyInstanceBandwidth") {
      return api_error(400, "INVALID_PARAMETER_BANDWIDTH_EXCEED");
    }
    if (action_of(request) != "DescribeInstances") return reply(200, read_reply("vm_types.json"));
    return request.url.ends_with("/vm") ? reply(200, read_reply("vm_instances.json"))
                                        : api_ok(R"({"totalCount":0,"dataSet":[]})");
  }));
  const auto limit = [&] { return bench.cloud.list().at("a")->instances.at(0).limit; };
  EXPECT_EQ(limit(), Mbps{1500});
  const std::vector<SizeQuestion> sizes = {
      {{.key = {"a", "1234567890123456789"}, .product = Product::kVm}, Mbps{1100}}};
  EXPECT_EQ(bench.cloud.modify(sizes)[0].error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(limit(), Mbps{600});  // half way between the cap of 100 and 1100
}

/// Types that are no longer sold are listed nowhere: without this their prepaid instances could
/// never grow, since the size that is too large has no price.
TEST(ZenlayerCloud, ASizeWhosePriceWasRefusedAsTooLargeLowersTheLimit) {
  CloudBench bench(ScriptedHttp([](const HttpRequest& request) {
    if (action_of(request) == "InquiryPriceInstanceBandwidth") {
      return api_error(400, "INVALID_PARAMETER_BANDWIDTH_EXCEED");
    }
    if (action_of(request) != "DescribeInstances") return reply(200, read_reply("vm_types.json"));
    return request.url.ends_with("/vm") ? reply(200, read_reply("vm_instances.json"))
                                        : api_ok(R"({"totalCount":0,"dataSet":[]})");
  }));
  const auto limit = [&] { return bench.cloud.list().at("a")->instances.at(0).limit; };
  EXPECT_EQ(limit(), Mbps{1500});
  const std::vector<SizeQuestion> sizes = {
      {{.key = {"a", "1234567890123456789"}, .product = Product::kVm}, Mbps{1100}}};
  EXPECT_FALSE(bench.cloud.inquire(sizes)[0]);
  EXPECT_EQ(limit(), Mbps{600});  // half way between the cap of 100 and 1100
}

TEST(ZenlayerCloud, RightsComeFromWhatWasAllowed) {
  CloudBench bench(ScriptedHttp([](const HttpRequest& request) {
    const std::string action = action_of(request);
    const bool vm = request.url.ends_with("/vm");
    const bool denied = action == "DescribeCustomerBalance" ||
                        (action == "CancelInstanceBandwidthDowngrade" && !vm) ||
                        (action == "InquiryPriceInstanceBandwidth" && vm);
    return denied ? api_error(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION")
                  : reply(200, read_reply("status_idle.json"));
  }));
  const Rights before = bench.cloud.rights("a");
  EXPECT_FALSE(before.cancel.has_value());
  EXPECT_FALSE(before.balance.has_value());
  const std::vector<InstanceRef> both = {kVm, kBmc};
  const std::vector<SizeQuestion> sizes = {{kVm, Mbps{2}}, {kBmc, Mbps{2}}};
  (void)bench.cloud.cancel_downgrade(both);
  (void)bench.cloud.inquire(sizes);
  (void)bench.cloud.balances();
  const Rights rights = bench.cloud.rights("a");
  EXPECT_EQ(rights.cancel, false);  // one product is enough to forbid
  EXPECT_EQ(rights.inquire, true);  // one product is enough to be of use
  EXPECT_EQ(rights.balance, false);
  EXPECT_FALSE(rights.status.has_value());
}

TEST(ZenlayerCloud, TransactionsAreReadPageByPage) {
  const auto row = [](int n) {
    return R"({"orderSn":")" + std::to_string(n) +
           R"(","transactionTime":"2026-01-05T14:00:00Z","amount":1.5,"tradeNo":"t)" +
           std::to_string(n) + "\"}";
  };
  CloudBench bench(ScriptedHttp([&](const HttpRequest& request) {
    const Result<JsonDocument> body = JsonDocument::parse(request.body);
    const std::int64_t page = body->root()["pageNum"].integer().value_or(0);
    std::string rows;
    for (std::int64_t i = (page - 1) * 1000; i < std::min<std::int64_t>(2500, page * 1000); ++i) {
      rows += (rows.empty() ? "" : ",") + row(static_cast<int>(i));
    }
    return api_ok(R"({"totalCount":2500,"dataSet":[)" + rows + "]}");
  }));
  const auto all =
      bench.cloud.transactions("a", at("2026-01-05T00:00:00Z"), at("2026-01-06T00:00:00Z"));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 2500U);
  EXPECT_EQ(bench.http.seen.size(), 3U);
  EXPECT_EQ(bench.http.seen[0].body,
            R"({"startTime":"2026-01-05T00:00:00Z","endTime":"2026-01-06T00:00:00Z",)"
            R"("pageNum":1,"pageSize":1000})");
  EXPECT_FALSE(bench.cloud.transactions("nobody", {}, {}));
}

TEST(ZenlayerCloud, TrafficAndBalancesPassThrough) {
  CloudBench bench(ScriptedHttp([](const HttpRequest& request) {
    return reply(200, read_reply(action_of(request) == "DescribeInstanceTraffic" ? "traffic.json"
                                                                                 : "balance.json"));
  }));
  const std::vector<TrafficQuestion> questions = {
      {kVm, at("2023-07-11T06:50:36Z"), at("2023-07-11T07:10:36Z")}};
  const auto traffic = bench.cloud.traffic(questions);
  ASSERT_TRUE(traffic[0]);
  EXPECT_EQ(traffic[0]->size(), 2U);
  EXPECT_EQ(bench.cloud.balances().at("a")->purchasing_power, Money::from_micros(250'108'301));
  EXPECT_EQ(bench.cloud.changes_allowed("a", 10s), 11);
}

}  // namespace
}  // namespace penstock
