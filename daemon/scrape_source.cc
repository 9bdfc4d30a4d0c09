#include "daemon/scrape_source.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "daemon/answer_builder.h"
#include "daemon/log.h"

namespace penstock {
namespace {

constexpr std::size_t kMaxPageBytes = 32U << 20;
constexpr std::size_t kMaxSeriesOfOneInstance = 4096;
constexpr Duration kForgetPage = 1h;

CounterLimits limits_for(const ScrapeTarget& target, Duration interval) {
  CounterLimits limits;
  // After a longer silence a restart of the counters could hide behind larger values.
  limits.longest_gap = std::max<Duration>(4 * interval, 1min);
  if (!target.instance_id.empty()) limits.series = kMaxSeriesOfOneInstance;
  return limits;
}

/// The labels in a fixed order, so that a series is recognised on the next page.
std::string identity(const ExpositionSample& sample) {
  std::vector<ExpositionLabel> labels(sample.labels.begin(), sample.labels.end());
  std::sort(labels.begin(), labels.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string out;
  for (const ExpositionLabel& label : labels) {
    out.append(label.name).append(1, '\0').append(label.value).append(1, '\0');
  }
  return out;
}

}  // namespace

ScrapeSource::ScrapeSource(SourceConfig config, SecretReader read_secret)
    : config_(std::move(config)),
      auth_(config_, std::move(read_secret)),
      interval_(config_.interval > Duration{0} ? config_.interval : kDefaultInterval),
      targets_(config_.targets.size()) {}

const ScrapeSource::Watch* ScrapeSource::watch_for(const Traffic& traffic) {
  const std::pair<std::string, std::string> name{traffic.query, traffic.key};
  auto found = watches_.find(name);
  if (found == watches_.end()) {
    Watch watch{traffic.query, traffic.key, SeriesSelector::parse(traffic.query)};
    found = watches_.emplace(name, std::move(watch)).first;
  }
  return &found->second;
}

void ScrapeSource::forget_watches() {
  for (auto entry = watches_.begin(); entry != watches_.end();) {
    if (entry->second.wanted) {
      ++entry;
      continue;
    }
    for (Target& target : targets_) {
      target.rates.erase(&entry->second);
      target.keyless.erase(&entry->second);
    }
    entry = watches_.erase(entry);
  }
}

Duration ScrapeSource::phase_of(std::size_t target) const {
  std::uint64_t hash = 1'469'598'103'934'665'603U;  // FNV-1a: the same in every run
  for (const char c : config_.targets[target].url) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  }
  return Duration{static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(interval_.count()))};
}

void ScrapeSource::begin(std::span<const PolicyQuestion> questions, TimePoint now) {
  questions_.assign(questions.begin(), questions.end());
  now_ = now;
  reread_ = false;
  for (auto& [name, watch] : watches_) watch.wanted = false;
  for (const PolicyQuestion& question : questions_) {
    watches_.at({watch_for(question.policy->traffic)->query, question.policy->traffic.key}).wanted =
        true;
  }
  forget_watches();

  to_fetch_.clear();
  under_way_.clear();
  // Ticks that come a little early still find their endpoints due.
  const Duration early = interval_ / 4;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    Target& target = targets_[i];
    target.failed_now = false;
    // A clock that was set back must not silence an endpoint until it has caught up.
    const bool far_off = target.next_at > now + 2 * interval_;
    if (now + early < target.next_at && !far_off) continue;
    to_fetch_.push_back(i);
    const Duration phase = phase_of(i);
    const Duration since = now.time_since_epoch() + early - phase;
    target.next_at = TimePoint{(since / interval_ + 1) * interval_ + phase};
  }
}

std::vector<HttpRequest> ScrapeSource::requests() {
  std::vector<HttpRequest> requests;
  under_way_.clear();
  for (const std::size_t i : std::exchange(to_fetch_, {})) {
    HttpRequest request;
    request.url = config_.targets[i].url;
    request.max_bytes = kMaxPageBytes;
    if (const Status ready = auth_.apply(request); !ready) {
      targets_[i].error = ready.error().message;
      targets_[i].failed_now = true;
      continue;
    }
    request.headers.emplace_back("Accept", "text/plain;version=0.0.4");
    under_way_.push_back(i);
    requests.push_back(std::move(request));
  }
  return requests;
}

