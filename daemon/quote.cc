#include "daemon/quote.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penstock {
namespace {

using enum PrepaidQuote;

constexpr std::array kReadings = {kDue, kMonthlyTotal, kMonthlyDifference};
/// Answers come rounded to cents, and seconds pass between two of them.
constexpr double kSame = 0.01;
/// Share of the earlier rest of the term that is left: above it too little has passed to tell.
constexpr double kLaterEnough = 0.96;

unsigned bit(PrepaidQuote quote) {
  return 1U << static_cast<unsigned>(quote);
}

std::optional<Money> first_of(std::optional<Money> a, std::optional<Money> b) {
  return a ? a : b;
}

bool is(std::string_view text, std::string_view upper) {
  return std::equal(text.begin(), text.end(), upper.begin(), upper.end(), [](char x, char y) {
    return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 'a' + 'A') : x) == y;
  });
}

/// How many of the charge unit make a month of 30 days; 0 = a unit that is not known.
std::int64_t units_in_month(std::string_view unit) {
  if (is(unit, "HOUR")) return std::int64_t{24} * 30;
  if (is(unit, "DAY")) return 30;
  if (is(unit, "MONTH")) return 1;
  return 0;
}

/// Per charge unit, by steps; nullopt when a step that is needed has no price.
std::optional<Money> stepped(const PriceAnswer::Item& item, Mbps billable, StepsMode mode) {
  Money total;
  for (const PriceAnswer::Item::Step& step : item.steps) {
    if (billable <= step.from) continue;
    const std::optional<Money> unit = first_of(step.discount_unit_price, step.unit_price);
    if (!unit) return std::nullopt;
    const Mbps end = step.to ? std::min(billable, *step.to) : billable;
    if (mode == StepsMode::kVolume) {
      total = scale_round_up(*unit, billable.count(), 1);  // the last step reached wins
    } else if (end > step.from) {
      total += scale_round_up(*unit, (end - step.from).count(), 1);
    }
  }
  return total;
}

/// Per charge unit and for the whole size.
std::optional<Money> item_total(const PriceAnswer::Item& item, Mbps billable,
                                const PostpaidTerms& terms) {
  const std::optional<Money> unit = first_of(item.discount_unit_price, item.unit_price);
  if (!unit) {
    return item.steps.empty() ? std::nullopt : stepped(item, billable, terms.steps_mode);
  }
  if (is(item.amount_unit, "MBPS")) return scale_round_up(*unit, billable.count(), 1);
  // Without a unit it is the price of the whole; unless that would be less than one Mbps costs.
  const Money per_month = scale_round_up(*unit, units_in_month(item.charge_unit), 1);
  const bool too_small = terms.unit_price && per_month <= *terms.unit_price && billable > Mbps{1};
  return too_small ? scale_round_up(*unit, billable.count(), 1) : *unit;
}

double ratio(Money a, Money b) {
  return static_cast<double>(a.micros()) / static_cast<double>(b.micros());
}
double ratio(Duration a, Duration b) {
  return static_cast<double>(a.count()) / static_cast<double>(b.count());
}
bool near(double a, double b, double tolerance = kSame) {
  return std::fabs(a - b) <= tolerance * std::max(std::fabs(a), std::fabs(b));
}

}  // namespace

std::optional<Money> prepaid_figure(const PriceAnswer& answer) {
  std::optional<Money> total;
  for (const PriceAnswer::Item& item : answer.items) {
    const std::optional<Money> price = first_of(item.discount_price, item.original_price);
    if (price) total = total.value_or(Money{}) + *price;
  }
  return total;
}

std::optional<Money> postpaid_per_month(const PriceAnswer& answer, Mbps size,
                                        const PostpaidTerms& terms) {
  if (size <= terms.included) return Money{};
  const Mbps billable = size - terms.included;
  std::optional<Money> total;
  for (const PriceAnswer::Item& item : answer.items) {
    const std::int64_t units = units_in_month(item.charge_unit);
    const std::optional<Money> each = units == 0 ? std::nullopt : item_total(item, billable, terms);
    if (each) total = total.value_or(Money{}) + scale_round_up(*each, units, 1);
  }
  return total;
}

