#include "daemon/prometheus_source.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

std::string query_url(std::string_view base) {
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + "/api/v1/query";
}

Error failed(ErrorKind kind, const std::string& url, const std::string& what,
             std::string code = {}) {
  return Error{kind, shown_url(url) + ": " + printable(what, 512), std::move(code), {}};
}

/// Why an answer of the API that reports an error did so, in terms of what the caller does.
ErrorKind kind_of(const VectorSummary& summary) {
  if (summary.error_type == "bad_data") return ErrorKind::kInvalid;
  if (summary.error_type == "execution") return ErrorKind::kRefused;
  return ErrorKind::kTransient;
}

Error http_error(const std::string& url, int status) {
  const std::string code = std::to_string(status);
  if (status == 401 || status == 403) {
    return failed(ErrorKind::kRefused, url,
                  "HTTP " + code + ": check the password, token or certificate files of the source",
                  code);
  }
  if (status == 404) {
    return failed(ErrorKind::kInvalid, url, "HTTP 404: no query API there; is the path right?",
                  code);
  }
  return failed(ErrorKind::kTransient, url, "HTTP " + code, code);
}

bool same_question(const PolicyQuestion& question, const Traffic& b) {
  const Traffic& a = question.policy->traffic;
  return a.query == b.query && a.key == b.key && a.unit == b.unit && a.window == b.window;
}

/// A query that ends in a range gives no vector; of each its newest value counts.
std::string range_query(const std::string& query) {
  const std::size_t end = query.find_last_not_of(" \t\n");
  const bool range = end != std::string::npos && query[end] == ']';
  return range ? "last_over_time(" + query + ")" : query;
}

}  // namespace

PrometheusSource::PrometheusSource(SourceConfig config, SecretReader read_secret)
    : config_(std::move(config)), auth_(config_, std::move(read_secret)) {}

bool PrometheusSource::is_asked_again(TimePoint now,
                                      std::span<const PolicyQuestion> questions) const {
  if (asked_at_ == TimePoint::min() || config_.interval <= Duration{0}) return true;
  const auto has_nothing = [](const Ask& ask) { return ask.best.empty(); };
  if (std::any_of(asks_.begin(), asks_.end(), has_nothing)) return true;
  // A quarter of the interval is left to ticks that come a little early.
  if (now < asked_at_ || now - asked_at_ >= config_.interval - config_.interval / 4) return true;
  return !std::equal(questions.begin(), questions.end(), asked_.begin(), asked_.end(),
                     same_question);
}

void PrometheusSource::begin(std::span<const PolicyQuestion> questions, TimePoint now) {
  const bool ask = is_asked_again(now, questions);
  questions_.assign(questions.begin(), questions.end());
  now_ = now;
  reread_ = false;
  under_way_.clear();
  if (!ask) return;  // the last answers stand
  asked_at_ = now;
  asks_.clear();
  asked_.clear();
  for (const PolicyQuestion& question : questions_) asked_.push_back(question.policy->traffic);
  for (std::size_t i = 0; i < questions_.size(); ++i) add_ask(i);
}

void PrometheusSource::add_ask(std::size_t question) {
  const std::string& query = questions_[question].policy->traffic.query;
  bool known = false;
  for (Ask& ask : asks_) {
    if (ask.query != query) continue;
    ask.questions.push_back(question);
    known = true;
  }
  if (known) return;
  Ask ask;
  ask.query = query;
  ask.questions.push_back(question);
  for (std::size_t i = 0; i < config_.urls.size(); ++i) {
    ask.urls.push_back((healthy_ + i) % config_.urls.size());
  }
  if (!config_.union_urls) {
    asks_.push_back(std::move(ask));
    return;
  }
  for (std::size_t url = 0; url < config_.urls.size(); ++url) {
    asks_.push_back(ask);
    asks_.back().urls = {url};
  }
}

