#include "daemon/prometheus_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "daemon/range_reader.h"

namespace penstock {

namespace {

/// What pieces of a range add up to.
class Gathered {
 public:
  Gathered(const RangeReader& reader, const HistoryQuestion& question)
      : reader_(reader), question_(question) {}

  void begin_piece() { seen_.clear(); }
  const std::optional<Error>& bad() const { return bad_; }
  void add(const RangeSeries& range) {
    if (!bad_) bad_ = added(range);
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
  std::optional<Error> added(const RangeSeries& range) {
    const std::string name(range.key ? *range.key : range.labels);
    if (!seen_.emplace(name, true).second) {
      return reader_.failed(
          ErrorKind::kInvalid,
          "two series are called " + name + ": sum them in the query, or name another --key");
    }
    Series& series = series_[name];
    series.name = name;
    for (const RangePoint& point : range.points) {
      if (!point.value || std::isnan(*point.value)) continue;
      const TimePoint at = point.at - question_.step;
      const double mbps = *point.value * question_.scale;
      if (!(mbps >= 0) || std::isinf(mbps)) {
        return reader_.failed(
            ErrorKind::kInvalid,
            fmt::format("{} is {} at {}: not a bandwidth", name, *point.value, format(point.at)));
      }
      // A server that repeats a point at a seam must not break the order.
      if (!series.at.empty() && at <= series.at.back()) continue;
      if (++samples_ > kMaxHistorySamples) {
        return reader_.failed(
            ErrorKind::kInvalid,
            fmt::format("more than {} samples: ask for less time, a longer step or fewer "
                        "series",
                        kMaxHistorySamples));
      }
      series.at.push_back(at);
      series.demand.push_back(mbps);
    }
    return std::nullopt;
  }

  const RangeReader& reader_;
  const HistoryQuestion& question_;
  std::map<std::string, Series> series_;
  std::map<std::string, bool> seen_;  ///< names of the piece being read
  std::size_t samples_ = 0;
  std::optional<Error> bad_;
};

}  // namespace

Result<std::vector<Series>> fetch_history(Http& http, const SourceConfig& config,
                                          const SecretReader& read_secret,
                                          const HistoryQuestion& question,
                                          const HistoryProgress& progress) {
  RangeReader reader(config.urls.front(),
                     {.query = question.query, .key = question.key, .step = question.step});
  SourceAuth auth(config, read_secret);
  Gathered history(reader, question);
  const std::int64_t total = (question.to - question.from) / question.step + 1;
  std::int64_t size = kMaxRangePoints;
  for (std::int64_t done = 0; done < total;) {
    const RangePiece piece{.first = question.from + done * question.step,
                           .points = std::min(size, total - done)};
    HttpRequest request = reader.request(piece);
    if (const Status ready = auth.apply(request); !ready) return ready.error();
    const std::vector<HttpResponse> responses = http.fetch_all({&request, 1});
    history.begin_piece();
    const Result<RangeTaken> taken =
        reader.take(responses.front(), [&](const RangeSeries& series) { history.add(series); });
    if (!taken) return taken.error();
    if (history.bad()) return *history.bad();
    if (*taken == RangeTaken::kTooLarge) {
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
