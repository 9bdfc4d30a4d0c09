#include "daemon/prometheus_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "daemon/log.h"
#include "daemon/prometheus_vector.h"

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

/// One span of equally distant points.
struct Piece {
  TimePoint first;
  std::int64_t points = 0;
};

enum class Taken : std::uint8_t { kYes, kTooLarge };

class RangeReader {
 public:
  RangeReader(const SourceConfig& config, const SecretReader& read_secret,
              const HistoryQuestion& question)
      : question_(question),
        url_(range_url(config.urls.front())),
        shown_(shown_url(config.urls.front())),
        auth_(config, read_secret) {}

  Result<HttpRequest> request(const Piece& piece) {
    HttpRequest request;
    request.method = "POST";
    request.url = url_;
    if (const Status ready = auth_.apply(request); !ready) return ready.error();
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.headers.emplace_back("Accept", "application/json");
    const TimePoint last = piece.first + (piece.points - 1) * question_.step;
    request.body = "query=" + url_encode(question_.query) + "&start=" + seconds_text(piece.first) +
                   "&end=" + seconds_text(last) +
                   "&step=" + seconds_text(TimePoint{question_.step});
    request.max_bytes = kMaxAnswer;
    return request;
  }

  Result<Taken> take(const HttpResponse& response) {
    if (!response.complete()) {
      if (response.too_long) return Taken::kTooLarge;
      return failed(ErrorKind::kTransient, response.failure);
    }
    if (response.status == 401 || response.status == 403) {
      return failed(
          ErrorKind::kRefused,
          fmt::format("HTTP {}: check the password, token or certificate files", response.status));
    }
    const bool api_answer = response.status == 200 || response.status == 400 ||
                            response.status == 422 || response.status == 503;
    if (!api_answer) {
      return failed(ErrorKind::kTransient, fmt::format("HTTP {}", response.status));
    }
    std::optional<Error> bad;
    const Result<VectorSummary> summary =
        reader_.read_range(response.body, question_.key, [&](const RangeSeries& series) {
          if (!bad) bad = add(series);
        });
    if (!summary) return failed(ErrorKind::kTransient, summary.error().message);
    if (!summary->success) return refused(*summary);
    if (bad) return *bad;
    if (summary->partial) return failed(ErrorKind::kRefused, "the answer calls itself partial");
    seen_.clear();
    return Taken::kYes;
  }

  std::vector<Series> series() {
    std::vector<Series> all;
    all.reserve(series_.size());
    for (auto& [name, series] : series_) {
      if (!series.at.empty()) all.push_back(std::move(series));
    }
    return all;
  }

 private:
  Error failed(ErrorKind kind, const std::string& what) const {
    return {.kind = kind,
            .message = shown_ + ": " + printable(what, 512),
            .code = {},
            .request_id = {}};
  }

  /// "too many samples" is the server's own limit of size, which a smaller piece may keep.
  Result<Taken> refused(const VectorSummary& summary) const {
    if (summary.error.find("too many samples") != std::string::npos ||
        summary.error.find("exceeded maximum resolution") != std::string::npos) {
      return Taken::kTooLarge;
    }
    const ErrorKind kind =
        summary.error_type == "bad_data" ? ErrorKind::kInvalid : ErrorKind::kRefused;
    return failed(kind, summary.error_type + ": " + summary.error);
  }

  std::optional<Error> add(const RangeSeries& range) {
    const std::string name(range.key ? *range.key : range.labels);
    if (!seen_.emplace(name, true).second) {
      return failed(ErrorKind::kInvalid, "two series are called " + name +
                                             ": sum them in the query, or name another --key");
    }
    Series& series = series_[name];
    series.name = name;
    for (const RangePoint& point : range.points) {
      if (!point.value || std::isnan(*point.value)) continue;
      const TimePoint at = point.at - question_.step;
      const double mbps = *point.value * question_.scale;
      if (!(mbps >= 0) || std::isinf(mbps)) {
        return failed(ErrorKind::kInvalid, fmt::format("{} is {} at {}: not a bandwidth", name,
                                                       *point.value, format(point.at)));
      }
      // A server that repeats a point at a seam must not break the order.
      if (!series.at.empty() && at <= series.at.back()) continue;
      if (++samples_ > kMaxHistorySamples) {
        return failed(ErrorKind::kInvalid,
                      fmt::format("more than {} samples: ask for less time, a longer step or fewer "
                                  "series",
                                  kMaxHistorySamples));
      }
      series.at.push_back(at);
      series.demand.push_back(mbps);
    }
    return std::nullopt;
  }

  const HistoryQuestion& question_;
  std::string url_;
  std::string shown_;
  SourceAuth auth_;
  VectorReader reader_;
  std::map<std::string, Series> series_;
  std::map<std::string, bool> seen_;  ///< names of the piece being read
  std::size_t samples_ = 0;
};

}  // namespace

Result<std::vector<Series>> fetch_history(Http& http, const SourceConfig& config,
                                          const SecretReader& read_secret,
                                          const HistoryQuestion& question,
                                          const HistoryProgress& progress) {
  RangeReader history(config, read_secret, question);
  const std::int64_t total = (question.to - question.from) / question.step + 1;
  std::int64_t size = kMaxRangePoints;
  for (std::int64_t done = 0; done < total;) {
    const Piece piece{.first = question.from + done * question.step,
                      .points = std::min(size, total - done)};
    const Result<HttpRequest> request = history.request(piece);
    if (!request) return request.error();
    const std::vector<HttpResponse> responses = http.fetch_all({&*request, 1});
    const Result<Taken> taken = history.take(responses.front());
    if (!taken) return taken.error();
    if (*taken == Taken::kTooLarge) {
      if (piece.points == 1) {
        return Error{.kind = ErrorKind::kRefused,
                     .message = shown_url(config.urls.front()) +
                                ": even one step of all series is too much: ask for fewer series",
                     .code = {},
                     .request_id = {}};
      }
      size = (piece.points + 1) / 2;
      continue;
    }
    done += piece.points;
    if (progress) progress(static_cast<double>(done) / static_cast<double>(total));
  }
  std::vector<Series> series = history.series();
  if (series.empty()) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = shown_url(config.urls.front()) +
                            ": the query gives no sample between " + format(question.from) +
                            " and " + format(question.to),
                 .code = {},
                 .request_id = {}};
  }
  return series;
}

}  // namespace penstock
