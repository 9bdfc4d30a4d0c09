#include "daemon/cloud_quoter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/testing/api_bench.h"

namespace penstock {
namespace {

using std::chrono::hours;

/// 2 USD per Mbps and month above 10 included Mbps, answered in one of the three meanings.
struct Prices {
  PrepaidQuote meaning = PrepaidQuote::kMonthlyTotal;
  double cap = 100;
  Duration left = hours{24 * 12};
  bool refuses_present = false;
  bool refuses_all = false;

  double rest() const {
    return static_cast<double>(left.count()) / static_cast<double>(Duration{kBillingMonth}.count());
  }
  static double monthly(double size) { return 2 * std::max(0.0, size - 10); }
  double charge(double size) const { return (monthly(size) - monthly(cap)) * rest(); }

  HttpResponse operator()(const HttpRequest& request) const {
    const Result<JsonDocument> body = JsonDocument::parse(request.body);
    const double size = body->root()["bandwidthOutMbps"].number().value_or(0);
    if (refuses_all) return api_error(400, "INVALID_INSTANCE_TYPE_ZONE_NO_SELL");
    if (body->root()["instanceId"].string() == "postpaid") {
      return api_ok(R"({"bandwidthPrice":[{"unitPrice":)" + std::to_string(monthly(size) / 720) +
                    R"(,"chargeUnit":"HOUR"}]})");
    }
    if (size == cap && refuses_present) return api_error(400, "INVALID_BANDWIDTH_SAME");
    double figure = monthly(size);
    if (meaning != PrepaidQuote::kMonthlyTotal) figure -= monthly(cap);
    if (meaning == PrepaidQuote::kDue) figure *= rest();
    return api_ok(R"({"bandwidthPrice":[{"discountPrice":)" + std::to_string(figure) + "}]}");
  }
};

struct QuoterBench {
  explicit QuoterBench(Prices& prices, PrepaidQuote configured = PrepaidQuote::kAuto)
      : cloud(ScriptedHttp([&prices](const HttpRequest& request) { return prices(request); })),
        quoter(cloud.cloud, {account(configured)}) {
    instance.key = {"a", "1"};
    instance.product = Product::kBmc;
    instance.charge = Charge::kPrepaid;
    instance.internet_charge = InternetCharge::kByBandwidth;
    instance.included = Mbps{10};
    instance.limit = Mbps{1000};
  }
  static AccountConfig account(PrepaidQuote configured) {
    AccountConfig out = account_named("a");
    out.prepaid_quote = configured;
    return out;
  }
  std::optional<Price> ask(const Prices& prices, Mbps to) {
    instance.expires = cloud.clock.wall() + prices.left;
    const QuoteQuestion question{&instance, Mbps{static_cast<std::int64_t>(prices.cap)}, to};
    return quoter.ask(std::span(&question, 1), cloud.clock.wall())[0];
  }

  CloudBench cloud;
  CloudQuoter quoter;
  Instance instance;
};

double usd(const std::optional<Price>& price) {
  return price ? static_cast<double>(price->due_now.micros()) / 1e6 : -1;
}

constexpr PrepaidQuote kMeanings[] = {PrepaidQuote::kDue, PrepaidQuote::kMonthlyTotal,
                                      PrepaidQuote::kMonthlyDifference};

TEST(CloudQuoter, WhatWasFoundOutServesTheNextOneFromTheStart) {
  Prices prices{.meaning = PrepaidQuote::kMonthlyTotal};
  QuoterBench first(prices);
  EXPECT_NEAR(usd(first.ask(prices, Mbps{200})), prices.charge(200), 0.01);
  const std::vector<QuoteFinding> found = first.quoter.take_findings();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].quote, prices.meaning);
  EXPECT_FALSE(found[0].because.empty());
  EXPECT_TRUE(first.quoter.take_findings().empty());
  // Here the present size gets no answer, so that the meaning could not be found out at once.
  prices.meaning = PrepaidQuote::kMonthlyDifference;
  prices.refuses_present = true;
  QuoterBench next(prices);
  next.quoter.remember({"a", Product::kBmc, prices.meaning, "it was so"});
  EXPECT_NEAR(usd(next.ask(prices, Mbps{200})), prices.charge(200), 0.01);
}

