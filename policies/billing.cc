#include "policies/billing.h"

#include <algorithm>

namespace penstock {

namespace {

/// Steps hold sizes beyond the included bandwidth; a size belongs to the last step below it.
Money stepped_price(const std::vector<PriceStep>& steps, StepsMode mode, Mbps billable) {
  if (mode == StepsMode::kVolume) {
    Money unit = steps.front().unit_price;
    for (const PriceStep& step : steps) {
      if (step.from < billable) unit = step.unit_price;
    }
    return unit * billable.count();
  }
  Money sum;
  for (std::size_t i = 0; i < steps.size() && steps[i].from < billable; ++i) {
    const bool last = i + 1 == steps.size();
    const Mbps end = last ? billable : std::min(billable, steps[i + 1].from);
    sum += steps[i].unit_price * (end - steps[i].from).count();
  }
  return sum;
}

}  // namespace

Money monthly_price(const Tariff& tariff, Mbps cap) {
  const Mbps billable = std::max(Mbps{0}, cap - tariff.included);
  if (billable == Mbps{0}) return {};
  if (tariff.steps.empty()) return tariff.unit_price * billable.count();
  return stepped_price(tariff.steps, tariff.steps_mode, billable);
}

Money scaled_month_price(Money price, Mbps known, Mbps wanted, Mbps included) {
  const std::int64_t paid = std::max<std::int64_t>((known - included).count(), 0);
  const std::int64_t asked = std::max<std::int64_t>((wanted - included).count(), 0);
  return paid == 0 ? price : scale_round_up(price, asked, paid);
}

Money prepaid_upgrade_price(const Tariff& tariff, Mbps from, Mbps to, Duration left,
                            Duration month) {
  // A volume price can fall with size; nothing is ever refunded, so the charge is never negative.
  const Money difference = monthly_price(tariff, to) - monthly_price(tariff, from);
  if (difference <= Money{} || left <= Duration::zero()) return {};
  return scale_round_up(difference, left.count(), month.count());
}

Money postpaid_change(const Tariff& tariff, Mbps from, Mbps to, Duration span, Duration month) {
  if (span <= Duration::zero()) return {};
  const Money difference = monthly_price(tariff, to) - monthly_price(tariff, from);
  return scale_round_up(difference, span.count(), month.count());
}

}  // namespace penstock
