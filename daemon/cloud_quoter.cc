#include "daemon/cloud_quoter.h"

#include <algorithm>
#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

bool prepaid(const QuoteQuestion& question) {
  return question.instance->charge == Charge::kPrepaid;
}

/// Only flat-rate bandwidth has a price of its own, and a prepaid cut costs nothing.
bool has_price(const QuoteQuestion& question, TimePoint now) {
  const Instance& instance = *question.instance;
  if (!instance.flat_rate() || question.to < Mbps{1} || question.from < Mbps{1}) return false;
  if (instance.charge == Charge::kPostpaid) return true;
  return prepaid(question) && question.to > question.from && instance.expires &&
         *instance.expires > now;
}

/// The figure of a size; within the included bandwidth none is given because none is due.
std::optional<Money> figure(const PriceAnswer& answer, Mbps size, Mbps included) {
  const std::optional<Money> said = prepaid_figure(answer);
  return !said && size <= included ? Money{} : said;
}

std::optional<Price> read_postpaid(const QuoteQuestion& question, const PriceAnswer& to,
                                   const PriceAnswer* from) {
  PostpaidTerms terms{.included = question.instance->included};
  if (question.tariff != nullptr) {
    terms.steps_mode = question.tariff->steps_mode;
    if (question.tariff->unit_price > Money{}) terms.unit_price = question.tariff->unit_price;
  }
  const std::optional<Money> per_month = postpaid_per_month(to, question.to, terms);
  if (!per_month || (*per_month <= Money{} && question.to > terms.included)) return std::nullopt;
  Price price{.to = question.to,
              .due_now = {},
              .per_month = *per_month,
              .quoted = true,
              .meaning_known = true,
              .per_month_now = {}};
  if (from != nullptr) price.per_month_now = postpaid_per_month(*from, question.from, terms);
  return price;
}

}  // namespace

CloudQuoter::CloudQuoter(Cloud& cloud, const std::vector<AccountConfig>& accounts) : cloud_(cloud) {
  reload(accounts);
}

void CloudQuoter::reload(const std::vector<AccountConfig>& accounts) {
  const std::map<std::string, Terms> before = std::exchange(terms_, {});
  for (const AccountConfig& account : accounts) {
    terms_[account.name] = {.configured = account.prepaid_quote, .month = account.billing_month};
    const auto old = before.find(account.name);
    if (old == before.end() || old->second.configured == account.prepaid_quote) continue;
    std::erase_if(known_, [&](const auto& entry) { return entry.first.first == account.name; });
  }
}

const CloudQuoter::Terms& CloudQuoter::terms(const std::string& account) const {
  static constexpr Terms kDefault{};
  const auto found = terms_.find(account);
  return found == terms_.end() ? kDefault : found->second;
}

CloudQuoter::Known& CloudQuoter::known(const std::string& account, Product product) {
  const auto key = std::pair(account, product);
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  return known_.try_emplace(key, Known{PrepaidMeaning(terms(account).configured), false, false})
      .first->second;
}

PrepaidQuote CloudQuoter::meaning(const std::string& account, Product product) const {
  const auto found = known_.find({account, product});
  return found == known_.end() ? terms(account).configured : found->second.meaning.known();
}

/// The size beside the one in question: the present one, or what can stand in for it where the API
/// gives no figure for "no change".
CloudQuoter::Asked CloudQuoter::to_compare_with(std::size_t index, const QuoteQuestion& question,
                                                const Known& about) {
  if (!about.present_unanswered) return {index, Why::kFrom, question.from};
  if (about.meaning.known() == PrepaidQuote::kMonthlyTotal) {
    // One Mbps less costs a little less, so that the difference comes out a little large.
    return {index, Why::kFrom, std::max(Mbps{1}, question.from - Mbps{1})};
  }
  const Mbps other = std::min(question.to + (question.to - question.from),
                              question.instance->limit.value_or(question.to));
  if (other > question.to) return {index, Why::kOther, other};
  return {index, Why::kFrom, question.from};
}

/// What to ask for all questions: the size itself, and what helps to understand its answer.
std::vector<CloudQuoter::Asked> CloudQuoter::sizes_for(std::span<const QuoteQuestion> questions,
                                                       TimePoint now) {
  std::vector<Asked> out;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const QuoteQuestion& question = questions[i];
    if (!has_price(question, now)) continue;
    out.push_back({i, Why::kTo, question.to});
    if (!prepaid(question)) {
      out.push_back({i, Why::kFrom, question.from});
      continue;
    }
    const Instance& instance = *question.instance;
    Known& about = known(instance);
    if (about.meaning.needs_present() && question.from > instance.included) {
      out.push_back(to_compare_with(i, question, about));
    }
    const std::optional<Mbps> again =
        about.meaning.worth_asking_again(instance.key.id, question.from, *instance.expires - now);
    if (again && *again != question.to) out.push_back({i, Why::kAgain, *again});
  }
  return out;
}

