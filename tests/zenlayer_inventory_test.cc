// The list as the cloud gives it: complete, with limits, over accounts that fail by themselves.
#include <gtest/gtest.h>

#include <random>

#include "daemon/zenlayer_cloud.h"
#include "tests/testing/api_bench.h"
#include "tests/testing/replies.h"

namespace penstock {
namespace {

/// A provider with plain instances in pages, whose other calls are a test's own.
struct Provider {
  std::map<std::string, std::vector<std::string>> vm;  ///< ids by account
  std::map<std::string, std::vector<std::string>> bmc;
  std::function<std::optional<HttpResponse>(const HttpRequest&)> first;
  std::function<void(Provider&)> after_page = [](Provider&) {};

  static std::string account_of(const HttpRequest& request) {
    return request.url.substr(8, request.url.find('.') - 8);
  }

  std::string rows(const std::vector<std::string>& ids, JsonValue body) const {
    std::vector<std::string> wanted;
    if (body["instanceIds"].exists()) {
      for (const JsonValue id : body["instanceIds"].items()) {
        const std::string text(id.string().value_or(""));
        if (std::find(ids.begin(), ids.end(), text) != ids.end()) wanted.push_back(text);
      }
    } else {
      const auto page = static_cast<std::size_t>(body["pageNum"].integer().value_or(1));
      const auto size = static_cast<std::size_t>(body["pageSize"].integer().value_or(20));
      for (std::size_t i = (page - 1) * size; i < std::min(ids.size(), page * size); ++i) {
        wanted.push_back(ids[i]);
      }
    }
    std::string out;
    for (const std::string& id : wanted) {
      out +=
          (out.empty() ? "" : ",") + std::string(R"({"instanceId":")") + id +
          R"(","instanceChargeType":"PREPAID","internetChargeType":"ByBandwidth","zoneId":"SIN-A",)" +
          R"("instanceType":"c.4c8g","instanceTypeId":"MDE","internetMaxBandwidthOut":100,)" +
          R"("bandwidthOutMbps":100,"instanceStatus":"RUNNING"})";
    }
    const std::size_t total = body["instanceIds"].exists() ? wanted.size() : ids.size();
    return R"({"totalCount":)" + std::to_string(total) + R"(,"dataSet":[)" + out + "]}";
  }

  HttpResponse operator()(const HttpRequest& request) {
    if (first) {
      if (auto response = first(request)) return *response;
    }
    const std::string action = action_of(request);
    if (action != "DescribeInstances") return reply(200, read_reply("vm_types.json"));
    const Result<JsonDocument> body = JsonDocument::parse(request.body);
    const auto& ids = request.url.ends_with("/vm") ? vm : bmc;
    const auto found = ids.find(account_of(request));
    const HttpResponse response =
        api_ok(rows(found == ids.end() ? std::vector<std::string>{} : found->second, body->root()));
    after_page(*this);
    return response;
  }
};

ScriptedHttp http_of(Provider& provider) {
  return ScriptedHttp([&provider](const HttpRequest& request) { return provider(request); });
}

std::set<std::string> ids(CloudBench& bench, const std::string& account) {
  std::set<std::string> out;
  const auto all = bench.cloud.list();
  const Result<Inventory>& one = all.at(account);
  EXPECT_TRUE(one);
  if (!one) return out;
  for (const Instance& i : one->instances) EXPECT_TRUE(out.insert(i.key.id).second) << i.key.id;
  return out;
}

std::vector<std::string> numbered(int count, int from = 1000) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(std::to_string(from + i));
  return out;
}

AccountConfig paged(const std::string& name, int page_size) {
  AccountConfig account = account_named(name);
  account.list_page_size = page_size;
  return account;
}

TEST(ZenlayerInventory, ListsBothProductsWithTheirLimits) {
  Provider provider{.vm = {{"a", {"1"}}}, .bmc = {{"a", {"2"}}}, .first = {}};
  provider.first = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (action_of(request) == "DescribeAvailableResources") {
      return api_ok(R"({"availableResources":[{"zoneId":"SIN-A","instanceTypeId":"MDE",
          "maximumBandwidthOut":5000,"defaultBandwidthOut":20}]})");
    }
    return std::nullopt;
  };
  CloudBench bench(http_of(provider));
  const auto all = bench.cloud.list();
  ASSERT_TRUE(all.at("a"));
  const std::vector<Instance>& instances = all.at("a")->instances;
  ASSERT_EQ(instances.size(), 2U);
  EXPECT_EQ(instances[0].product, Product::kVm);
  EXPECT_EQ(instances[0].limit, Mbps{1500});
  EXPECT_EQ(instances[1].product, Product::kBmc);
  EXPECT_EQ(instances[1].limit, Mbps{5000});
  EXPECT_EQ(instances[1].included, Mbps{20});
  EXPECT_EQ(instances[1].key, (InstanceKey{"a", "2"}));
}

TEST(ZenlayerInventory, TypesAreAskedForOnceInHoursAndNeverFailTheList) {
  bool broken = true;
  Provider provider{.vm = {{"a", {"1"}}}, .bmc = {}, .first = {}};
  provider.first = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    const bool types = action_of(request) == "DescribeZoneInstanceConfigInfos";
    return types && broken ? std::optional(api_error(404, "INVALID_ZONE_NOT_FOUND")) : std::nullopt;
  };
  CloudBench bench(http_of(provider));
  const auto limit = [&] { return bench.cloud.list().at("a")->instances.at(0).limit; };
  const auto asked = [&] { return bench.http.count("DescribeZoneInstanceConfigInfos"); };
  EXPECT_FALSE(limit());
  EXPECT_FALSE(limit());
  EXPECT_EQ(asked(), 1U);
  broken = false;
  bench.clock.advance(11min);
  EXPECT_EQ(limit(), Mbps{1500});
  bench.clock.advance(5h);
  EXPECT_EQ(limit(), Mbps{1500});
  EXPECT_EQ(asked(), 2U);
  bench.clock.advance(2h);
  (void)limit();
  EXPECT_EQ(asked(), 3U);
  EXPECT_EQ(bench.http.count("DescribeInstances"), 10U);  // two products, five lists
}

