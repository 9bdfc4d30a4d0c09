#include "daemon/api_client.h"

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/log.h"

namespace penstock {

struct ApiClient::Attempt {
  const ApiCall* call = nullptr;
  ApiAccount* account = nullptr;
  std::size_t index = 0;
  int made = 0;  ///< requests handed to the network
  Duration not_before{};
  bool mended = false;  ///< repeated once with other keys or another clock
  bool done = false;
};

/// One call_all under way.
struct ApiClient::Round {
  std::vector<Attempt> attempts;
  std::vector<std::optional<Result<ApiAnswer>>> answers;
  Duration deadline{};
  std::set<const ApiAccount*> reread;  ///< keys were read again in this round
  std::set<const ApiAccount*> mended;  ///< and are other ones, or the clock was put right

  void finish(Attempt& attempt, Result<ApiAnswer> answer) {
    attempt.done = true;
    answers[attempt.index] = std::move(answer);
  }
};

namespace {

Error not_asked(const ApiCall& call, const char* why) {
  return {.kind = ErrorKind::kTransient,
          .message = "account " + call.account + ": " + std::string(to_string(call.service)) + " " +
                     call.action + ": not sent: " + why,
          .code = {},
          .request_id = {}};
}

}  // namespace

ApiClient::ApiClient(const std::vector<AccountConfig>& accounts, Http& http, Clock& clock,
                     ApiClientOptions options)
    : http_(http), clock_(clock), options_(std::move(options)), random_(options_.seed) {
  reload(accounts);
}

void ApiClient::reload(const std::vector<AccountConfig>& accounts) {
  std::map<std::string, std::unique_ptr<ApiAccount>> next;
  const Duration now = clock_.monotonic();
  for (const AccountConfig& config : accounts) {
    const Result<BaseUrl> url = parse_base_url(config.base_url);
    if (!url) {
      log_error("account-refused",
                {{"account", printable(config.name)}, {"why", url.error().message}});
      continue;
    }
    auto& slot = next[config.name];
    if (const auto old = accounts_.find(config.name); old != accounts_.end() && old->second) {
      slot = std::move(old->second);
      slot->reload(config, *url, now);
    } else {
      slot = std::make_unique<ApiAccount>(config, *url, options_.environment, options_.limits, now);
    }
  }
  accounts_ = std::move(next);
}

void ApiClient::retry_denied(const std::string& account) {
  const auto slot = accounts_.find(account);
  if (slot != accounts_.end() && slot->second) slot->second->retry_denied();
}

std::vector<std::string> ApiClient::accounts() const {
  std::vector<std::string> names;
  names.reserve(accounts_.size());
  for (const auto& [name, account] : accounts_) names.push_back(name);
  return names;
}

const ApiAccount* ApiClient::find(const std::string& account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? nullptr : found->second.get();
}

std::optional<bool> ApiClient::allowed(const std::string& account, Service service,
                                       const std::string& action) const {
  const ApiAccount* known = find(account);
  return known == nullptr ? std::nullopt : known->allowed(service, action);
}

int ApiClient::changes_within(const std::string& account, Duration span) const {
  const ApiAccount* known = find(account);
  return known == nullptr ? 0 : known->changes_within(span, clock_.monotonic());
}

std::string ApiClient::alarm(const std::string& account) const {
  const ApiAccount* known = find(account);
  return known == nullptr ? "there is no such account" : known->alarm(clock_.monotonic());
}

/// Uniform in [0, 1): SplitMix64, so that a seed gives the same waits everywhere.
double ApiClient::jitter() {
  random_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = random_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  z ^= z >> 31U;
  return static_cast<double>(z >> 11U) * 0x1.0p-53;
}

std::vector<Result<ApiAnswer>> ApiClient::call_all(std::span<const ApiCall> calls) {
  Round round;
  round.deadline = clock_.monotonic() + options_.limits.batch;
  round.answers.resize(calls.size());
  round.attempts.resize(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Attempt& attempt = round.attempts[i];
    attempt.call = &calls[i];
    attempt.index = i;
    const auto account = accounts_.find(calls[i].account);
    if (account != accounts_.end()) {
      attempt.account = account->second.get();
    } else {
      round.finish(attempt, Error{.kind = ErrorKind::kInvalid,
                                  .message = "there is no usable account " + calls[i].account,
                                  .code = {},
                                  .request_id = {}});
    }
  }
  while (true) {
    drop_held(round);
    const std::vector<Attempt*> chosen = choose(round);
    if (!chosen.empty()) {
      send(round, chosen);
    } else if (!wait(round)) {
      break;
    }
  }
  std::vector<Result<ApiAnswer>> out;
  out.reserve(calls.size());
  for (std::optional<Result<ApiAnswer>>& answer : round.answers) out.push_back(std::move(*answer));
  return out;
}

/// Ends the attempts that there is no point in sending, as things stand now.
void ApiClient::drop_held(Round& round) {
  const Duration now = clock_.monotonic();
  for (Attempt& attempt : round.attempts) {
    if (attempt.done) continue;
    std::optional<Error> held = attempt.account->hold(*attempt.call, now);
    if (held && held->kind == ErrorKind::kInvalid && round.reread.insert(attempt.account).second) {
      // The keys may have been put in place since.
      if (attempt.account->reread_credentials()) held = attempt.account->hold(*attempt.call, now);
    }
    if (held) {
      round.finish(attempt, std::move(*held));
    } else if (now > round.deadline) {
      round.finish(attempt, not_asked(*attempt.call, "the time for this round is over"));
    }
  }
}

/// The attempts that may go out now, in the order they were given.
std::vector<ApiClient::Attempt*> ApiClient::choose(Round& round) {
  const Duration now = clock_.monotonic();
  std::vector<Attempt*> chosen;
  std::set<const ApiAccount*> probed;
  for (Attempt& attempt : round.attempts) {
    if (attempt.done || attempt.not_before > now) continue;
    if (attempt.account->probing(now) && !probed.insert(attempt.account).second) continue;
    if (attempt.account->rate().take(attempt.call->effect, now)) chosen.push_back(&attempt);
  }
  return chosen;
}

void ApiClient::send(Round& round, const std::vector<Attempt*>& chosen) {
  std::vector<HttpRequest> requests;
  requests.reserve(chosen.size());
  for (Attempt* attempt : chosen) {
    requests.push_back(attempt->account->sign(*attempt->call, clock_.wall(), clock_.monotonic()));
    ++attempt->made;
  }
  const std::vector<HttpResponse> responses = http_.fetch_all(requests);
  std::map<ApiAccount*, std::pair<bool, std::string>> reached;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    auto& [answered, why] = reached[chosen[i]->account];
    answered = answered || responses[i].complete();
    if (!responses[i].complete()) why = printable(responses[i].failure, 120);
  }
  for (const auto& [account, seen] : reached) {
    account->learn_reachable(seen.first, seen.second, clock_.monotonic());
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) settle(round, *chosen[i], responses[i]);
}