TEST(CloudQuoter, FindsEveryMeaningOutAndNeverCountsTooLittle) {
  for (const PrepaidQuote meaning : kMeanings) {
    for (const bool refuses_present : {false, true}) {
      Prices prices{.meaning = meaning, .refuses_present = refuses_present};
      QuoterBench bench(prices);
      for (int day = 0; day < 6; ++day) {
        const std::optional<Price> price = bench.ask(prices, Mbps{day % 2 == 0 ? 200 : 300});
        ASSERT_TRUE(price);
        EXPECT_GE(usd(price), prices.charge(day % 2 == 0 ? 200 : 300) - 0.001)
            << to_string(meaning) << " day " << day;
        bench.cloud.clock.advance(hours{24});
        prices.left -= hours{24};
      }
      EXPECT_EQ(bench.quoter.meaning("a", Product::kBmc), meaning) << refuses_present;
      EXPECT_EQ(bench.quoter.meaning("a", Product::kVm), PrepaidQuote::kAuto);
      // Where "no change" has no figure, one Mbps less stands in for it.
      EXPECT_NEAR(usd(bench.ask(prices, Mbps{200})), prices.charge(200),
                  refuses_present ? 1 : 0.001);
    }
  }
}

TEST(CloudQuoter, AConfiguredMeaningAsksNoMoreThanItNeeds) {
  for (const PrepaidQuote meaning : kMeanings) {
    Prices prices{.meaning = meaning};
    QuoterBench bench(prices, meaning);
    EXPECT_NEAR(usd(bench.ask(prices, Mbps{200})), 80, 0.001);
    EXPECT_EQ(bench.cloud.http.seen.size(), meaning == PrepaidQuote::kMonthlyTotal ? 2U : 1U);
  }
}

TEST(CloudQuoter, TheRealChargeSettlesIt) {
  Prices prices{.meaning = PrepaidQuote::kDue};
  QuoterBench bench(prices);
  EXPECT_NEAR(usd(bench.ask(prices, Mbps{200})), 80, 0.001);  // the larger of 80 and 32
  bench.quoter.charged({"a", "1"}, Mbps{300}, Money::from_units(80));
  bench.quoter.charged({"a", "2"}, Mbps{200}, Money::from_units(80));
  EXPECT_EQ(bench.quoter.meaning("a", Product::kBmc), PrepaidQuote::kAuto);
  bench.quoter.charged({"a", "1"}, Mbps{200}, Money::from_units(80));
  EXPECT_EQ(bench.quoter.meaning("a", Product::kBmc), PrepaidQuote::kDue);
}

TEST(CloudQuoter, PostpaidIsAskedForBothSizes) {
  Prices prices;
  QuoterBench bench(prices);
  bench.instance.key.id = "postpaid";
  bench.instance.charge = Charge::kPostpaid;
  const std::optional<Price> price = bench.ask(prices, Mbps{200});
  ASSERT_TRUE(price);
  EXPECT_EQ(price->due_now, Money{});
  EXPECT_NEAR(static_cast<double>(price->per_month.micros()) / 1e6, 380, 0.01);
  ASSERT_TRUE(price->per_month_now);
  EXPECT_NEAR(static_cast<double>(price->per_month_now->micros()) / 1e6, 180, 0.01);
}

TEST(CloudQuoter, WhatHasNoPriceIsNotAskedFor) {
  Prices prices;
  QuoterBench bench(prices);
  EXPECT_FALSE(bench.ask(prices, Mbps{50}));  // a prepaid cut
  EXPECT_FALSE(bench.ask(prices, Mbps{0}));
  bench.instance.internet_charge = InternetCharge::kByTrafficPackage;
  EXPECT_FALSE(bench.ask(prices, Mbps{200}));
  bench.instance.internet_charge = InternetCharge::kByBandwidth;
  prices.left = -1h;  // the term is over
  EXPECT_FALSE(bench.ask(prices, Mbps{200}));
  EXPECT_TRUE(bench.cloud.http.seen.empty());
}

TEST(CloudQuoter, ARefusalIsNoPrice) {
  Prices prices{.refuses_all = true};
  QuoterBench bench(prices);
  EXPECT_FALSE(bench.ask(prices, Mbps{200}));
}

TEST(CloudQuoter, AZeroIsNoPrice) {
  Prices prices{.meaning = PrepaidQuote::kDue};
  QuoterBench bench(prices, PrepaidQuote::kDue);
  prices.left = Duration{1};  // rounds to nothing on the wire
  EXPECT_FALSE(bench.ask(prices, Mbps{101}));
}

TEST(CloudQuoter, AReloadKeepsWhatWasFoundUnlessItIsConfigured) {
  Prices prices;
  QuoterBench bench(prices);
  (void)bench.ask(prices, Mbps{200});
  ASSERT_EQ(bench.quoter.meaning("a", Product::kBmc), PrepaidQuote::kMonthlyTotal);
  bench.quoter.reload({QuoterBench::account(PrepaidQuote::kAuto)});
  EXPECT_EQ(bench.quoter.meaning("a", Product::kBmc), PrepaidQuote::kMonthlyTotal);
  bench.quoter.reload({QuoterBench::account(PrepaidQuote::kDue)});
  EXPECT_EQ(bench.quoter.meaning("a", Product::kBmc), PrepaidQuote::kDue);
}

}  // namespace
}  // namespace penstock
