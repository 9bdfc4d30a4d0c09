// What the provider's price answers mean: figures made into money that budgets can be held against.
//
//   PrepaidMeaning meaning(account.prepaid_quote);
//   Price price = meaning.price(asked);      // learns from it, and says so in finding()
//
// Nowhere is it written whether the prepaid inquiry answers with what is due now or with a monthly
// price. Until that is found out by comparing answers, the larger reading counts. Pure: no I/O, no
// clock; one owner.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/account.h"
#include "daemon/cloud.h"
#include "policies/billing.h"
#include "policies/decide.h"

namespace penstock {

/// The answer's figure for a prepaid instance: after discount, else the list price, over all items.
/// Postpaid fields are not looked at, whichever are filled. nullopt: it names no such price.
std::optional<Money> prepaid_figure(const PriceAnswer& answer);

struct PostpaidTerms {
  Mbps included{};
  StepsMode steps_mode = StepsMode::kMarginal;
  /// Configured price of 1 Mbps and month: an answer below it, without a unit, is per Mbps.
  std::optional<Money> unit_price;
};
/// What `size` costs in a month of 30 days; nullopt: the answer names no postpaid price.
std::optional<Money> postpaid_per_month(const PriceAnswer& answer, Mbps size,
                                        const PostpaidTerms& terms);

/// One prepaid upgrade that was asked about.
struct PrepaidAsked {
  std::string instance;  ///< tells whether two answers are about the same one
  Mbps from, to, included{};
  TimePoint at{};
  Duration left{};  ///< until the term's end
  Duration month = kBillingMonth;
  Money for_to;                   ///< the figure for the new size
  std::optional<Money> for_from;  ///< and for the present one; nullopt = not asked, or no figure
  /// The figure for a third size, larger than `to`, where the present one gave none.
  std::optional<std::pair<Mbps, Money>> for_other;
};

class PrepaidMeaning {
 public:
  explicit PrepaidMeaning(PrepaidQuote configured = PrepaidQuote::kAuto);

  /// kAuto while it is not known.
  PrepaidQuote known() const;
  /// Whether the present size should be asked for as well.
  bool needs_present() const { return may(PrepaidQuote::kMonthlyTotal); }

  /// An earlier upgrade of this instance that would tell more if asked about once more now.
  std::optional<Mbps> worth_asking_again(const std::string& instance, Mbps from,
                                         Duration left) const;

  /// Learns what there is to learn, then prices the upgrade.
  Price price(const PrepaidAsked& asked);
  /// What an upgrade really cost: settles the meaning like nothing else. `asked` is the inquiry
  /// it was ordered by.
  void charged(const PrepaidAsked& asked, Money amount);

  /// An earlier run has found it out; what is configured counts for more.
  void remember(PrepaidQuote quote, const std::string& because) { settle(quote, because); }

  /// One sentence on how the meaning was found out; "" while it is not, or when configured.
  std::string finding() const;
  const std::string& because() const { return because_; }  ///< its reason alone

 private:
  static constexpr std::size_t kMaxEarlier = 256;

  bool may(PrepaidQuote quote) const;
  void rule_out(PrepaidQuote quote, const std::string& because);
  void settle(PrepaidQuote quote, const std::string& because);
  void learn_from_present(const PrepaidAsked& asked);
  void learn_from_other(const PrepaidAsked& asked);
  void learn_from_earlier(const PrepaidAsked& asked);
  static Money due(const PrepaidAsked& asked, PrepaidQuote reading);
  static Money monthly(const PrepaidAsked& asked, PrepaidQuote reading, Mbps size);

  bool configured_ = false;
  unsigned candidates_ = 0;  ///< one bit per PrepaidQuote
  std::string because_;
  std::map<std::string, PrepaidAsked> earlier_;  ///< by instance: an inquiry to compare with
};

}  // namespace penstock