PrepaidMeaning::PrepaidMeaning(PrepaidQuote configured) : configured_(configured != kAuto) {
  for (const PrepaidQuote reading : kReadings) {
    if (!configured_ || reading == configured) candidates_ |= bit(reading);
  }
}

bool PrepaidMeaning::may(PrepaidQuote quote) const {
  return (candidates_ & bit(quote)) != 0;
}

PrepaidQuote PrepaidMeaning::known() const {
  for (const PrepaidQuote reading : kReadings) {
    if (candidates_ == bit(reading)) return reading;
  }
  return kAuto;
}

void PrepaidMeaning::settle(PrepaidQuote quote, const std::string& because) {
  if (known() != kAuto || !may(quote)) return;
  candidates_ = bit(quote);
  because_ = because;
}

std::string PrepaidMeaning::finding() const {
  if (because_.empty()) return "";
  return "the prepaid price inquiry answers with " + std::string(to_string(known())) + ": " +
         because_;
}

void PrepaidMeaning::rule_out(PrepaidQuote quote, const std::string& because) {
  if (known() != kAuto) return;
  candidates_ &= ~bit(quote);
  const PrepaidQuote left = known();
  if (left == kAuto) return;
  candidates_ |= bit(quote);
  settle(left, because);
}

/// A change to the present size costs nothing now and changes no monthly price: a figure there can
/// only be the price of the whole.
void PrepaidMeaning::learn_from_present(const PrepaidAsked& asked) {
  if (!asked.for_from || asked.from <= asked.included) return;
  const std::string said = "asked for the present " + format(asked.from) + " it said " +
                           format(*asked.for_from) + ", for " + format(asked.to) + " " +
                           format(asked.for_to);
  if (*asked.for_from > Money{}) {
    settle(kMonthlyTotal, said);
  } else if (asked.for_to > Money{}) {
    rule_out(kMonthlyTotal, said);
  }
}

/// Two sizes lie on a line, and where it meets zero tells what they are counted from: the free
/// bandwidth, or the present size.
void PrepaidMeaning::learn_from_other(const PrepaidAsked& asked) {
  if (asked.for_from || !asked.for_other || asked.from <= asked.included) return;
  const auto& [size, figure] = *asked.for_other;
  if (size <= asked.to || figure <= asked.for_to || asked.for_to <= Money{}) return;
  const double slope = static_cast<double>((figure - asked.for_to).count()) /
                       static_cast<double>((size - asked.to).count());
  const double zero =
      static_cast<double>(asked.to.count()) - static_cast<double>(asked.for_to.micros()) / slope;
  const auto meets = [&](Mbps at) {
    return std::fabs(zero - static_cast<double>(at.count())) <=
           0.02 * static_cast<double>(asked.to.count());
  };
  const std::string said = "for " + format(asked.to) + " it said " + format(asked.for_to) +
                           ", for " + format(size) + " " + format(figure);
  if (meets(asked.included) && !meets(asked.from)) settle(kMonthlyTotal, said);
  if (meets(asked.from) && !meets(asked.included)) rule_out(kMonthlyTotal, said);
}

/// The same upgrade asked about at another time: what is due shrinks with the rest of the term, a
/// monthly price does not.
void PrepaidMeaning::learn_from_earlier(const PrepaidAsked& asked) {
  const auto found = earlier_.find(asked.instance);
  const bool same = found != earlier_.end() && found->second.from == asked.from &&
                    found->second.to == asked.to && found->second.month == asked.month &&
                    found->second.left >= asked.left;
  if (!same) {
    if (earlier_.size() >= kMaxEarlier) earlier_.clear();
    earlier_.insert_or_assign(asked.instance, asked);
    return;
  }
  const PrepaidAsked& before = found->second;
  if (before.for_to <= Money{} || asked.for_to <= Money{} || asked.left <= Duration::zero()) return;
  const double time = ratio(asked.left, before.left);
  const double money = ratio(asked.for_to, before.for_to);
  if (time > kLaterEnough) return;
  const std::string said = "for the same upgrade it said " + format(before.for_to) + " with " +
                           format(before.left) + " left and " + format(asked.for_to) + " with " +
                           format(asked.left) + " left";
  if (near(money, time)) {
    settle(kDue, said);
  } else if (near(money, 1)) {
    rule_out(kDue, said);
  }
}