void ScrapeSource::take(std::span<const HttpResponse> responses) {
  assert(responses.size() == under_way_.size());
  const bool may_reread = !reread_;
  for (std::size_t i = 0; i < responses.size(); ++i) {
    const HttpResponse& response = responses[i];
    if ((response.status == 401 || response.status == 403) && may_reread) {
      // One reading serves all endpoints: they share the source's credentials.
      const bool changed = reread_ ? !to_fetch_.empty() : auth_.reread();
      reread_ = true;
      if (changed) {
        to_fetch_.push_back(under_way_[i]);
        continue;
      }
    }
    Target& target = targets_[under_way_[i]];
    target.error = read_page(under_way_[i], response);
    target.failed_now = !target.error.empty();
  }
  under_way_.clear();
}

/// Returns why the page was not used; empty if it was.
std::string ScrapeSource::read_page(std::size_t index, const HttpResponse& response) {
  const ScrapeTarget& config = config_.targets[index];
  const std::string where = shown_url(config.url) + ": ";
  if (!response.complete()) return where + printable(response.failure);
  if (response.status != 200) return where + "HTTP " + std::to_string(response.status);

  const TimePoint read_at = now_ + response.elapsed;
  std::map<const Watch*, std::vector<CounterRow>> pages;
  std::map<const Watch*, std::uint64_t> keyless;
  for (const auto& [name, watch] : watches_) {
    if (watch.selector) pages[&watch];
  }
  const Result<std::size_t> count =
      parse_exposition(response.body, [&](const ExpositionSample& sample) {
        for (auto& [watch, rows] : pages) {
          if (!watch->selector->matches(sample)) continue;
          std::string key = config.instance_id;
          if (key.empty()) key = sample.label(watch->key).value_or(std::string_view{});
          if (key.empty() || key.size() > kMaxKeyBytes) {
            ++keyless[watch];
          } else {
            rows.push_back(
                {std::move(key), identity(sample), sample.value, sample.at.value_or(read_at)});
          }
        }
      });
  if (!count) return where + count.error().message;

  Target& target = targets_[index];
  target.keyless = std::move(keyless);
  target.read_at = read_at;
  for (auto& [watch, rows] : pages) {
    const auto rates = target.rates.try_emplace(watch, limits_for(config, interval_)).first;
    rates->second.take(std::move(rows), read_at);
  }
  return {};
}

void ScrapeSource::add_target(const Target& target, const Watch& watch, AnswerBuilder& builder,
                              Duration max_age) const {
  const auto rates = target.rates.find(&watch);
  // An endpoint that has been silent for so long says nothing any more, not even that it is stale.
  if (rates == target.rates.end() || now_ - target.read_at > kForgetPage) return;
  for (const KeyedSample& each : rates->second.samples()) {
    const Sample& sample = each.sample;
    if (sample.at < now_ - max_age) {
      builder.drop_stale(each.key, sample.at);
    } else {
      builder.add({each.key, sample.egress.mbps(), sample.at, sample.span, each.lower_bound}, 1.0);
    }
  }
  builder.merge(rates->second.dropped());
  for (const std::string& note : rates->second.notes()) builder.note(note);
  if (const auto found = target.keyless.find(&watch); found != target.keyless.end()) {
    Dropped dropped;
    dropped.no_key = found->second;
    builder.merge(dropped);
    builder.explain_keyless("the endpoint has no instance_id and the label is missing");
  }
}

std::vector<TrafficAnswer> ScrapeSource::answers() {
  std::vector<TrafficAnswer> answers;
  for (const PolicyQuestion& question : questions_) {
    const Traffic& traffic = question.policy->traffic;
    const Watch& watch = *watch_for(traffic);
    AnswerBuilder builder(*question.policy, now_);
    std::size_t failing = 0, failed_now = 0;
    const std::string* first_error = nullptr;
    for (const Target& target : targets_) {
      add_target(target, watch, builder, traffic.max_age);
      if (target.error.empty()) continue;
      builder.note(target.error);
      if (first_error == nullptr) first_error = &target.error;
      ++failing;
      failed_now += target.failed_now ? 1 : 0;
    }
    TrafficAnswer answer = builder.take();
    answer.failures = failed_now;
    if (!watch.selector) {
      answer.error = watch.selector.error();
    } else if (first_error != nullptr && failing == targets_.size()) {
      answer.error = Error{ErrorKind::kTransient, *first_error, {}, {}};
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace penstock