std::vector<HttpRequest> PrometheusSource::requests() {
  std::vector<HttpRequest> requests;
  under_way_.clear();
  for (std::size_t i = 0; i < asks_.size(); ++i) {
    Ask& ask = asks_[i];
    if (ask.done) continue;
    if (ask.tried >= ask.urls.size()) {
      ask.done = true;
      continue;
    }
    HttpRequest request;
    request.method = "POST";
    request.url = query_url(config_.urls[ask.urls[ask.tried]]);
    if (const Status ready = auth_.apply(request); !ready) {
      ask.errors.push_back(ready.error());
      ask.done = true;
      continue;
    }
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.headers.emplace_back("Accept", "application/json");
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(config_.timeout).count();
    request.body = "query=" + url_encode(ask.query) + "&timeout=" + std::to_string(seconds) + "s";
    under_way_.push_back(i);
    requests.push_back(std::move(request));
  }
  return requests;
}

void PrometheusSource::take(std::span<const HttpResponse> responses) {
  assert(responses.size() == under_way_.size());
  for (std::size_t i = 0; i < responses.size(); ++i) take_one(asks_[under_way_[i]], responses[i]);
  under_way_.clear();
}

void PrometheusSource::take_one(Ask& ask, const HttpResponse& response) {
  const std::size_t url = ask.urls[ask.tried];
  if ((response.status == 401 || response.status == 403) && !reread_) {
    reread_ = true;
    if (auth_.reread()) return;  // the same server again, with the new secret
  }
  ++ask.tried;
  if (!response.complete()) {
    ask.errors.push_back(failed(ErrorKind::kTransient, config_.urls[url], response.failure));
  } else if (read_answers(ask, response)) {
    ask.done = true;
    if (!config_.union_urls) healthy_ = url;
  }
}

/// True when nothing better can come from another server: a whole answer, or a wrong query.
bool PrometheusSource::read_answers(Ask& ask, const HttpResponse& response) {
  const std::string& url = config_.urls[ask.urls[ask.tried - 1]];
  // The API reports its own errors with these; everything else speaks for a proxy or another site.
  const bool api_answer = response.status == 200 || response.status == 400 ||
                          response.status == 422 || response.status == 503;
  if (!api_answer) {
    ask.errors.push_back(http_error(url, response.status));
    return false;
  }
  std::vector<TrafficAnswer> answers;
  bool whole = true;
  for (const std::size_t question : ask.questions) {
    Result<VectorSummary> summary = VectorSummary{};
    answers.push_back(read_one(*questions_[question].policy, response, summary));
    if (!summary) {
      ask.errors.push_back(response.status == 200
                               ? failed(ErrorKind::kTransient, url, summary.error().message)
                               : http_error(url, response.status));
      return false;
    }
    if (!summary->success) {
      ask.errors.push_back(failed(kind_of(*summary), url,
                                  summary->error_type + ": " + summary->error,
                                  std::to_string(response.status)));
      return summary->error_type == "bad_data";
    }
    whole = whole && !summary->partial && summary->warnings.empty();
  }
  ask.best = std::move(answers);
  return whole;
}

TrafficAnswer PrometheusSource::read_one(const Policy& policy, const HttpResponse& response,
                                         Result<VectorSummary>& summary) {
  AnswerBuilder builder(policy, now_);
  // A server whose clock is ahead dates its answer later than it can be.
  const TimePoint latest = now_ + response.elapsed;
  summary = reader_.read(response.body, policy.traffic.key, [&](const VectorPoint& point) {
    if (!point.key) {
      builder.drop_keyless();
      return;
    }
    const bool ahead = point.at > latest && point.at <= now_ + kClockTolerance;
    builder.add({.key = *point.key,
                 .value = point.value.value_or(std::numeric_limits<double>::quiet_NaN()),
                 .at = ahead ? latest : point.at,
                 .span = policy.traffic.window});
  });
  if (!summary) return {};
  if (!summary->keyless.empty()) builder.explain_keyless(summary->keyless);
  for (const std::string& warning : summary->warnings) builder.note("the server warns: " + warning);
  if (summary->partial) builder.note("the server says that its answer is partial");
  TrafficAnswer answer = builder.take();
  if (summary->partial || !summary->warnings.empty()) {
    for (KeyedSample& each : answer.samples) each.lower_bound = true;
  }
  return answer;
}

