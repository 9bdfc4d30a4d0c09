#include "tests/testing/case_script.h"

#include <sstream>
#include <utility>

#include "daemon/clock.h"
#include "policies/policy_file.h"

namespace penstock::testing {

namespace {

std::optional<std::int64_t> integer(const std::string& text) {
  std::size_t used = 0;
  try {
    const std::int64_t number = std::stoll(text, &used);
    return used == text.size() ? std::optional{number} : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<double> real(const std::string& text) {
  std::size_t used = 0;
  try {
    const double number = std::stod(text, &used);
    return used == text.size() ? std::optional{number} : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<Mbps> size(const std::string& text) {
  const auto number = integer(text);
  return number ? std::optional{Mbps{*number}} : std::nullopt;
}

std::optional<bool> yes_or_no(const std::string& text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return std::nullopt;
}

/// "+12d" or "-5m" from `now`.
std::optional<TimePoint> moment(const std::string& text, TimePoint now) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto span = parse_duration(text.substr(1));
  if (!span) return std::nullopt;
  return text[0] == '+' ? now + *span : now - *span;
}

/// Puts a value that parsed where it belongs.
template <class Place, class Value>
bool put_in(Place& place, const std::optional<Value>& value) {
  if (value) place = *value;
  return value.has_value();
}

}  // namespace

CaseScript::CaseScript() : now_(*parse_time("2026-03-02T00:00:00Z")) {
  instance_.key = {"main", "i-1"};
  instance_.charge = Charge::kPrepaid;
  instance_.internet_charge = InternetCharge::kByBandwidth;
  instance_.status = "RUNNING";
  instance_.limit = Mbps{10'000};
  instance_.expires = now_ + std::chrono::days{20};
  instance_.auto_renew = true;
  tariff_ = Tariff{.unit_price = Money::from_units(2)};
  cap_since_ = now_ - std::chrono::days{30};
}

std::string CaseScript::run(std::string_view line) {
  if (policy_text_) {
    if (line == "end") return take_policy();
    policy_text_->append(line).append("\n");
    return {};
  }
  std::istringstream in{std::string(line.substr(0, line.find('#')))};
  Words words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  if (words.empty()) return {};
  const std::string verb = words.front();
  words.erase(words.begin());
  if (verb == "policy") {
    policy_text_ = "[[policy]]\nname = \"case\"\nmatch = {}\n";
    return {};
  }
  if (verb == "set") return set(words);
  if (!has_policy_) return "there is no policy yet";
  if (verb == "feed") return feed(words);
  if (verb == "expect") return expect(words);
  if (verb == "apply") return apply();
  if (verb == "end-of-term") return end_of_term();
  if (verb == "wait" && words.size() == 1) {
    const auto span = parse_duration(words[0]);
    if (!span) return "\"" + words[0] + "\" is not a duration";
    now_ += *span;
    return {};
  }
  return "\"" + verb + "\" is not a statement";
}

std::string CaseScript::finish() const {
  if (policy_text_) return "the policy has no end";
  return expectations_ == 0 ? "nothing is expected" : "";
}

std::string CaseScript::take_policy() {
  std::string text = *std::exchange(policy_text_, std::nullopt);
  if (text.find("mode =") == std::string::npos) {
    text.insert(text.find("name ="), "mode = \"enforce\"\n");
  }
  const PolicyText file{"policy", text};
  PolicySet set =
      load_policies({&file, 1}, {.zone = load_time_zone, .sources = {}, .accounts = {}});
  if (!set.problems.empty()) return render(set.problems);
  policy_ = std::move(set.policies.at(0));
  has_policy_ = true;
  return {};
}

std::string CaseScript::set(const Words& words) {
  if (words.size() < 2) return "set WHAT VALUE";
  const std::string& what = words[0];
  if (set_instance(what, words) || set_record(what, words) || set_fleet(what, words) ||
      set_money(what, words)) {
    return {};
  }
  if (what == "change" && set_change(words)) return {};
  return "cannot set " + what;
}

bool CaseScript::set_instance(const std::string& what, const Words& words) {
  const std::string& value = words[1];
  const bool none = value == "none";
  if (what == "id") return !(instance_.key.id = value).empty();
  if (what == "product") return put_in(instance_.product, parse_product(value));
  if (what == "charge") {
    instance_.charge = parse_charge(value).value_or(Charge::kUnknown);
    if (instance_.charge == Charge::kPostpaid) instance_.expires.reset();
    return true;
  }
  if (what == "internet") {
    instance_.internet_charge = parse_internet_charge(value);
    return true;
  }
  if (what == "status") return !(instance_.status = value).empty();
  if (what == "included") return put_in(instance_.included, size(value));
  if (what == "renew") return put_in(instance_.auto_renew, yes_or_no(value));
  if (what == "limit") {
    instance_.limitable = value != "-1";
    if (none || value == "-1") instance_.limit.reset();
    return none || value == "-1" || put_in(instance_.limit, size(value));
  }
  if (what == "expires") {
    instance_.expires.reset();
    return none || put_in(instance_.expires, moment(value, now_));
  }
  if (what == "cap") {
    const auto cap = size(value);
    // The first cap has stood since long ago; a later one comes into force now.
    if (cap && demand_.empty()) cap_ = *cap;
    if (cap && !demand_.empty()) change_cap(*cap);
    return cap.has_value();
  }
  return false;
}

bool CaseScript::set_record(const std::string& what, const Words& words) {
  const std::string& value = words[1];
  if (what == "upgraded") return put_in(record_.last_upgrade_at, moment(value, now_));
  if (what == "downgraded") return put_in(record_.last_downgrade_at, moment(value, now_));
  if (what == "drift" && words.size() == 3) {
    return put_in(record_.drifted_from, size(value)) &&
           put_in(record_.drifted_at, moment(words[2], now_));
  }
  if (what == "pin" && value == "none") {
    record_.pinned.reset();
    return true;
  }
  if (what == "pin" && words.size() == 3) {
    const auto cap = size(value);
    const auto until = moment(words[2], now_);
    if (cap && until) record_.pinned = {*cap, *until};
    return cap && until;
  }
  if (what == "approved" && words.size() == 3) {
    const auto amount = parse_money_amount(value);
    const auto until = moment(words[2], now_);
    if (amount && until) record_.approved = {*amount, *until};
    return amount && until;
  }
  if (what == "paused") {
    record_.paused = value != "no";
    record_.paused_until.reset();
    return yes_or_no(value) || put_in(record_.paused_until, moment(value, now_));
  }
  return false;
}

bool CaseScript::set_fleet(const std::string& what, const Words& words) {
  const std::string& value = words[1];
  if (what == "fleet-paused") return put_in(fleet_.paused, yes_or_no(value));
  if (what == "inventory-doubt") return put_in(fleet_.inventory_doubt, yes_or_no(value));
  if (what == "can-cancel") return put_in(fleet_.can_cancel, yes_or_no(value));
  if (what == "orders-left") return put_in(fleet_.orders_left, yes_or_no(value));
  if (what == "may-lower") return put_in(fleet_.may_lower, yes_or_no(value));
  if (what == "provider-traffic" && yes_or_no(value)) {
    policy_.traffic.raises = value == "no";
    return true;
  }
  if (what == "breaker") return put_in(fleet_.breaker_open, yes_or_no(value));
  return false;
}

bool CaseScript::set_money(const std::string& what, const Words& words) {
  const std::string& value = words[1];
  const auto amount = parse_money_amount(value);
  if (what == "month") return put_in(month_, parse_duration(value));
  if (what == "tariff") {
    tariff_.reset();
    if (amount) tariff_ = Tariff{.unit_price = *amount};
    if (amount && words.size() == 4 && words[2] == "included") {
      return put_in(tariff_->included, size(words[3]));
    }
    return value == "none" || amount.has_value();
  }
  if (what == "policy-budget") return put_in(purse_.policy_month, amount);
  if (what == "day-budget") return put_in(purse_.fleet_day, amount);
  if (what == "month-budget") return put_in(purse_.fleet_month, amount);
  if (what == "balance") return put_in(purse_.purchasing_power, amount);
  if (what == "quote" && words.size() >= 4) {  // TO DUE PER-MONTH [NOW-PER-MONTH]
    const auto to = size(value);
    const auto due = parse_money_amount(words[2]);
    const auto month = parse_money_amount(words[3]);
    if (!to || !due || !month) return false;
    quote_ = Price{.to = *to, .due_now = *due, .per_month = *month, .quoted = true};
    return words.size() == 4 || put_in(quote_->per_month_now, parse_money_amount(words[4]));
  }
  return false;
}

bool CaseScript::set_change(const Words& words) {
  using Kind = ChangeState::Kind;
  static constexpr std::pair<std::string_view, Kind> kKinds[] = {{"unread", Kind::kUnread},
                                                                 {"idle", Kind::kIdle},
                                                                 {"running", Kind::kRunning},
                                                                 {"scheduled", Kind::kScheduled},
                                                                 {"unsettled", Kind::kUnsettled}};
  for (const auto& [name, kind] : kKinds) {
    if (words[1] != name) continue;
    change_ = {.kind = kind, .since = now_};
    if (words.size() > 2) change_.target = size(words[2]);
    if (words.size() > 4 && words[3] == "replaced") {
      change_.replacements = static_cast<int>(integer(words[4]).value_or(0));
    }
    return words.size() <= 2 || change_.target.has_value();
  }
  return false;
}

Decision CaseScript::decide_now() {
  const Situation situation{.instance = instance_,
                            .demand = demand_,
                            .cap = cap_,
                            .cap_since = cap_since_,
                            .change = change_,
                            .tariff = tariff_ ? &*tariff_ : nullptr,
                            .quote = quote_,
                            .month = month_,
                            .purse = purse_,
                            .fleet = fleet_,
                            .record = &record_,
                            .memo = memo_,
                            .economic = &economic_,
                            .bursts = &bursts_,
                            .forecast = &forecast_};
  last_ = decide(policy_, situation, now_);
  memo_ = last_.memo;
  return last_;
}

/// feed INTERVAL[/SPAN] LEVEL[*COUNT] …: each sample is followed by a decision, as in the daemon.
std::string CaseScript::feed(const Words& words) {
  if (words.size() < 2) return "feed INTERVAL LEVEL…";
  const auto slash = words[0].find('/');
  const auto interval = parse_duration(words[0].substr(0, slash));
  const auto span =
      slash == std::string::npos ? interval : parse_duration(words[0].substr(slash + 1));
  if (!interval || !span) return "\"" + words[0] + "\" is not a duration";
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto star = words[i].find('*');
    const auto level = real(words[i].substr(0, star));
    const auto count = star == std::string::npos ? std::optional<std::int64_t>{1}
                                                 : integer(words[i].substr(star + 1));
    if (!level || !count) return "\"" + words[i] + "\" is not LEVEL or LEVEL*COUNT";
    for (std::int64_t k = 0; k < *count; ++k) {
      now_ += *interval;
      const Sample sample{now_, *span, Rate{*level}};
      demand_.observe(sample, cap_, cap_since_, policy_.traffic.saturated_at);
      bursts_.observe(sample, cap_);
      economic_.observe({.sample = sample,
                         .cap = cap_,
                         .cap_since = cap_since_,
                         .term_end = instance_.expires,
                         .saturated_at = policy_.traffic.saturated_at});
      if (const ForecastRule* rule = forecast_rule_of(policy_)) {
        const bool at_least = demand_.newest(0).evidence != Evidence::kFree;
        forecast_.observe({.sample = sample, .at_least = at_least, .rule = *rule});
      }
      decide_now();
    }
  }
  return {};
}

/// expect ACTION [SIZE] REASON [wish SIZE] [price AMOUNT] [not-before +SPAN]
std::string CaseScript::expect(const Words& words) {
  const Decision decision = decide_now();
  ++expectations_;
  std::string is{to_string(decision.action)};
  std::size_t next = 1;
  if (words.size() > next && integer(words[next])) {
    is += " " + std::to_string(decision.to.count());
    ++next;
  }
  is += " " + std::string(to_string(decision.reason.code));
  ++next;
  for (; next + 1 < words.size(); next += 2) {
    is += " " + words[next] + " ";
    if (words[next] == "wish") {
      is += std::to_string(decision.wish.count());
    } else if (words[next] == "price") {
      is += decision.spend ? format_amount(decision.spend->month) : "none";
    } else if (words[next] == "not-before") {
      const auto due = moment(words[next + 1], now_);
      const auto is_due = decision.not_before;
      is += due && is_due == due ? words[next + 1] : is_due ? format(*is_due - now_) : "none";
    } else {
      return "\"" + words[next] + "\" cannot be expected";
    }
  }
  std::string should;
  for (const std::string& word : words) should += (should.empty() ? "" : " ") + word;
  if (is == should) return {};
  return "expected: " + should + "\n  decided:  " + is + "\n  because " + render(decision.reason) +
         "; wish: " + render(decision.wish_reason);
}

void CaseScript::change_cap(Mbps cap) {
  cap_ = cap;
  cap_since_ = now_;
}

/// The provider does what was decided last, at once.
std::string CaseScript::apply() {
  switch (last_.action) {
    case Action::kHold:
      return "there is nothing to apply";
    case Action::kUpgrade:
      record_.last_upgrade_at = now_;
      change_cap(last_.to);
      return {};
    case Action::kDowngrade:
      record_.last_downgrade_at = now_;
      change_cap(last_.to);
      return {};
    case Action::kScheduleDowngrade:
    case Action::kReplaceDowngrade:
      change_ = {.kind = ChangeState::Kind::kScheduled,
                 .target = last_.to,
                 .since = now_,
                 .replacements =
                     change_.replacements + (last_.action == Action::kReplaceDowngrade ? 1 : 0)};
      return {};
    case Action::kCancelDowngrade:
      change_ = {.kind = ChangeState::Kind::kIdle, .since = now_};
      return {};
  }
  return {};
}

std::string CaseScript::end_of_term() {
  if (!instance_.expires || *instance_.expires < now_) return "there is no term to end";
  now_ = *instance_.expires;
  instance_.expires = now_ + std::chrono::days{30};
  if (change_.kind == ChangeState::Kind::kScheduled) change_cap(*change_.target);
  change_ = {.kind = ChangeState::Kind::kIdle, .since = now_};
  return {};
}

}  // namespace penstock::testing
