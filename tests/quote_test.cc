#include "daemon/quote.h"

#include <gtest/gtest.h>

#include <cmath>

namespace penstock {
namespace {

using enum PrepaidQuote;
using std::chrono::hours;

constexpr Duration kTerm = hours{24 * 90};

Money usd(double amount) {
  return Money::from_micros(std::llround(amount * 1e6));
}

/// A provider of one meaning: 2 USD per Mbps and month above what is included.
struct Provider {
  PrepaidQuote meaning;
  Mbps from{100};
  Mbps included{10};
  Duration left = hours{24 * 12};
  double unit = 2;

  double monthly(Mbps size) const {
    return unit * static_cast<double>(std::max(Mbps{0}, size - included).count());
  }
  double answer(Mbps size) const {
    const double difference = monthly(size) - monthly(from);
    if (meaning == kMonthlyTotal) return monthly(size);
    return meaning == kMonthlyDifference ? difference
                                         : difference * static_cast<double>(left.count()) /
                                               static_cast<double>(Duration{kBillingMonth}.count());
  }
  double charge(Mbps size) const {
    return (monthly(size) - monthly(from)) * static_cast<double>(left.count()) /
           static_cast<double>(Duration{kBillingMonth}.count());
  }
  PrepaidAsked ask(Mbps to, bool present) const {
    PrepaidAsked asked{.instance = "1",
                       .from = from,
                       .to = to,
                       .included = included,
                       .at = TimePoint{} + (kTerm - left),
                       .left = left,
                       .month = kBillingMonth,
                       .for_to = usd(answer(to)),
                       .for_from = {},
                       .for_other = {}};
    if (present) asked.for_from = usd(answer(from));
    return asked;
  }
};

constexpr PrepaidQuote kMeanings[] = {kDue, kMonthlyTotal, kMonthlyDifference};

TEST(Quote, AConfiguredMeaningGivesTheExactCharge) {
  for (const PrepaidQuote meaning : kMeanings) {
    const Provider provider{.meaning = meaning};
    PrepaidMeaning quote(meaning);
    EXPECT_EQ(quote.needs_present(), meaning == kMonthlyTotal);
    const Price price = quote.price(provider.ask(Mbps{200}, quote.needs_present()));
    EXPECT_EQ(price.due_now, usd(80)) << to_string(meaning);  // 200 USD x 12 days of 30
    EXPECT_EQ(price.per_month, usd(380)) << to_string(meaning);
    EXPECT_EQ(price.per_month_now, usd(180)) << to_string(meaning);
    EXPECT_TRUE(price.quoted);
    EXPECT_TRUE(price.meaning_known);
    EXPECT_EQ(quote.finding(), "");
  }
}

TEST(Quote, UntilItIsKnownTheLargerReadingCounts) {
  for (const PrepaidQuote meaning : kMeanings) {
    for (const int days : {1, 12, 29, 31, 300}) {
      for (const bool present : {true, false}) {
        Provider provider{.meaning = meaning, .left = hours{24 * days}};
        PrepaidMeaning quote;
        const Price price = quote.price(provider.ask(Mbps{200}, present));
        EXPECT_GE(price.due_now, usd(provider.charge(Mbps{200})))
            << to_string(meaning) << " " << days << " " << present;
      }
    }
  }
}

TEST(Quote, ThePresentSizeGivesTheWholePriceAway) {
  const Provider provider{.meaning = kMonthlyTotal};
  PrepaidMeaning quote;
  EXPECT_TRUE(quote.needs_present());
  const Price price = quote.price(provider.ask(Mbps{200}, true));
  EXPECT_EQ(quote.known(), kMonthlyTotal);
  EXPECT_EQ(price.due_now, usd(80));
  EXPECT_TRUE(price.meaning_known);
  EXPECT_EQ(quote.finding(),
            "the prepaid price inquiry answers with monthly-total: asked for the present 100 Mbps "
            "it said 180.00 USD, for 200 Mbps 380.00 USD");
}

TEST(Quote, TimeTellsDueFromMonthly) {
  for (const PrepaidQuote meaning : {kDue, kMonthlyDifference}) {
    Provider provider{.meaning = meaning};
    PrepaidMeaning quote;
    EXPECT_FALSE(quote.price(provider.ask(Mbps{200}, true)).meaning_known);
    EXPECT_FALSE(quote.needs_present());  // it is not the whole price, that much is known
    provider.left -= hours{2};
    (void)quote.price(provider.ask(Mbps{200}, false));
    EXPECT_EQ(quote.known(), kAuto);  // too soon to tell
    provider.left -= hours{24};
    const Price price = quote.price(provider.ask(Mbps{200}, false));
    EXPECT_EQ(quote.known(), meaning);
    EXPECT_NEAR(static_cast<double>(price.due_now.micros()),
                static_cast<double>(usd(provider.charge(Mbps{200})).micros()), 2);
    EXPECT_NE(quote.finding(), "");
  }
}

TEST(Quote, AnotherSizeTellsWhereThePresentOneIsNotAnswered) {
  for (const PrepaidQuote meaning : kMeanings) {
    const Provider provider{.meaning = meaning};
    PrepaidMeaning quote;
    PrepaidAsked asked = provider.ask(Mbps{200}, false);
    asked.for_other = {Mbps{300}, usd(provider.answer(Mbps{300}))};
    (void)quote.price(asked);
    EXPECT_EQ(quote.known(), meaning == kMonthlyTotal ? kMonthlyTotal : kAuto);
    EXPECT_EQ(quote.needs_present(), meaning == kMonthlyTotal);
  }
}

TEST(Quote, TheRealChargeSettlesIt) {
  for (const PrepaidQuote meaning : kMeanings) {
    const Provider provider{.meaning = meaning};
    PrepaidMeaning quote;
    const PrepaidAsked asked = provider.ask(Mbps{200}, true);
    quote.charged(asked, usd(provider.charge(Mbps{200})));
    EXPECT_EQ(quote.known(), meaning) << to_string(meaning);
  }
  // With a whole month left two readings agree, and nothing is to be learnt.
  const Provider month{.meaning = kDue, .left = kBillingMonth};
  PrepaidMeaning quote;
  quote.charged(month.ask(Mbps{200}, true), usd(month.charge(Mbps{200})));
  EXPECT_EQ(quote.known(), kAuto);
  // Nor from a charge that fits no reading.
  const Provider other{.meaning = kDue};
  quote.charged(other.ask(Mbps{200}, true), usd(1234));
  EXPECT_EQ(quote.known(), kAuto);
}

TEST(Quote, WithinIncludedBandwidthNothingIsLearnt) {
  // Below the included bandwidth the whole price of the present size is zero as well.
  const Provider provider{.meaning = kMonthlyTotal, .from = Mbps{10}, .included = Mbps{10}};
  PrepaidMeaning quote;
  (void)quote.price(provider.ask(Mbps{200}, true));
  EXPECT_EQ(quote.known(), kAuto);
  EXPECT_TRUE(quote.needs_present());
}

TEST(Quote, ATotalWithoutThePresentSizeIsTakenAsTooMuch) {
  const Provider provider{.meaning = kMonthlyTotal};
  PrepaidMeaning quote(kMonthlyTotal);
  const Price price = quote.price(provider.ask(Mbps{200}, false));
  EXPECT_GE(price.due_now, usd(80));
  EXPECT_FALSE(price.meaning_known);
}

PriceAnswer::Item item() {
  return {};
}

TEST(Quote, PrepaidFiguresAreChosenByCharge) {
  PriceAnswer answer;
  EXPECT_FALSE(prepaid_figure(answer));
  PriceAnswer::Item postpaid = item();
  postpaid.unit_price = usd(9);
  answer.items = {postpaid};
  EXPECT_FALSE(prepaid_figure(answer));  // filled, but another charge's
  PriceAnswer::Item both = item();
  both.original_price = usd(250);
  both.discount_price = usd(200);
  answer.items = {both};
  EXPECT_EQ(prepaid_figure(answer), usd(200));
  answer.items[0].discount_price.reset();
  EXPECT_EQ(prepaid_figure(answer), usd(250));
  answer.items = {both, postpaid, both};
  EXPECT_EQ(prepaid_figure(answer), usd(400));
}

struct PostpaidCase {
  const char* what;
  const char *charge_unit, *amount_unit;
  double unit, discount;  ///< 0 = absent
  double tariff;          ///< 0 = none
  double expected;        ///< 0 = no price
};

TEST(Quote, PostpaidIsBroughtToTheMonth) {
  const PostpaidCase cases[] = {
      {"hour, whole", "HOUR", "", 1.32, 0, 0, 950.4},
      {"discount wins", "hour", "", 1.32, 1.0, 0, 720},
      {"day", "DAY", "", 10, 0, 0, 300},
      {"month", "MONTH", "", 200, 0, 0, 200},
      {"per Mbps", "MONTH", "Mbps", 2, 0, 0, 180},  // 100 less 10 included
      {"per Mbps in capitals", "MONTH", "MBPS", 2, 0, 0, 180},
      {"small and without a unit", "MONTH", "", 2, 0, 2, 180},
      {"small by the hour", "HOUR", "", 0.0025, 0, 2, 162},
      {"not small", "MONTH", "", 200, 0, 2, 200},
      {"unknown unit of time", "FORTNIGHT", "", 200, 0, 0, 0},
      {"no unit of time", "", "", 200, 0, 0, 0},
      {"no price", "MONTH", "", 0, 0, 0, 0},
  };
  for (const PostpaidCase& c : cases) {
    PriceAnswer::Item one = item();
    one.charge_unit = c.charge_unit;
    one.amount_unit = c.amount_unit;
    if (c.unit > 0) one.unit_price = usd(c.unit);
    if (c.discount > 0) one.discount_unit_price = usd(c.discount);
    PostpaidTerms terms{.included = Mbps{10}};
    if (c.tariff > 0) terms.unit_price = usd(c.tariff);
    const PriceAnswer answer{.items = {one}};
    const auto expected = c.expected > 0 ? std::optional(usd(c.expected)) : std::nullopt;
    EXPECT_EQ(postpaid_per_month(answer, Mbps{100}, terms), expected) << c.what;
    EXPECT_EQ(postpaid_per_month(answer, Mbps{10}, terms), Money{}) << c.what;
  }
}

TEST(Quote, StepsAreMarginalUnlessToldOtherwise) {
  PriceAnswer::Item one = item();
  one.charge_unit = "MONTH";
  one.steps = {{Mbps{0}, Mbps{100}, usd(2), {}}, {Mbps{100}, {}, usd(5), usd(1)}};
  const PriceAnswer answer{.items = {one}};
  const PostpaidTerms marginal{}, volume{.included = {}, .steps_mode = StepsMode::kVolume};
  EXPECT_EQ(postpaid_per_month(answer, Mbps{100}, marginal), usd(200));
  EXPECT_EQ(postpaid_per_month(answer, Mbps{150}, marginal), usd(250));
  EXPECT_EQ(postpaid_per_month(answer, Mbps{150}, volume), usd(150));
  EXPECT_EQ(postpaid_per_month(answer, Mbps{100}, volume), usd(200));
  PriceAnswer broken = answer;
  broken.items[0].steps[1] = {Mbps{100}, {}, {}, {}};
  EXPECT_TRUE(postpaid_per_month(broken, Mbps{100}, marginal));
  EXPECT_FALSE(postpaid_per_month(broken, Mbps{150}, marginal));
}

TEST(Quote, HugeFiguresSaturateInsteadOfWrapping) {
  PriceAnswer::Item one = item();
  one.charge_unit = "HOUR";
  one.amount_unit = "Mbps";
  one.unit_price = Money::from_micros(INT64_MAX);
  one.original_price = Money::from_micros(INT64_MAX);
  const PriceAnswer answer{.items = {one, one}};
  EXPECT_EQ(postpaid_per_month(answer, Mbps{1000}, {}), Money::from_micros(INT64_MAX));
  EXPECT_EQ(prepaid_figure(answer), Money::from_micros(INT64_MAX));
}

}  // namespace
}  // namespace penstock
