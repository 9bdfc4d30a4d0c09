// Quoter: what sizes would cost, by the provider's price inquiry in its known meaning.
//
//   auto prices = quoter.ask({{tracked.instance.get(), from, to, left}}, now);
//   if (prices[0]) decide with *prices[0]; else the tariff has to do
//
// Loop thread only.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "daemon/quote_finding.h"
#include "metrics/units.h"
#include "policies/decide.h"
#include "policies/instance.h"

namespace penstock {

struct QuoteQuestion {
  const Instance* instance;
  Mbps from;  ///< the cap in force
  Mbps to;
  const Tariff* tariff = nullptr;  ///< configured for the instance; nullptr = none
};

class Quoter {
 public:
  virtual ~Quoter() = default;
  /// answers[i] belongs to questions[i]; nullopt: the API gave no price that can be relied on.
  virtual std::vector<std::optional<Price>> ask(std::span<const QuoteQuestion> questions,
                                                TimePoint now) = 0;
  /// What the latest upgrade of this instance to `to` really cost: it tells best what a price
  /// means.
  virtual void charged(const InstanceKey&, Mbps, Money) {}
  /// What was found out about the answers' meaning since the last call: to be journalled …
  virtual std::vector<QuoteFinding> take_findings() { return {}; }
  /// … and told again after a start.
  virtual void remember(const QuoteFinding&) {}
};

}  // namespace penstock