Money PrepaidMeaning::due(const PrepaidAsked& asked, PrepaidQuote reading) {
  Money figure = asked.for_to;
  if (reading == kDue) return figure;
  if (reading == kMonthlyTotal && asked.for_from && *asked.for_from <= figure) {
    figure = figure - *asked.for_from;
  }
  return scale_round_up(figure, std::max<Duration::rep>(asked.left.count(), 0),
                        std::max<Duration::rep>(asked.month.count(), 1));
}

/// The month's price of one size, taking prices as proportional where only a difference is known.
Money PrepaidMeaning::monthly(const PrepaidAsked& asked, PrepaidQuote reading, Mbps size) {
  if (size <= asked.included) return Money{};
  if (reading == kMonthlyTotal) {
    if (size == asked.to) return asked.for_to;
    if (asked.for_from) return *asked.for_from;
    return scale_round_up(asked.for_to, (size - asked.included).count(),
                          std::max<std::int64_t>(1, (asked.to - asked.included).count()));
  }
  Money difference = asked.for_to;
  if (reading == kDue && asked.left > Duration::zero()) {
    difference = scale_round_up(difference, asked.month.count(), asked.left.count());
  }
  const Mbps counted = asked.to - std::max(asked.from, asked.included);
  return scale_round_up(difference, (size - asked.included).count(),
                        std::max<std::int64_t>(1, counted.count()));
}

Price PrepaidMeaning::price(const PrepaidAsked& asked) {
  if (known() == kAuto) {
    learn_from_present(asked);
    learn_from_other(asked);
    learn_from_earlier(asked);
  }
  Price price{.to = asked.to,
              .due_now = {},
              .per_month = {},
              .quoted = true,
              .meaning_known = known() != kAuto,
              .per_month_now = Money{}};
  for (const PrepaidQuote reading : kReadings) {
    if (!may(reading)) continue;
    price.due_now = std::max(price.due_now, due(asked, reading));
    price.per_month = std::max(price.per_month, monthly(asked, reading, asked.to));
    price.per_month_now = std::max(*price.per_month_now, monthly(asked, reading, asked.from));
  }
  // The whole instead of the difference: more than it can cost, and to be taken as that.
  if (known() == kMonthlyTotal && !asked.for_from && asked.from > asked.included) {
    price.meaning_known = false;
  }
  return price;
}

std::optional<Mbps> PrepaidMeaning::worth_asking_again(const std::string& instance, Mbps from,
                                                       Duration left) const {
  const auto found = earlier_.find(instance);
  if (known() != kAuto || found == earlier_.end() || found->second.from != from) return {};
  if (found->second.left <= Duration::zero() || ratio(left, found->second.left) > kLaterEnough) {
    return {};
  }
  return found->second.to;
}

void PrepaidMeaning::charged(const PrepaidAsked& asked, Money amount) {
  if (amount <= Money{}) return;
  learn_from_present(asked);
  learn_from_other(asked);
  if (known() != kAuto) return;
  const std::string said = "the upgrade from " + format(asked.from) + " to " + format(asked.to) +
                           " for which it said " + format(asked.for_to) + " cost " + format(amount);
  std::optional<PrepaidQuote> only;
  for (const PrepaidQuote reading : kReadings) {
    const Money expected = due(asked, reading);
    if (!may(reading) || expected <= Money{}) continue;
    const double apart = ratio(amount, expected);
    if (near(apart, 1, 2 * kSame)) {
      if (only) return;  // two readings come to the same here
      only = reading;
    } else if (near(apart, 1, 5 * kSame)) {
      return;  // close enough to leave doubt
    }
  }
  if (only) settle(*only, said);
}

}  // namespace penstock
