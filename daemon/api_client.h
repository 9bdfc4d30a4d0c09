// ApiClient: many calls of the API at once, over several accounts, each within its own rate.
//
//   std::vector<Result<ApiAnswer>> answers = client.call_all(calls);   // answers[i] is calls[i]'s
//   if (answers[0]) use(answers[0]->response()["orderNumber"]);
//
// Reads are repeated with growing waits; a change is handed to the network at most once, whatever
// comes back, and is ErrorKind::kUnknownOutcome when nobody can say whether it happened. An account
// that is blocked, silent or refused leaves the others alone. Blocks for at most ApiLimits::batch
// and one time-out. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/api_account.h"
#include "daemon/clock.h"

namespace penstock {

struct ApiAnswer {
  JsonDocument document;
  std::string request_id;
  /// The `response` member; absent where a refusal meant that the change was done already.
  JsonValue response() const { return document.root()["response"]; }
  /// An error in what the answer says, with the request it belongs to.
  Error attributed(Error error) const {
    error.request_id = request_id;
    return error;
  }
};

/// One request that went out, for metrics. `code` is "200" or one of a bounded set.
struct ApiObservation {
  std::string account;
  std::string product;
  std::string action;
  std::string code;
  Duration elapsed{};
};
using ApiObserver = std::function<void(const ApiObservation&)>;

struct ApiClientOptions {
  std::uint64_t seed = 1;  ///< of the jitter
  ApiObserver observer;    ///< may be empty
  Environment environment = process_environment();
  ApiLimits limits;
};

class ApiClient {
 public:
  /// Accounts must have passed check_account; one with an unusable URL is left out.
  ApiClient(const std::vector<AccountConfig>& accounts, Http& http, Clock& clock,
            ApiClientOptions options);

  std::vector<Result<ApiAnswer>> call_all(std::span<const ApiCall> calls);

  /// Reads keys again and forgets denials; accounts are matched by name, and may come and go.
  void reload(const std::vector<AccountConfig>& accounts);

  /// What was denied may be tried again now; one denial more and it waits as before.
  void retry_denied(const std::string& account);

  std::vector<std::string> accounts() const;
  /// nullptr if there is no such account.
  const ApiAccount* find(const std::string& account) const;
  std::optional<bool> allowed(const std::string& account, Service service,
                              const std::string& action) const;
  int changes_within(const std::string& account, Duration span) const;
  /// What a person must look at; "" = nothing.
  std::string alarm(const std::string& account) const;
  Clock& clock() const { return clock_; }

 private:
  struct Attempt;
  struct Round;
  void settle(Round& round, Attempt& attempt, const HttpResponse& http);
  bool retry_read(Round& round, Attempt& attempt, ApiAccount& account, const ApiReply& reply);
  bool mend_credentials(Round& round, Attempt& attempt, const ApiReply& reply);
  void drop_held(Round& round);
  std::vector<Attempt*> choose(Round& round);
  void send(Round& round, const std::vector<Attempt*>& chosen);
  bool wait(Round& round);
  double jitter();

  Http& http_;
  Clock& clock_;
  ApiClientOptions options_;
  std::uint64_t random_;
  std::map<std::string, std::unique_ptr<ApiAccount>> accounts_;
};

}  // namespace penstock
