#include "daemon/backtest_history.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <utility>

#include "daemon/address.h"
#include "daemon/curl_http.h"
#include "daemon/log.h"
#include "daemon/secret.h"

namespace penstock {

namespace {

constexpr std::int64_t kMaxPoints = 50'000'000;

Error wrong(const std::string& what) {
  return {.kind = ErrorKind::kInvalid, .message = what, .code = {}, .request_id = {}};
}

Error wrong_value(const std::string& option, const std::string& value, const std::string& want) {
  return wrong(option + ": \"" + printable(value, 64) + "\" is not " + want);
}

/// RFC 3339 or Unix seconds.
std::optional<TimePoint> point_in_time(const std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return parse_time(text);
  if (!(std::abs(seconds) < 1e11)) return std::nullopt;
  return TimePoint{Duration{std::llround(seconds * 1000)}};
}

Status set_times(const BacktestOptions& options, TimePoint now, HistoryQuestion& question) {
  const std::string expected = "a time such as 2026-01-31T00:00:00Z";
  const std::optional<TimePoint> to = options.to.empty()
                                          ? std::chrono::floor<std::chrono::seconds>(now)
                                          : point_in_time(options.to);
  if (!to) return wrong_value("--to", options.to, expected);
  if (options.from.empty()) return wrong("--prometheus needs --from");
  std::optional<TimePoint> from = point_in_time(options.from);
  if (const auto back = parse_duration(options.from); !from && back) from = *to - *back;
  if (!from) return wrong_value("--from", options.from, expected + ", or a duration such as 90d");
  const std::optional<Duration> step = parse_duration(options.step);
  if (!step || *step < 1s) return wrong_value("--step", options.step, "a duration such as 5m");
  if (*from >= *to) return wrong("--from is not before --to");
  if ((*to - *from) / *step > kMaxPoints) return wrong("--step is too short for that much time");
  question.from = *from;
  question.to = *to;
  question.step = *step;
  return ok();
}

Result<HttpHeaders> parse_headers(const std::vector<std::string>& texts) {
  HttpHeaders headers;
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    const std::size_t value = text.find_first_not_of(' ', colon + 1);
    if (colon == std::string::npos || colon == 0 || value == std::string::npos) {
      return wrong_value("--header", text, "\"NAME: VALUE\"");
    }
    headers.emplace_back(text.substr(0, colon), text.substr(value));
  }
  return headers;
}

Status check_access(const BacktestOptions& options, const Url& url) {
  const bool secret = !options.basic_password_file.empty() || !options.bearer_token_file.empty();
  if (!options.basic_user.empty() && !options.bearer_token_file.empty()) {
    return wrong("--basic-user and --bearer-token-file exclude each other");
  }
  if (!options.basic_password_file.empty() && options.basic_user.empty()) {
    return wrong("--basic-password-file needs --basic-user");
  }
  if (options.client_cert_file.empty() != options.client_key_file.empty()) {
    return wrong("--client-cert-file and --client-key-file need each other");
  }
  if (secret && url.scheme == "http" && !url.where.loopback) {
    return wrong("--prometheus: plain http would carry the password in the clear: use https");
  }
  return ok();
}

Result<History::Range> parse_range(const BacktestOptions& options, TimePoint now, double factor) {
  const Result<Url> url = parse_url(options.prometheus);
  if (!url) return wrong("--prometheus: the URL " + url.error().message);
  if (options.query.empty()) return wrong("--prometheus needs --query");
  if (const Status good = check_access(options, *url); !good) return good.error();
  Result<HttpHeaders> headers = parse_headers(options.headers);
  if (!headers) return headers.error();
  const std::optional<Duration> timeout = parse_duration(options.timeout);
  if (!timeout || *timeout < 1s) {
    return wrong_value("--timeout", options.timeout, "a duration such as 60s");
  }
  History::Range range;
  range.source.name = "history";
  range.source.urls = {options.prometheus};
  range.source.timeout = *timeout;
  range.source.headers = *std::move(headers);
  range.source.basic_user = options.basic_user;
  range.source.basic_password_file = options.basic_password_file;
  range.source.bearer_token_file = options.bearer_token_file;
  range.source.tls = {.ca_file = options.ca_file,
                      .client_cert_file = options.client_cert_file,
                      .client_key_file = options.client_key_file};
  range.question.query = options.query;
  range.question.key = options.key;
  range.question.scale = factor;
  if (const Status good = set_times(options, now, range.question); !good) return good.error();
  return range;
}

Result<std::string> read_secret(const std::string& path) {
  Result<Secret> secret = read_secret_file(path);
  if (!secret) return secret.error();
  return std::string(secret->expose());
}

}  // namespace

Result<History> parse_history(const BacktestOptions& options, TimePoint now) {
  const Result<double> factor = unit_factor(options.value_unit);
  if (!factor) return factor.error();
  History history{
      .traces = options.traces,
      .columns = {.time = options.time_column, .value = options.value_column, .scale = *factor},
      .range = {}};
  if (!options.prometheus.empty()) {
    Result<History::Range> range = parse_range(options, now, *factor);
    if (!range) return range.error();
    history.range = *std::move(range);
  } else if (!options.query.empty()) {
    return wrong("--query needs --prometheus");
  }
  if (history.traces.empty() && !history.range) {
    return wrong("nothing to replay: give --trace FILE or FOLDER, or --prometheus URL");
  }
  return history;
}

Result<std::vector<SeriesSource>> open_history(const History& history, bool progress) {
  std::vector<std::string> files;
  for (const std::string& path : history.traces) {
    Result<std::vector<std::string>> found = list_traces(path);
    if (!found) return found.error();
    files.insert(files.end(), found->begin(), found->end());
  }
  std::vector<SeriesSource> sources = trace_sources(files, history.columns);
  if (!history.range) return sources;
  HistoryProgress tell;
  if (progress_is_shown(progress)) {
    tell = [](double share) { std::fprintf(stderr, "history: %.0f %%\n", 100 * share); };
  }
  CurlHttp http;
  Result<std::vector<Series>> series =
      fetch_history(http, history.range->source, read_secret, history.range->question, tell);
  if (!series) return series.error();
  std::vector<SeriesSource> held = held_sources(*std::move(series));
  std::move(held.begin(), held.end(), std::back_inserter(sources));
  return sources;
}

}  // namespace penstock
