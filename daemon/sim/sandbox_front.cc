#include "daemon/sim/sandbox_front.h"

#include <array>
#include <utility>

namespace penstock {
namespace {

constexpr std::string_view kApi = "/api/v2/";

struct Version {
  std::string_view service, date;
  bool modern;
};
/// zbc: the vendor's SDKs disagree about the day.
constexpr std::array kVersions{
    Version{"vm", "2023-03-13", false},  Version{"vm", "2026-04-01", true},
    Version{"bmc", "2022-11-20", false}, Version{"bmc", "2026-02-01", true},
    Version{"zbc", "2024-08-08", true},  Version{"zbc", "2024-08-09", true},
};

ServerResponse html_page() {
  ServerResponse response;
  response.status = 502;
  response.content_type = "text/html";
  response.body =
      "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
      "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
  return response;
}

ServerResponse challenge_page() {
  ServerResponse response;
  response.status = 403;
  response.content_type = "text/html; charset=UTF-8";
  response.headers = {{"cf-mitigated", "challenge"}};
  response.body = "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>";
  return response;
}

}  // namespace

struct SandboxFront::Incoming {
  std::string service, action, version, instance;
  const JsonDocument* body = nullptr;
};

SandboxFront::SandboxFront(SimCloud cloud, FrontSettings settings)
    : cloud_(std::move(cloud)),
      settings_(std::move(settings)),
      faults_(settings_.seed),
      random_(settings_.seed ^ 0x9e3779b97f4a7c15ULL) {}

ServerResponse SandboxFront::answer(const ServerRequest& request, TimePoint now) {
  refresh(now);
  return request.path.starts_with(kApi) ? provider(request, now) : control(request, now);
}

/// Faults that end in the meantime end at their time, not at the next call.
void SandboxFront::refresh(TimePoint now) {
  while (const std::optional<TimePoint> end = faults_.next_end(now)) {
    faults_.expire(*end);
    apply_conditions(*end);
  }
  cloud_.advance(now);
}

SimConditions SandboxFront::standing_conditions() const {
  return {.overdue = faults_.standing(FaultKind::kOverdue).has_value(),
          .short_balance = faults_.standing(FaultKind::kShortBalance).has_value(),
          .downgrades_vanish = faults_.standing(FaultKind::kDowngradeVanishes).has_value()};
}

void SandboxFront::apply_conditions(TimePoint now) {
  cloud_.set_conditions(standing_conditions(), now);
}

std::string SandboxFront::next_request_id() {
  std::string id = "T";
  for (const int digits : {8, 4, 4, 4, 12}) {
    if (id.size() > 1) id += '-';
    for (int i = 0; i < digits; ++i) {
      random_ = random_ * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
      id += "0123456789ABCDEF"[random_ >> 60U];
    }
  }
  return id;
}

ServerResponse SandboxFront::refused(const Refusal& refusal) {
  JsonWriter json;
  json.begin_object().key("requestId").string(next_request_id());
  json.key("code").string(refusal.code).key("message").string(refusal.message).end_object();
  ServerResponse response;
  response.status = refusal.status;
  response.body = json.take();
  return response;
}

ServerResponse SandboxFront::provider(const ServerRequest& request, TimePoint now) {
  Incoming incoming{.service = request.path.substr(kApi.size()),
                    .action = std::string(request.header("x-zc-action")),
                    .version = std::string(request.header("x-zc-version")),
                    .instance = ""};
  const Result<JsonDocument> body = JsonDocument::parse(request.body);
  if (body && body->root().is_object()) {
    incoming.body = &*body;
    incoming.instance = std::string(body->root()["instanceId"].string().value_or(""));
  }
  const FaultTarget target{incoming.action, incoming.instance};
  Duration delay{};
  if (const auto late = faults_.strike(FaultKind::kLatency, target)) delay = late->delay;
  ServerResponse response;
  if (std::optional<ServerResponse> struck = struck_before(incoming)) {
    response = std::move(*struck);
  } else if (request.method != "POST") {
    response = refused({405, "REQUEST_METHOD_NOT_SUPPORTED", "Only POST is supported."});
  } else if (const std::optional<Refusal> no = check_access(request, settings_.keys, now)) {
    response = refused(*no);
  } else {
    response = run(incoming, now);
    if (faults_.strike(FaultKind::kLostAnswer, target)) response.drop = true;
    if (faults_.strike(FaultKind::kTruncated, target)) {
      response.body.resize(response.body.size() / 2);
    }
  }
  response.delay += delay;
  return response;
}

std::optional<ServerResponse> SandboxFront::struck_before(const Incoming& incoming) {
  const FaultTarget target{incoming.action, incoming.instance};
  if (faults_.strike(FaultKind::kLostRequest, target)) {
    ServerResponse response;
    response.drop = true;
    return response;
  }
  if (faults_.strike(FaultKind::kChallenge, target)) return challenge_page();
  if (faults_.strike(FaultKind::kHtml, target)) return html_page();
  if (faults_.strike(FaultKind::kRateLimit, target)) {
    return refused({429, "REQUEST_LIMIT_EXCEEDED", "The request rate exceeds the limit."});
  }
  if (const auto hit = faults_.strike(FaultKind::kServerError, target)) {
    return refused({hit->status,
                    hit->status == 503 ? "SERVICE_TEMPORARY_UNAVAILABLE" : "INTERNAL_SERVER_ERROR",
                    "The service is not available now, try again later."});
  }
  return std::nullopt;
}

WireQuirks SandboxFront::quirks_for(const Incoming& incoming) {
  const FaultTarget target{incoming.action, incoming.instance};
  WireQuirks quirks;
  quirks.numbers_as_strings = faults_.strike(FaultKind::kNumbersAsStrings, target).has_value();
  quirks.price_as_object = faults_.strike(FaultKind::kPriceObject, target).has_value();
  if (const auto hit = faults_.strike(FaultKind::kPartialList, target)) {
    quirks.hidden_part = hit->part;
  }
  // An instance filter of this one chooses rows of a list as well, whose call names no instance.
  if (const auto words = faults_.standing(FaultKind::kUnknownWords)) {
    const FaultTarget by_action{incoming.action, words->instance};
    if (faults_.strike(FaultKind::kUnknownWords, by_action)) {
      quirks.unknown_words = true;
      quirks.unknown_words_for = words->instance;
    }
  }
  return quirks;
}

ServerResponse SandboxFront::run(const Incoming& incoming, TimePoint now) {
  const FaultTarget target{incoming.action, incoming.instance};
  const ProviderAction action = find_action(incoming.service, incoming.action);
  if (action == nullptr || faults_.strike(FaultKind::kDenied, target)) {
    return refused({403, "AUTHFAILURE_UNAUTHORIZED_OPERATION",
                    "The action [" + incoming.action + "] is not authorized or does not exist."});
  }
  bool modern = true;
  bool known = incoming.version.empty();  // some clients send none, and are served
  for (const Version& version : kVersions) {
    if (version.date != incoming.version) continue;
    known = true;
    modern = version.modern;
  }
  if (!known) {
    return refused({400, "INVALID_PARAMETER_VALUE",
                    "The version [" + incoming.version + "] is not supported."});
  }
  if (incoming.body == nullptr) {
    return refused({400, "INVALID_PARAMETER_TYPE", "The body must be a JSON object."});
  }
  SimConditions conditions = standing_conditions();
  if (incoming.action == "ModifyInstanceBandwidth") {
    conditions.changes_fail = faults_.strike(FaultKind::kChangeFails, target).has_value();
    if (const auto slow = faults_.strike(FaultKind::kSlowProcessing, target)) {
      conditions.extra_processing = slow->delay;
    }
  }
  cloud_.set_conditions(conditions, now);
  const WireQuirks quirks = quirks_for(incoming);
  const std::string request_id = next_request_id();
  WireWriter out(quirks.numbers_as_strings);
  out.begin_item().text("requestId", request_id).begin("response").text("requestId", request_id);
  ProviderCall call{.cloud = cloud_,
                    .rows = rows_,
                    .product = incoming.service == "bmc" ? Product::kBmc : Product::kVm,
                    .modern = modern,
                    .traffic_delay = settings_.traffic_delay,
                    .now = now,
                    .parameters = incoming.body->root(),
                    .quirks = quirks,
                    .out = out};
  const ProviderAnswer refusal = action(call);
  apply_conditions(now);
  if (refusal) return refused(*refusal);
  ServerResponse response;
  response.body = out.end().end().take();
  return response;
}

}  // namespace penstock
