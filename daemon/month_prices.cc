#include "daemon/month_prices.h"

#include <algorithm>
#include <vector>

namespace penstock {
namespace {

/// What was not answered lately will not be now.
constexpr Duration kAgain = std::chrono::minutes{10};

bool asked_lately(const Tracked& tracked, Duration monotonic, TimePoint now) {
  const bool here = tracked.month_asked != Duration{} && monotonic - tracked.month_asked < kAgain;
  return here || now - tracked.quoted_at < kAgain;
}

/// Whether its price can be asked for, and nothing else tells it.
bool lacks_price(const Tracked& tracked) {
  const Instance& it = *tracked.instance;
  if (tracked.policy == nullptr || tracked.gone_at || tracked.cap <= Mbps{0}) return false;
  return it.flat_rate() && it.running() && tracked.tariff == nullptr && !tracked.month_price;
}

/// A size to ask about beside the present one: a price of "no change" is none.
std::optional<Mbps> size_beside(const Tracked& tracked) {
  const Mbps to = tracked.cap + tracked.policy->bounds.step;
  const auto& limit = tracked.instance->limit;
  return !limit || to <= *limit ? std::optional(to) : std::nullopt;
}

}  // namespace

void learn_month_price(Tracked& tracked, const std::optional<Price>& price) {
  if (!price || !price->quoted || !price->meaning_known) return;
  tracked.month_price = {price->to, price->per_month};
}

void MonthPrices::run(Fleet& fleet, Quoter& quoter, Duration monotonic, TimePoint now) {
  if (ran_at_ && monotonic - *ran_at_ < kEvery) return;
  ran_at_ = monotonic;
  std::vector<Tracked*> asking;
  for (Tracked& tracked : fleet.all()) {
    if (!lacks_price(tracked) || asked_lately(tracked, monotonic, now)) continue;
    if (size_beside(tracked)) asking.push_back(&tracked);
  }
  // Those that were answered without a price wait for all others before they are asked again.
  std::ranges::stable_sort(asking, {}, &Tracked::month_asked);
  if (asking.size() > kAtOnce) asking.resize(kAtOnce);
  if (asking.empty()) return;
  std::vector<QuoteQuestion> questions;
  for (Tracked* each : asking) {
    each->month_asked = monotonic;
    questions.push_back({each->instance.get(), each->cap, *size_beside(*each)});
  }
  const auto prices = quoter.ask(questions, now);
  for (std::size_t i = 0; i < asking.size() && i < prices.size(); ++i) {
    learn_month_price(*asking[i], prices[i]);
  }
}

}  // namespace penstock