std::vector<std::optional<Price>> CloudQuoter::ask(std::span<const QuoteQuestion> questions,
                                                   TimePoint now) {
  const std::vector<Asked> asked = sizes_for(questions, now);
  std::vector<SizeQuestion> sizes;
  sizes.reserve(asked.size());
  for (const Asked& one : asked) {
    const Instance& instance = *questions[one.question].instance;
    sizes.push_back({{instance.key, instance.product, instance.charge}, one.size});
  }
  const std::vector<Result<PriceAnswer>> said = cloud_.inquire(sizes);
  std::vector<std::map<Why, std::pair<Mbps, PriceAnswer>>> answers(questions.size());
  for (std::size_t i = 0; i < std::min(asked.size(), said.size()); ++i) {
    if (said[i]) answers[asked[i].question][asked[i].why] = {asked[i].size, *said[i]};
    // A refusal as such is an answer, too; one that did not come through is none.
    const bool refused = !said[i] && said[i].error().kind != ErrorKind::kTransient;
    if (asked[i].why == Why::kFrom && refused && prepaid(questions[asked[i].question])) {
      known(*questions[asked[i].question].instance).present_unanswered = true;
    }
  }
  std::vector<std::optional<Price>> out(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto to = answers[i].find(Why::kTo);
    if (to == answers[i].end()) continue;
    if (prepaid(questions[i])) {
      out[i] = read_prepaid(questions[i], answers[i], now);
      continue;
    }
    const auto from = answers[i].find(Why::kFrom);
    out[i] = read_postpaid(questions[i], to->second.second,
                           from == answers[i].end() ? nullptr : &from->second.second);
  }
  return out;
}

std::optional<Price> CloudQuoter::read_prepaid(
    const QuoteQuestion& question, const std::map<Why, std::pair<Mbps, PriceAnswer>>& answers,
    TimePoint now) {
  const Instance& instance = *question.instance;
  Known& about = known(instance);
  const auto figure_for = [&](Why why) -> std::optional<std::pair<Mbps, Money>> {
    const auto found = answers.find(why);
    if (found == answers.end()) return std::nullopt;
    const auto& [size, answer] = found->second;
    const std::optional<Money> money = figure(answer, size, instance.included);
    return money ? std::optional(std::pair(size, *money)) : std::nullopt;
  };
  PrepaidAsked asked{.instance = instance.key.id,
                     .from = question.from,
                     .to = question.to,
                     .included = instance.included,
                     .at = now,
                     .left = *instance.expires - now,
                     .month = terms(instance.key.account).month,
                     .for_to = {},
                     .for_from = {},
                     .for_other = {}};
  if (const auto again = figure_for(Why::kAgain)) {
    PrepaidAsked repeated = asked;
    std::tie(repeated.to, repeated.for_to) = *again;
    (void)about.meaning.price(repeated);
  }
  const auto to = figure_for(Why::kTo), from = figure_for(Why::kFrom);
  std::optional<Price> price;
  if (to) {
    asked.for_to = to->second;
    if (from) asked.for_from = from->second;
    if (!from && answers.contains(Why::kFrom)) about.present_unanswered = true;
    asked.for_other = figure_for(Why::kOther);
    price = about.meaning.price(asked);
    if (latest_.size() >= kMaxLatest) latest_.clear();
    latest_.insert_or_assign(instance.key, Latest{instance.product, asked});
  }
  tell(instance.key.account, instance.product, about);
  // Nothing above the included bandwidth is given away: no price is what a zero means.
  if (price && price->due_now <= Money{} && question.to > instance.included) return std::nullopt;
  return price;
}

void CloudQuoter::charged(const InstanceKey& instance, Mbps to, Money amount) {
  const auto latest = latest_.find(instance);
  if (latest == latest_.end() || latest->second.asked.to != to) return;
  const auto about = known_.find({instance.account, latest->second.product});
  if (about == known_.end()) return;
  about->second.meaning.charged(latest->second.asked, amount);
  tell(instance.account, latest->second.product, about->second);
}

std::vector<QuoteFinding> CloudQuoter::take_findings() {
  return std::exchange(findings_, {});
}

void CloudQuoter::remember(const QuoteFinding& finding) {
  Known& about = known(finding.account, finding.product);
  about.meaning.remember(finding.quote, finding.because);
  about.told = true;
}

void CloudQuoter::tell(const std::string& account, Product product, Known& about) {
  if (about.told || about.meaning.finding().empty()) return;
  about.told = true;
  findings_.push_back({account, product, about.meaning.known(), about.meaning.because()});
  log_info("prepaid-quote", {{"account", printable(account)},
                             {"product", std::string(to_string(product))},
                             {"finding", about.meaning.finding()}});
}

}  // namespace penstock
