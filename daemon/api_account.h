// ApiAccount: what the client knows of one account while it runs: its keys, its rate, what it was
// refused, how far its clock is off, whether it answers at all.
//
//   if (auto error = account.hold(call, now)) return *error;      // not even sent, and why
//   HttpRequest request = account.sign(call, wall, now);
//   account.learn(call, reply, wall, now);
//
// Part of ApiClient; loop thread only. Time is an argument.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/account.h"
#include "daemon/api_rate.h"
#include "daemon/api_reply.h"
#include "daemon/credentials.h"
#include "daemon/http.h"
#include "policies/instance.h"

namespace penstock {

enum class Service { kVm, kBmc, kZbc };
std::string_view to_string(Service service);  ///< "vm", "bmc", "zbc"
Service service_of(Product product);

struct ApiCall {
  std::string account;
  Service service = Service::kVm;
  std::string action;
  std::string body = "{}";
  Effect effect = Effect::kRead;
};

/// Bounds on everything the client does by itself.
struct ApiLimits {
  Duration read_timeout = 10s;
  Duration change_timeout = 20s;
  Duration probe_timeout = 3s;   ///< for an account that did not answer before
  Duration batch = 30s;          ///< no attempt begins later than this after call_all
  int attempts = 4;              ///< of one read, the first included
  Duration backoff = 1s;         ///< then twice and four times that, with jitter on top
  Duration denied_for = 1h;      ///< before an action without permission is tried again
  Duration blocked_for = 10min;  ///< after a network block; doubles up to an hour
  Duration down_for = 15s;       ///< for an account that does not answer; doubles up to a minute
};

class ApiAccount {
 public:
  ApiAccount(AccountConfig config, BaseUrl url, Environment environment, const ApiLimits& limits,
             Duration now);

  const AccountConfig& config() const { return config_; }
  ApiRate& rate() { return rate_; }
  const ApiRate& rate() const { return rate_; }

  /// A new configuration of the same account: keys are read again, denials forgotten.
  void reload(AccountConfig config, BaseUrl url, Duration now);
  /// What was denied may be tried again now.
  void retry_denied();
  /// Reads the keys again; true if they are other ones now.
  bool reread_credentials();

  /// Why this call is not worth sending now; nullopt = send it.
  std::optional<Error> hold(const ApiCall& call, Duration now) const;
  /// Did not answer lately: one short call finds out whether it does again.
  bool probing(Duration now) const {
    return silent_batches_ >= kSilentBatches && now >= down_until_;
  }
  HttpRequest sign(const ApiCall& call, TimePoint wall, Duration now) const;

  void learn(const ApiCall& call, const ApiReply& reply, TimePoint wall, Duration now);
  /// After a round of requests: did any of them get an answer?
  void learn_reachable(bool answered, const std::string& why, Duration now);
  /// After a signature was refused as too old: signs with the server's clock from here on. False
  /// when the server's clock is not known or was in use already.
  bool adopt_server_clock();
  /// The credentials were refused, also after reading them again: no more changes until a call
  /// succeeds.
  void stop_writes(const std::string& code);

  Error describe(const ApiCall& call, const ApiReply& reply) const;
  std::optional<bool> allowed(Service service, const std::string& action) const;
  std::optional<Duration> clock_skew() const { return skew_; }  ///< server minus ours
  std::string alarm(Duration now) const;
  int changes_within(Duration span, Duration now) const;

 private:
  static constexpr int kSilentBatches = 2;

  struct Right {
    bool granted = false;  ///< succeeded at least once
    int denials = 0;       ///< in a row
    Duration denied_until{};
  };
  void learn_right(const ApiCall& call, const ApiReply& reply, Duration now);
  void learn_block(const ApiReply& reply, Duration now);
  bool known_denied(const Right& right) const;
  Error error(ErrorKind kind, std::string message, std::string_view code = {}) const;

  AccountConfig config_;
  BaseUrl url_;
  Environment environment_;
  ApiLimits limits_;
  std::optional<Credentials> credentials_;
  std::string credentials_error_;
  ApiRate rate_;
  std::map<std::pair<Service, std::string>, Right> rights_;
  std::optional<Duration> skew_;
  Duration signing_offset_{};
  std::string writes_stopped_;  ///< the code that stopped them; "" = they are not
  Duration blocked_until_{};
  int blocks_ = 0;
  std::string blocked_code_;
  Duration down_until_{};
  int silent_batches_ = 0;
  std::string down_why_;
};

}  // namespace penstock
