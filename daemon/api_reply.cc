#include "daemon/api_reply.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/log.h"

namespace penstock {
namespace {

constexpr std::size_t kMaxMessage = 200;
constexpr std::size_t kMaxRequestId = 64;
constexpr Duration kMaxSilence = 1min;

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

std::string plain_id(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxRequestId)) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || c == '-') out += c;
  }
  return out;
}

std::string text_of(JsonValue value) {
  return std::string(value.string().value_or(""));
}

/// The member that carries a code is named once in the documents; an HTTP 200 may carry one too.
void read_envelope(ApiReply& reply, JsonValue root) {
  reply.request_id = plain_id(text_of(root["requestId"]));
  reply.code = normalise_code(text_of(root["code"]));
  reply.message = printable(text_of(root["message"]), kMaxMessage);
  reply.ok = reply.status == 200 && reply.code.empty() && root["response"].is_object();
}

/// What lies in front of the API and answers in its stead.
void find_blocks(ApiReply& reply, const HttpResponse& http) {
  const bool challenge = reply.status == 403 && http.header("cf-mitigated") == "challenge";
  if (!challenge && reply.status != 451) return;
  reply.blocked = true;
  reply.code = challenge ? kCodeChallenge : kCodeBlocked;
  reply.message = "a network layer in front of the API refused the request";
}

Duration retry_after(const HttpResponse& http) {
  const std::optional<int> seconds = number(http.header("retry-after").value_or(""));
  return seconds ? std::min<Duration>(kMaxSilence, std::chrono::seconds{std::min(*seconds, 3600)})
                 : Duration::zero();
}

}  // namespace

ApiReply read_reply(const HttpResponse& http) {
  ApiReply reply;
  reply.status = http.status;
  if (!http.complete()) {
    reply.status = 0;
    reply.code = kCodeNetwork;
    reply.message = printable(http.failure, kMaxMessage);
    reply.never_sent = http.never_sent;
    return reply;
  }
  if (const auto date = http.header("date")) reply.server_time = parse_http_date(*date);
  Result<JsonDocument> document = JsonDocument::parse(http.body);
  if (document && document->root().is_object()) {
    reply.document = std::move(*document);
    read_envelope(reply, reply.document->root());
  }
  find_blocks(reply, http);
  if (!reply.ok && reply.code.empty()) {
    reply.message = reply.document ? "the answer has no response" : "the answer is not JSON";
    if (reply.status < 300) reply.code = kCodeBadBody;
  }
  reply.limited = reply.status == 429 || reply.code == kCodeLimit;
  if (reply.limited && reply.code.empty()) reply.code = kCodeLimit;
  if (!reply.ok) reply.silence = retry_after(http);
  return reply;
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::string_view kShape = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != kShape.size() || !text.ends_with(" GMT") || text[19] != ':' ||
      text[22] != ':') {
    return std::nullopt;
  }
  const auto* month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2)),
             second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{*year},
      std::chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return TimePoint{std::chrono::sys_days{date}} + std::chrono::hours{*hour} +
         std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

}  // namespace penstock