/// What one answer means for its call: done, failed, or to be asked again.
void ApiClient::settle(Round& round, Attempt& attempt, const HttpResponse& http) {
  const ApiCall& call = *attempt.call;
  ApiAccount& account = *attempt.account;
  ApiReply reply = read_reply(http);
  account.learn(call, reply, clock_.wall(), clock_.monotonic());
  if (options_.observer) {
    options_.observer({.account = call.account,
                       .product = std::string(to_string(call.service)),
                       .action = call.action,
                       .code = reply.ok ? "200" : code_label(reply.code_or_status()),
                       .elapsed = http.elapsed});
  }
  const bool done = call.effect == Effect::kChange && reply.document && means_done(reply.code);
  if (reply.ok || done) {
    round.finish(attempt, ApiAnswer{.document = std::move(*reply.document),
                                    .request_id = std::move(reply.request_id)});
    return;
  }
  if (call.effect == Effect::kRead && retry_read(round, attempt, account, reply)) return;
  Error error = account.describe(call, reply);
  if (call.effect == Effect::kChange && error.kind == ErrorKind::kRefused &&
      mend_credentials(round, attempt, reply)) {
    // Never repeated here; but there is a reason to expect that the next order goes through.
    error.kind = ErrorKind::kTransient;
  }
  round.finish(attempt, std::move(error));
}

/// True when the cause of an authentication failure was found and mended: other keys in the files,
/// or a clock that is off. Otherwise stops all changes of the account.
bool ApiClient::mend_credentials(Round& round, Attempt& attempt, const ApiReply& reply) {
  ApiAccount& account = *attempt.account;
  const ErrorClass what = classify(reply.code, reply.status, account.config().money_words);
  if (what != ErrorClass::kAuth || reply.code == kCodeUnauthorized) return false;
  if (!std::exchange(attempt.mended, true)) {
    if (round.mended.contains(&account)) return true;
    const bool mended = (reply.code == kCodeSignatureExpired && account.adopt_server_clock()) ||
                        (round.reread.insert(&account).second && account.reread_credentials());
    if (mended) round.mended.insert(&account);
    if (mended) return true;
  }
  account.stop_writes(reply.code_or_status());
  return false;
}

/// Schedules a read again if that may help; false = this answer is final.
bool ApiClient::retry_read(Round& round, Attempt& attempt, ApiAccount& account,
                           const ApiReply& reply) {
  const ErrorClass what = classify(reply.code, reply.status, account.config().money_words);
  const Duration now = clock_.monotonic();
  if (what == ErrorClass::kAuth) {
    attempt.not_before = now;
    return mend_credentials(round, attempt, reply);
  }
  if (what != ErrorClass::kRetry || attempt.made >= options_.limits.attempts) return false;
  const Duration base = options_.limits.backoff * (1 << (attempt.made - 1));
  const auto extra = static_cast<Duration::rep>(static_cast<double>(base.count()) * jitter() / 2);
  attempt.not_before = now + std::max(base + Duration{extra}, reply.silence);
  return attempt.not_before <= round.deadline;
}

/// Sleeps until the next attempt may go out; false when none is left or none will in time.
bool ApiClient::wait(Round& round) {
  const Duration now = clock_.monotonic();
  std::optional<Duration> next;
  for (const Attempt& attempt : round.attempts) {
    if (attempt.done) continue;
    const Duration free = now + attempt.account->rate().wait(attempt.call->effect, now);
    const Duration at = std::max(free, attempt.not_before);
    next = next ? std::min(*next, at) : at;
  }
  if (!next) return false;
  const bool in_time = *next <= round.deadline;
  if (in_time) {
    clock_.sleep(std::max(*next - now, Duration{1}));
    // A sleep that ended at once means that somebody wants the loop's attention.
    if (clock_.monotonic() > now) return true;
  }
  for (Attempt& attempt : round.attempts) {
    if (attempt.done) continue;
    round.finish(attempt,
                 not_asked(*attempt.call,
                           in_time ? "interrupted" : "the rate leaves no room in this round"));
  }
  return false;
}

}  // namespace penstock
