#include "daemon/api_account.h"

#include <algorithm>

#include "daemon/log.h"
#include "daemon/signing.h"

namespace penstock {
namespace {

constexpr Duration kLongestBlock = 1h;
constexpr Duration kLongestDown = 1min;
constexpr std::size_t kMaxAnswer = 32U << 20;
/// Below this the Date header's whole seconds and the way back explain the difference.
constexpr Duration kNotableSkew = 30s;
constexpr int kDenialsThatCount = 3;
constexpr std::string_view kContentType = "application/json";

Duration doubled(Duration base, int times, Duration longest) {
  for (int i = 0; i < times && base < longest; ++i) base *= 2;
  return std::min(base, longest);
}

const std::string& version_of(const ApiVersions& versions, Service service) {
  switch (service) {
    case Service::kVm:
      return versions.vm;
    case Service::kBmc:
      return versions.bmc;
    case Service::kZbc:
      return versions.zbc;
  }
  return versions.vm;
}

}  // namespace

std::string_view to_string(Service service) {
  switch (service) {
    case Service::kVm:
      return "vm";
    case Service::kBmc:
      return "bmc";
    case Service::kZbc:
      return "zbc";
  }
  return "?";
}

Service service_of(Product product) {
  return product == Product::kVm ? Service::kVm : Service::kBmc;
}

ApiAccount::ApiAccount(AccountConfig config, BaseUrl url, Environment environment,
                       const ApiLimits& limits, Duration now)
    : config_(std::move(config)),
      url_(std::move(url)),
      environment_(std::move(environment)),
      limits_(limits),
      rate_(config_.requests_per_second, config_.changes_per_second, now) {
  reread_credentials();
}

void ApiAccount::reload(AccountConfig config, BaseUrl url, Duration now) {
  config_ = std::move(config);
  url_ = std::move(url);
  rate_.configure(config_.requests_per_second, config_.changes_per_second, now);
  rights_.clear();
  writes_stopped_.clear();
  reread_credentials();
}

void ApiAccount::retry_denied() {
  for (auto& [action, right] : rights_) right.denied_until = {};
}

bool ApiAccount::reread_credentials() {
  Result<Credentials> loaded = load_credentials(config_, environment_);
  if (!loaded) {
    // A file that is being replaced just now is no reason to forget keys that work.
    credentials_error_ = loaded.error().message;
    return false;
  }
  credentials_error_.clear();
  const bool changed = !credentials_ || !credentials_->same_as(*loaded);
  credentials_ = std::move(*loaded);
  return changed;
}

Error ApiAccount::error(ErrorKind kind, std::string message, std::string_view code) const {
  return {.kind = kind,
          .message = "account " + config_.name + ": " + std::move(message),
          .code = std::string(code),
          .request_id = {}};
}

bool ApiAccount::known_denied(const Right& right) const {
  // One refusal may concern one instance; where the action has worked, several are needed.
  return right.denials >= (right.granted ? kDenialsThatCount : 1);
}

std::optional<Error> ApiAccount::hold(const ApiCall& call, Duration now) const {
  if (!credentials_) {
    return Error{
        .kind = ErrorKind::kInvalid, .message = credentials_error_, .code = {}, .request_id = {}};
  }
  if (now < blocked_until_) {
    return error(
        ErrorKind::kRefused,
        "blocked in front of the API, nothing is sent for another " + format(blocked_until_ - now),
        blocked_code_);
  }
  if (silent_batches_ >= kSilentBatches && now < down_until_) {
    return error(
        ErrorKind::kTransient,
        "the API does not answer (" + down_why_ + "), tried again in " + format(down_until_ - now),
        kCodeNetwork);
  }
  if (call.effect == Effect::kChange && !writes_stopped_.empty()) {
    return error(ErrorKind::kRefused, "no changes while the API refuses the credentials",
                 writes_stopped_);
  }
  const auto right = rights_.find({call.service, call.action});
  if (right != rights_.end() && known_denied(right->second) && now < right->second.denied_until) {
    return error(ErrorKind::kRefused,
                 "no permission for " + std::string(to_string(call.service)) + " " + call.action +
                     "; tried again on reload, on resume or in " +
                     format(right->second.denied_until - now),
                 kCodeUnauthorized);
  }
  return std::nullopt;
}

HttpRequest ApiAccount::sign(const ApiCall& call, TimePoint wall, Duration now) const {
  HttpRequest request;
  request.method = "POST";
  request.url = url_.origin() + "/api/v2/" + std::string(to_string(call.service));
  request.body = call.body;
  request.max_bytes = kMaxAnswer;
  request.once = call.effect == Effect::kChange;
  request.timeout = call.effect == Effect::kChange ? limits_.change_timeout : limits_.read_timeout;
  if (probing(now)) request.timeout = std::min(request.timeout, limits_.probe_timeout);
  request.headers = {{"Content-Type", std::string(kContentType)},
                     {"x-zc-action", call.action},
                     {"x-zc-version", version_of(config_.versions, call.service)},
                     {"x-zc-service", std::string(to_string(call.service))},
                     {"x-zc-request-client", "penstock"}};
  if (credentials_->bearer()) {
    request.headers.emplace_back("Authorization",
                                 "Bearer " + std::string(credentials_->token().expose()));
    return request;
  }
  const auto at = std::chrono::floor<std::chrono::seconds>(wall + signing_offset_);
  const std::string timestamp = std::to_string(at.time_since_epoch().count());
  const SignedRequest to_sign{
      .headers = {{"content-type", std::string(kContentType)}, {"host", url_.host}},
      .body = request.body,
      .timestamp = timestamp};
  request.headers.emplace_back("x-zc-timestamp", timestamp);
  request.headers.emplace_back("x-zc-signature-method", std::string(kSignatureMethod));
  request.headers.emplace_back(
      "Authorization", authorization(credentials_->access_key_id().expose(),
                                     credentials_->access_key_password().expose(), to_sign));
  return request;
}

void ApiAccount::learn(const ApiCall& call, const ApiReply& reply, TimePoint wall, Duration now) {
  if (reply.server_time) skew_ = *reply.server_time - wall;
  if (reply.limited) rate_.limited(now, reply.silence);
  if (reply.ok) {
    writes_stopped_.clear();
    blocks_ = 0;
  }
  learn_right(call, reply, now);
  learn_block(reply, now);
}

void ApiAccount::learn_right(const ApiCall& call, const ApiReply& reply, Duration now) {
  const bool denied = reply.code == kCodeUnauthorized;
  if (!reply.ok && !denied) {
    // Any refusal of the matter itself proves that the action as such is permitted.
    const ErrorClass what = classify(reply.code, reply.status, config_.money_words);
    const bool judged = !reply.code.empty() && reply.status >= 400 && reply.status < 500 &&
                        (what == ErrorClass::kState || what == ErrorClass::kMoney);
    if (!judged) return;
  }
  Right& right = rights_[{call.service, call.action}];
  if (!denied) {
    right = {.granted = true, .denials = 0, .denied_until = {}};
    return;
  }
  ++right.denials;
  right.denied_until = now + limits_.denied_for;
  if (right.denials == 1 || right.denials == kDenialsThatCount) {
    log_warn("api-permission", {{"account", printable(config_.name)},
                                {"product", std::string(to_string(call.service))},
                                {"action", call.action},
                                {"granted", "false"}});
  }
}

void ApiAccount::learn_block(const ApiReply& reply, Duration now) {
  if (!reply.blocked || now < blocked_until_) return;
  blocked_until_ = now + doubled(limits_.blocked_for, blocks_, kLongestBlock);
  ++blocks_;
  blocked_code_ = reply.code;
  log_error("api-blocked",
            {{"account", printable(config_.name)}, {"code", reply.code}, {"advice", alarm(now)}});
}

void ApiAccount::learn_reachable(bool answered, const std::string& why, Duration now) {
  if (answered) {
    if (silent_batches_ >= kSilentBatches) {
      log_info("api-answers-again", {{"account", printable(config_.name)}});
    }
    silent_batches_ = 0;
    return;
  }
  ++silent_batches_;
  down_why_ = why;
  if (silent_batches_ < kSilentBatches) return;
  down_until_ = now + doubled(limits_.down_for, silent_batches_ - kSilentBatches, kLongestDown);
  if (silent_batches_ == kSilentBatches) {
    log_warn("api-silent", {{"account", printable(config_.name)}, {"why", why}});
  }
}

bool ApiAccount::adopt_server_clock() {
  if (!skew_) return false;
  // Where the offset in use is what was refused, our own clock may be right again.
  const Duration wanted = std::chrono::abs(*skew_) < kNotableSkew ? Duration::zero() : *skew_;
  if (std::chrono::abs(wanted - signing_offset_) < 1s) return false;
  signing_offset_ = wanted;
  log_warn("clock-skew",
           {{"account", printable(config_.name)},
            {"server_minus_local", format(std::chrono::abs(*skew_))},
            {"direction", *skew_ < Duration::zero() ? "ours is ahead" : "ours is late"}});
  return true;
}

void ApiAccount::stop_writes(const std::string& code) {
  if (writes_stopped_.empty()) {
    log_error("api-credentials", {{"account", printable(config_.name)}, {"code", code}});
  }
  writes_stopped_ = code;
}

Error ApiAccount::describe(const ApiCall& call, const ApiReply& reply) const {
  const ErrorClass what = classify(reply.code, reply.status, config_.money_words);
  ErrorKind kind = kind_of(reply.code, reply.status, what, call.effect);
  if (reply.never_sent) kind = ErrorKind::kTransient;
  std::string text = std::string(to_string(call.service)) + " " + call.action + ": ";
  text += reply.status == 0 ? "no answer" : reply.code_or_status();
  if (reply.status != 0 && !reply.code.empty())
    text += " (HTTP " + std::to_string(reply.status) + ")";
  if (!reply.message.empty()) text += ": " + reply.message;
  if (kind == ErrorKind::kUnknownOutcome) text += "; whether it was carried out is not known";
  Error described =
      error(kind, credentials_ ? credentials_->redact(text) : text, reply.code_or_status());
  described.request_id = reply.request_id;
  return described;
}

std::optional<bool> ApiAccount::allowed(Service service, const std::string& action) const {
  const auto right = rights_.find({service, action});
  if (right == rights_.end()) return std::nullopt;
  return !known_denied(right->second);
}

std::string ApiAccount::alarm(Duration now) const {
  if (!credentials_) return credentials_error_;
  if (now < blocked_until_) {
    return "a network layer in front of the API blocks this machine (" + blocked_code_ +
           "): nothing is sent until it is asked again in " + format(blocked_until_ - now) +
           "; ask the provider to let this address through";
  }
  if (!writes_stopped_.empty()) {
    return "the API refuses the credentials (" + writes_stopped_ +
           "): no changes until they are put right; they are read again by themselves";
  }
  if (silent_batches_ >= kSilentBatches) return "the API does not answer: " + down_why_;
  if (skew_ && std::chrono::abs(*skew_) >= 2min) {
    return "this machine's clock is off by " + format(std::chrono::abs(*skew_)) +
           "; the API refuses signatures beyond 5 minutes";
  }
  return {};
}

int ApiAccount::changes_within(Duration span, Duration now) const {
  const bool silent = silent_batches_ >= kSilentBatches;
  if (!credentials_ || !writes_stopped_.empty() || now < blocked_until_ || silent) return 0;
  return rate_.changes_within(span, now);
}

}  // namespace penstock
