#include "daemon/range_reader.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "daemon/log.h"
#include "daemon/source_auth.h"

namespace penstock {

namespace {

constexpr std::size_t kMaxAnswer = std::size_t{64} << 20;

std::string range_url(std::string_view base) {
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + "/api/v1/query_range";
}

/// Unix seconds to the millisecond, exactly.
std::string seconds_text(TimePoint at) {
  const std::int64_t ms = at.time_since_epoch().count();
  return fmt::format("{}{}.{:03}", ms < 0 ? "-" : "", std::abs(ms) / 1000, std::abs(ms) % 1000);
}

}  // namespace

RangeReader::RangeReader(std::string_view base_url, RangeQuestion question)
    : question_(std::move(question)), url_(range_url(base_url)), shown_(shown_url(base_url)) {}

HttpRequest RangeReader::request(const RangePiece& piece) const {
  HttpRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  const TimePoint last = piece.first + (piece.points - 1) * question_.step;
  request.body = "query=" + url_encode(question_.query) + "&start=" + seconds_text(piece.first) +
                 "&end=" + seconds_text(last) + "&step=" + seconds_text(TimePoint{question_.step});
  request.max_bytes = kMaxAnswer;
  return request;
}

Result<RangeTaken> RangeReader::take(const HttpResponse& response, const RangeVisitor& visit) {
  if (!response.complete()) {
    if (response.too_long) return RangeTaken::kTooLarge;
    return failed(ErrorKind::kTransient, response.failure);
  }
  if (response.status == 401 || response.status == 403) {
    return failed(
        ErrorKind::kRefused,
        fmt::format("HTTP {}: check the password, token or certificate files", response.status));
  }
  const bool api_answer = response.status == 200 || response.status == 400 ||
                          response.status == 422 || response.status == 503;
  if (!api_answer) return failed(ErrorKind::kTransient, fmt::format("HTTP {}", response.status));
  const Result<VectorSummary> summary = reader_.read_range(response.body, question_.key, visit);
  if (!summary) return failed(ErrorKind::kTransient, summary.error().message);
  if (!summary->success) return refused(*summary);
  if (summary->partial) return failed(ErrorKind::kRefused, "the answer calls itself partial");
  return RangeTaken::kYes;
}

Error RangeReader::failed(ErrorKind kind, const std::string& what) const {
  return {
      .kind = kind, .message = shown_ + ": " + printable(what, 512), .code = {}, .request_id = {}};
}

/// "too many samples" is the server's own limit of size, which a smaller piece may keep.
Result<RangeTaken> RangeReader::refused(const VectorSummary& summary) const {
  if (summary.error.find("too many samples") != std::string::npos ||
      summary.error.find("exceeded maximum resolution") != std::string::npos) {
    return RangeTaken::kTooLarge;
  }
  const ErrorKind kind =
      summary.error_type == "bad_data" ? ErrorKind::kInvalid : ErrorKind::kRefused;
  return failed(kind, summary.error_type + ": " + summary.error);
}

}  // namespace penstock
