#include "daemon/warm_up.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/log.h"

namespace penstock {

namespace {

constexpr Duration kLookEvery = 10s;
/// With less time than this until the next tick nothing is begun.
constexpr Duration kLeastLeft = 500ms;
constexpr Duration kLongestWait = 5s;
constexpr Duration kFirstRetry = 30s;
constexpr int kMostDoublings = 7;  ///< of it: about an hour
constexpr double kTellEvery = 0.25;
/// Shapers let a little more through than they are set to.
constexpr double kOverCap = 1.02;

std::string percent_text(double share) {
  return std::to_string(static_cast<int>(share * 100)) + " %";
}

bool timed_out(std::span<const HttpResponse> responses, Duration timeout) {
  return std::ranges::any_of(responses, [timeout](const HttpResponse& response) {
    return !response.complete() && response.elapsed >= timeout * 9 / 10;
  });
}

}  // namespace

bool WarmUp::run(Fleet& fleet, const Gather& gather, Duration left) {
  if (left < kLeastLeft) return false;
  const Duration now = clock_.monotonic();
  if (!job_ && now >= look_at_) {
    look_at_ = now + kLookEvery;
    begin(fleet, gather);
  }
  if (!job_ || now < job_->not_before) return false;
  // What has passed while it was read is the past by now.
  const Duration open = clock_.wall() - job_->next;
  if (open >= Duration::zero()) {
    ask(fleet, std::min(open / job_->step + 1, job_->points), left);
  } else {
    finish(fleet);
  }
  return true;
}

bool WarmUp::wanted(const Tracked& tracked, const Gather& gather, Duration now) const {
  const Policy* policy = tracked.policy;
  if (policy == nullptr || tracked.gone_at || policy->traffic.warm_up <= Duration::zero() ||
      forecast_rule_of(*policy) == nullptr) {
    return false;
  }
  const Duration live = tracked.forecast ? tracked.forecast->seen() : Duration::zero();
  if (tracked.past != nullptr || live >= std::min(kNew, policy->traffic.warm_up)) return false;
  const auto wait = not_before_.find(policy->name);
  if (wait != not_before_.end() && now < wait->second) return false;
  const SampleSource* source = gather.source_of(*policy);
  return source != nullptr && source->has_past();
}

void WarmUp::begin(const Fleet& fleet, const Gather& gather) {
  const Duration now = clock_.monotonic();
  const auto all = fleet.all();
  const auto first = std::ranges::find_if(
      all, [&](const Tracked& tracked) { return wanted(tracked, gather, now); });
  if (first == all.end()) return;
  const Policy& policy = *(*first).policy;
  // All of the fleet, so that a key which names two of them is doubt here as it is live.
  std::vector<const Instance*> instances;
  std::vector<std::optional<std::uint32_t>> pupil_of;
  std::vector<Pupil> pupils;
  for (const Tracked& tracked : all) {
    if (tracked.gone_at) continue;
    instances.push_back(tracked.instance.get());
    pupil_of.emplace_back();
    const bool taught =
        tracked.policy == &policy && pupils.size() < kMostInstances && wanted(tracked, gather, now);
    if (!taught) continue;
    pupil_of.back() = static_cast<std::uint32_t>(pupils.size());
    pupils.push_back({.key = tracked.key(), .forecast = {}});
  }
  const Duration step = std::max(kStep, policy.traffic.window);
  const TimePoint to{clock_.wall().time_since_epoch() / step * step};
  const TimePoint from = to - policy.traffic.warm_up / step * step;
  job_ = Job{.policy = &policy,
             .source = gather.source_of(policy),
             .index = InstanceIndex(instances, policy.traffic.join, policy.traffic.join_tag),
             .pupil_of = std::move(pupil_of),
             .pupils = std::move(pupils),
             .from = from,
             .next = from,
             .step = step,
             .begun = now};
  log_info("warm_up", {{"policy", policy.name},
                       {"instances", std::to_string(job_->pupils.size())},
                       {"reason", "reading the traffic since " + format(from)}});
}

void WarmUp::ask(Fleet& fleet, std::int64_t points, Duration left) {
  const Duration begun = clock_.monotonic();
  const PastSpan span{.first = job_->next, .step = job_->step, .points = points};
  Result<std::vector<HttpRequest>> requests = job_->source->ask_past(*job_->policy, span);
  if (!requests) {
    failed(requests.error());
    return;
  }
  const Duration timeout = std::min(left / 2, kLongestWait);
  for (HttpRequest& request : *requests) request.timeout = std::min(request.timeout, timeout);
  const std::vector<HttpResponse> responses = http_.fetch_all(*requests);
  ++job_->piece;
  Lessons lessons;
  const Result<PastRead> read = job_->source->read_past(
      *job_->policy, span, responses, [&](const PastSeries& series) { note(lessons, series); });
  const bool too_large =
      (read && *read == PastRead::kTooLarge) || (!read && timed_out(responses, timeout));
  if (too_large && points > 1) {
    job_->points = points / 2;
    return;
  }
  if (!read || too_large) {
    failed(read ? Error{ErrorKind::kRefused, "even one step of all instances is too much", {}, {}}
                : read.error());
    return;
  }
  teach(fleet, lessons);
  job_->next += points * job_->step;
  job_->failures = 0;
  error_.clear();
  fit(clock_.monotonic() - begun, lessons.series);
  tell_progress();
}

void WarmUp::note(Lessons& lessons, const PastSeries& series) {
  ++lessons.series;
  const std::span<const std::uint32_t> found = job_->index.find(series.key);
  for (const std::uint32_t position : found) {
    const auto pupil = job_->pupil_of[position];
    if (!pupil) continue;
    Pupil& named = job_->pupils[*pupil];
    named.doubtful = named.doubtful || found.size() > 1 || named.named_in == job_->piece;
    named.named_in = job_->piece;
    const std::size_t begin = lessons.samples.size();
    lessons.samples.insert(lessons.samples.end(), series.samples.begin(), series.samples.end());
    lessons.of.push_back({.pupil = *pupil, .begin = begin, .end = lessons.samples.size()});
  }
}

void WarmUp::teach(const Fleet& fleet, const Lessons& lessons) {
  const ForecastRule& rule = *forecast_rule_of(*job_->policy);
  for (const Lessons::Of& each : lessons.of) {
    Pupil& pupil = job_->pupils[each.pupil];
    const Tracked* tracked = fleet.find(pupil.key);
    if (tracked == nullptr) continue;
    const Rate cap = as_rate(tracked->cap);
    const Rate full = job_->policy->traffic.saturated_at * cap;
    for (std::size_t i = each.begin; i < each.end; ++i) {
      const Sample& sample = lessons.samples[i];
      const bool at_least =
          cap > Rate{0} && sample.egress >= full && sample.egress <= kOverCap * cap;
      pupil.forecast.observe({.sample = sample, .at_least = at_least, .rule = rule});
    }
  }
  job_->samples += lessons.samples.size();
}

/// The next piece is to take about kAim.
void WarmUp::fit(Duration took, std::size_t series) {
  job_->series = std::max(job_->series, series);
  if (took < kAim / 2) job_->points *= 2;
  if (took > kAim) job_->points /= 2;
  const std::int64_t most = kMostSamples / static_cast<std::int64_t>(job_->series + 1);
  job_->points = std::clamp<std::int64_t>(job_->points, 1, std::max<std::int64_t>(most, 1));
}

double WarmUp::share() const {
  const Duration all = clock_.wall() - job_->from;
  if (all <= Duration::zero()) return 1;
  const auto read = static_cast<double>((job_->next - job_->from).count());
  return std::min(1.0, read / static_cast<double>(all.count()));
}

void WarmUp::tell_progress() {
  if (share() < job_->told + kTellEvery) return;
  job_->told = share();
  log_info("warm_up", {{"policy", job_->policy->name},
                       {"read", percent_text(job_->told)},
                       {"samples", std::to_string(job_->samples)}});
}

void WarmUp::failed(const Error& error) {
  telemetry_.source_failed(job_->source->name());
  error_ = error.message;
  const bool hopeless = error.kind == ErrorKind::kInvalid;  // it will say the same to the rest
  const Duration wait =
      hopeless ? kPause : kFirstRetry * (1 << std::min(job_->failures, kMostDoublings));
  if (job_->failures++ == 0) {
    log_warn("warm_up", {{"policy", job_->policy->name},
                         {"error", error.message},
                         {"reason",
                          "forecasts begin without their past until it can be read; "
                          "asked again in " +
                              format(wait)}});
  }
  job_->not_before = clock_.monotonic() + wait;
  if (!hopeless) return;
  not_before_[job_->policy->name] = job_->not_before;
  job_.reset();
}

void WarmUp::finish(Fleet& fleet) {
  std::size_t warmed = 0;
  for (Pupil& pupil : job_->pupils) {
    Tracked* tracked = fleet.find(pupil.key);
    if (tracked == nullptr || tracked->policy != job_->policy) continue;
    const bool taught = !pupil.doubtful && !pupil.forecast.empty();
    if (taught) ++warmed;
    // Also where there was nothing to be had: it is not asked for again.
    tracked->past = std::make_shared<Forecast>(taught ? pupil.forecast : Forecast{});
    tracked->demand_dirty = true;
  }
  const Duration now = clock_.monotonic();
  const Duration took = now - job_->begun;
  log_info("warm_up", {{"policy", job_->policy->name},
                       {"instances", std::to_string(warmed)},
                       {"without_past", std::to_string(job_->pupils.size() - warmed)},
                       {"samples", std::to_string(job_->samples)},
                       {"took", format(took)}});
  const bool more = job_->pupils.size() == kMostInstances;
  if (!more) not_before_[job_->policy->name] = now + std::max(kPause, 10 * took);
  look_at_ = now;
  job_.reset();
}

std::optional<WarmUpView> WarmUp::view() const {
  if (!job_ && error_.empty()) return std::nullopt;
  WarmUpView view;
  view.error = error_;
  if (!job_) return view;
  view.policy = job_->policy->name;
  view.instances = job_->pupils.size();
  view.share = share();
  return view;
}

}  // namespace penstock