TEST(ZenlayerInventory, AThousandInstancesTakeAHandfulOfCalls) {
  Provider provider{.vm = {{"a", numbered(800)}}, .bmc = {{"a", numbered(200, 5000)}}, .first = {}};
  CloudBench bench(http_of(provider));
  EXPECT_EQ(ids(bench, "a").size(), 1000U);
  EXPECT_EQ(bench.http.count("DescribeInstances"), 3U);
}

TEST(ZenlayerInventory, ResourceGroupsAreAskedForOneByOne) {
  Provider provider{.vm = {{"a", {"1", "2"}}}, .bmc = {}, .first = {}};
  AccountConfig account = account_named("a");
  account.resource_groups = {"rg-1", "rg-2"};
  CloudBench bench(http_of(provider), {account});
  EXPECT_EQ(ids(bench, "a").size(), 2U);  // both groups show the same here: none is doubled
  std::set<std::string> bodies;
  for (const HttpRequest& request : bench.http.seen) bodies.insert(request.body);
  EXPECT_TRUE(bodies.contains(R"({"resourceGroupId":"rg-1","pageNum":1,"pageSize":500})"));
  EXPECT_TRUE(bodies.contains(R"({"resourceGroupId":"rg-2","pageNum":1,"pageSize":500})"));
}

TEST(ZenlayerInventory, AListThatMovesLosesAndDoublesNothingThatWasKnown) {
  std::size_t stayed = 0;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    Provider provider{.vm = {{"a", numbered(40)}}, .bmc = {}, .first = {}};
    CloudBench bench(http_of(provider), {paged("a", 10)});
    ASSERT_EQ(ids(bench, "a").size(), 40U);  // at rest
    std::set<std::string> stays(provider.vm["a"].begin(), provider.vm["a"].end());
    int next = 5000;
    provider.after_page = [&](Provider& p) {
      std::vector<std::string>& ids = p.vm["a"];
      const std::size_t gone = random() % ids.size();
      stays.erase(ids[gone]);
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(gone));
      ids.push_back(std::to_string(next++));
    };
    const std::set<std::string> found = ids(bench, "a");  // checks that none is doubled
    for (const std::string& id : stays) EXPECT_TRUE(found.contains(id)) << id << " seed " << seed;
    stayed += stays.size();
  }
  EXPECT_GT(stayed, 1000U);
}

TEST(ZenlayerInventory, OneAccountFailingLeavesTheOthersAlone) {
  Provider provider{.vm = {{"a", {"1"}}, {"b", {"2"}}}, .bmc = {}, .first = {}};
  provider.first = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    return Provider::account_of(request) == "a"
               ? std::optional(api_error(401, "AUTHFAILURE_SIGNATURE_FAILURE"))
               : std::nullopt;
  };
  CloudBench bench(http_of(provider), {account_named("a"), account_named("b")});
  const auto all = bench.cloud.list();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_FALSE(all.at("a"));
  ASSERT_TRUE(all.at("b"));
  EXPECT_EQ(all.at("b")->instances.size(), 1U);
}

TEST(ZenlayerInventory, HalfAListIsNoList) {
  // A page in the middle, or one product, that fails: what is there must not pass for all there is.
  bool broken = false;
  Provider provider{.vm = {{"a", numbered(30)}}, .bmc = {{"a", {"1"}}}, .first = {}};
  std::string victim;
  provider.first = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    const bool hit = (request.url + request.body).find(victim) != std::string::npos;
    return broken && hit ? std::optional(api_error(400, "NEW_CODE")) : std::nullopt;
  };
  for (const char* part : {"\"pageNum\":2", "/bmc", "/vm"}) {
    broken = false;
    CloudBench bench(http_of(provider), {paged("a", 10)});
    EXPECT_EQ(ids(bench, "a").size(), 31U);
    broken = true;
    victim = part;
    EXPECT_FALSE(bench.cloud.list().at("a")) << part;
  }
}

TEST(ZenlayerInventory, AProductWithoutPermissionIsNotAnError) {
  std::string denied = "/bmc";
  Provider provider{.vm = {{"a", {"1"}}}, .bmc = {{"a", {"2"}}}, .first = {}};
  provider.first = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    return !denied.empty() && request.url.find(denied) != std::string::npos
               ? std::optional(api_error(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"))
               : std::nullopt;
  };
  CloudBench bench(http_of(provider));
  EXPECT_EQ(ids(bench, "a"), (std::set<std::string>{"1"}));
  EXPECT_EQ(ids(bench, "a"), (std::set<std::string>{"1"}));
  EXPECT_EQ(bench.cloud.rights("a").list, true);
  denied = "";
  bench.cloud.reload({account_named("a")});
  EXPECT_EQ(ids(bench, "a"), (std::set<std::string>{"1", "2"}));
  denied = "/bmc";  // taken away again: its instances are not gone because nobody may look
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(bench.cloud.list().at("a"));

  denied = "/api";
  CloudBench nothing(http_of(provider));
  const auto all = nothing.cloud.list();
  ASSERT_FALSE(all.at("a"));
  EXPECT_EQ(all.at("a").error().code, kCodeUnauthorized);
  EXPECT_EQ(nothing.cloud.rights("a").list, false);
}

}  // namespace
}  // namespace penstock