std::vector<TrafficAnswer> PrometheusSource::answers() {
  std::vector<TrafficAnswer> answers;
  answers.reserve(questions_.size());
  for (std::size_t question = 0; question < questions_.size(); ++question) {
    answers.push_back(answer_to(question));
  }
  return answers;
}

TrafficAnswer PrometheusSource::answer_to(std::size_t question) {
  const Policy& policy = *questions_[question].policy;
  AnswerBuilder together(policy, now_);  // of several regions
  std::vector<TrafficAnswer*> parts;
  std::vector<const Error*> errors;
  for (Ask& ask : asks_) {
    const auto place = std::find(ask.questions.begin(), ask.questions.end(), question);
    if (place == ask.questions.end()) continue;
    for (const Error& error : ask.errors) errors.push_back(&error);
    if (ask.best.empty()) continue;
    parts.push_back(&ask.best[static_cast<std::size_t>(place - ask.questions.begin())]);
  }
  for (const Error* error : errors) together.note(error->message);
  TrafficAnswer answer;
  if (parts.size() == 1) {
    // Unless it stands for the next tick as well it need not be copied.
    answer = config_.interval > Duration{} ? *parts.front() : std::move(*parts.front());
    for (std::string& note : together.take().notes) answer.notes.push_back(std::move(note));
  } else {
    for (const TrafficAnswer* part : parts) together.merge(*part);
    answer = together.take();
  }
  answer.policy = &policy;
  answer.failures = errors.size();
  if (parts.empty() && !errors.empty()) answer.error = *errors.front();
  return answer;
}

std::vector<RangeReader> PrometheusSource::range_readers(const Policy& policy,
                                                         const PastSpan& span) const {
  const RangeQuestion question{
      .query = range_query(policy.traffic.query), .key = policy.traffic.key, .step = span.step};
  std::vector<RangeReader> readers;
  for (std::size_t url = 0; url < config_.urls.size(); ++url) {
    const bool asked = config_.union_urls || url == (healthy_ + past_turn_) % config_.urls.size();
    if (asked) readers.emplace_back(config_.urls[url], question);
  }
  return readers;
}

Result<std::vector<HttpRequest>> PrometheusSource::ask_past(const Policy& policy,
                                                            const PastSpan& span) {
  std::vector<HttpRequest> requests;
  for (const RangeReader& reader : range_readers(policy, span)) {
    requests.push_back(reader.request({.first = span.first, .points = span.points}));
    if (const Status ready = auth_.apply(requests.back()); !ready) return ready.error();
    requests.back().timeout = config_.timeout;
  }
  return requests;
}

Result<PastRead> PrometheusSource::read_past(const Policy& policy, const PastSpan& span,
                                             std::span<const HttpResponse> responses,
                                             const std::function<void(const PastSeries&)>& visit) {
  const double to_mbps = mbps_per(policy.traffic.unit);
  std::vector<Sample> samples;
  const RangeVisitor take = [&](const RangeSeries& series) {
    if (!series.key || series.key->empty()) return;
    samples.clear();
    for (const RangePoint& point : series.points) {
      const Rate egress{point.value.value_or(-1) * to_mbps};
      const bool usable = egress >= Rate{0} && egress <= kImplausible;  // not so if it is NaN
      if (usable) samples.push_back({.at = point.at, .span = span.step, .egress = egress});
    }
    visit({.key = *series.key, .samples = samples});
  };
  std::vector<RangeReader> readers = range_readers(policy, span);
  assert(responses.size() == readers.size());
  for (std::size_t i = 0; i < readers.size(); ++i) {
    const Result<RangeTaken> taken = readers[i].take(responses[i], take);
    if (taken && *taken == RangeTaken::kYes) continue;
    if (taken) return PastRead::kTooLarge;
    if (responses[i].status == 401 || responses[i].status == 403) auth_.reload();
    ++past_turn_;
    return taken.error();
  }
  return PastRead::kYes;
}

}  // namespace penstock
