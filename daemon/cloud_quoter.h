// CloudQuoter: Quoter over the provider's price inquiry.
//
//   CloudQuoter quoter(cloud, config.accounts);
//   auto prices = quoter.ask({{&instance, Mbps{100}, Mbps{200}}}, now);
//
// Asks for the sizes in question and, where that is needed to understand the answer, for the
// present size or a third one, all in one round. What it finds out about the meaning of prepaid
// answers it logs once per account and product. Loop thread only; the cloud must outlive it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/account.h"
#include "daemon/cloud.h"
#include "daemon/quote.h"
#include "daemon/quoter.h"

namespace penstock {

class CloudQuoter final : public Quoter {
 public:
  CloudQuoter(Cloud& cloud, const std::vector<AccountConfig>& accounts);

  std::vector<std::optional<Price>> ask(std::span<const QuoteQuestion> questions,
                                        TimePoint now) override;
  /// What the latest upgrade of this instance to `to` really cost, when the ledger knows it.
  void charged(const InstanceKey& instance, Mbps to, Money amount) override;
  std::vector<QuoteFinding> take_findings() override;
  /// Counts for less than what is configured.
  void remember(const QuoteFinding& finding) override;
  /// Other settings after a reload; what was found out stays unless it is configured now.
  void reload(const std::vector<AccountConfig>& accounts);
  /// kAuto = not known yet.
  PrepaidQuote meaning(const std::string& account, Product product) const;

 private:
  static constexpr std::size_t kMaxLatest = 1024;

  struct Terms {
    PrepaidQuote configured = PrepaidQuote::kAuto;
    Duration month = kBillingMonth;
  };
  struct Known {
    PrepaidMeaning meaning;
    bool present_unanswered = false;  ///< the present size gave no figure: try a third one
    bool told = false;                ///< the finding was logged, or is of an earlier run
  };
  /// One size asked for the sake of one question.
  enum class Why { kTo, kFrom, kOther, kAgain };
  struct Asked {
    std::size_t question;
    Why why;
    Mbps size;
  };
  /// An inquiry that an order may follow.
  struct Latest {
    Product product;
    PrepaidAsked asked;
  };
  Known& known(const std::string& account, Product product);
  Known& known(const Instance& instance) { return known(instance.key.account, instance.product); }
  const Terms& terms(const std::string& account) const;
  static Asked to_compare_with(std::size_t index, const QuoteQuestion& question,
                               const Known& about);
  std::vector<Asked> sizes_for(std::span<const QuoteQuestion> questions, TimePoint now);
  std::optional<Price> read_prepaid(const QuoteQuestion& question,
                                    const std::map<Why, std::pair<Mbps, PriceAnswer>>& answers,
                                    TimePoint now);
  void tell(const std::string& account, Product product, Known& about);

  Cloud& cloud_;
  std::map<std::string, Terms> terms_;
  std::map<std::pair<std::string, Product>, Known> known_;
  std::map<InstanceKey, Latest> latest_;
  std::vector<QuoteFinding> findings_;  ///< not taken yet
};

}  // namespace penstock
