#include "daemon/gather.h"

#include <algorithm>

#include "daemon/clock_step.h"
#include "daemon/log.h"

namespace penstock {
namespace {

/// Whoever weighs price against throttling or counts bursts learns from every sample; the others
/// need no memory.
void teach(Tracked& tracked, const Sample& sample, TimePoint cap_since) {
  if (percentile_budget_of(*tracked.policy) == nullptr || tracked.instance->flat_rate()) {
    tracked.bursts.reset();
  } else {
    if (tracked.bursts == nullptr) tracked.bursts = std::make_shared<BurstRecord>();
    tracked.bursts->observe(sample, tracked.cap);
  }
  const EconomicRule* rule = economic_rule_of(*tracked.policy);
  if (rule == nullptr) {
    tracked.economic.reset();
    return;
  }
  if (tracked.economic == nullptr) tracked.economic = std::make_shared<EconomicMemory>();
  const Instance& instance = *tracked.instance;
  tracked.economic->observe({.sample = sample,
                             .cap = tracked.cap,
                             .cap_since = cap_since,
                             .term_end = instance.prepaid_flat() ? instance.expires : std::nullopt,
                             .latency = rule->latency,
                             .saturated_at = tracked.policy->traffic.saturated_at});
}

void teach_forecast(Tracked& tracked, const Sample& sample) {
  const ForecastRule* rule = forecast_rule_of(*tracked.policy);
  if (rule == nullptr) {
    tracked.forecast.reset();
    tracked.past.reset();
    return;
  }
  if (tracked.forecast == nullptr) tracked.forecast = std::make_shared<Forecast>();
  const bool at_least = tracked.demand.newest(0).evidence != Evidence::kFree;
  const ForecastSample seen{.sample = sample, .at_least = at_least, .rule = *rule};
  tracked.forecast->observe(seen);
  if (tracked.past == nullptr) return;
  tracked.past->observe(seen);
  // By now as much was seen live as was read.
  if (tracked.forecast->seen() >= tracked.policy->traffic.warm_up) tracked.past.reset();
}

/// A source that wants more rounds than this of one tick is at fault.
constexpr int kMostRounds = 64;

void add(Dropped& sum, const Dropped& more) {
  sum.stale += more.stale;
  sum.not_finite += more.not_finite;
  sum.negative += more.negative;
  sum.no_key += more.no_key;
  sum.duplicate += more.duplicate;
  sum.future += more.future;
  sum.counter_reset += more.counter_reset;
  sum.incomplete += more.incomplete;
  sum.implausible += more.implausible;
}

/// Several policies that ask one source often hear the same notes.
void add(std::vector<std::string>& notes, const std::vector<std::string>& more) {
  constexpr std::size_t kMostNotes = 32;
  for (const std::string& note : more) {
    if (notes.size() < kMostNotes && std::ranges::find(notes, note) == notes.end()) {
      notes.push_back(note);
    }
  }
}

}  // namespace

void Gather::use(std::vector<SampleSource*> sources) {
  sources_ = std::move(sources);
  views_.clear();
  for (const SampleSource* source : sources_) views_[source->name()].name = source->name();
  questions_.clear();
}

SampleSource* Gather::source_of(const Policy& policy) const {
  if (policy.traffic.source.empty()) return sources_.size() == 1 ? sources_.front() : nullptr;
  const auto found = std::ranges::find_if(
      sources_, [&](const SampleSource* each) { return each->name() == policy.traffic.source; });
  return found != sources_.end() ? *found : nullptr;
}

void Gather::index(const InForce& in_force, Fleet& fleet) {
  instances_.clear();
  std::vector<const Instance*> plain;
  std::map<const Policy*, std::vector<const Instance*>> owned;
  for (Tracked& tracked : fleet.all()) {
    if (tracked.gone_at) continue;
    instances_.push_back(&tracked);
    plain.push_back(tracked.instance.get());
    owned[tracked.policy].push_back(tracked.instance.get());
  }
  indexes_.clear();
  questions_.clear();
  errors_.clear();
  for (const Policy& policy : in_force.policies) {
    if (owned[&policy].empty()) continue;  // nobody would hear the answer
    SampleSource* source = source_of(policy);
    if (source == nullptr) {
      errors_[policy.name] = "there is no source named \"" + policy.traffic.source + "\"";
      continue;
    }
    questions_[source].push_back({&policy, owned[&policy]});
    const std::pair joined{policy.traffic.join, policy.traffic.join_tag};
    if (!indexes_.contains(joined)) {
      indexes_.emplace(joined, InstanceIndex(plain, joined.first, joined.second));
    }
  }
}

void Gather::run(const OrderBook& book, TimePoint now) {
  std::vector<Round> rounds;
  for (SampleSource* source : sources_) {
    const auto questions = questions_.find(source);
    if (questions != questions_.end()) rounds.push_back({source, questions->second});
  }
  ask(rounds, now);
  for (Round& round : rounds) {
    SourceView& view = views_[round.source->name()];
    const std::string before = view.error;
    view.error.clear();
    view.dropped = {};
    view.notes.clear();
    view.series = view.unmatched = 0;
    for (const TrafficAnswer& answer : round.source->answers()) {
      take(*round.source, answer, book, now);
    }
    if (!view.error.empty() && view.error != before) {
      log_warn("source", {{"source", view.name}, {"error", view.error}});
    }
  }
}

void Gather::ask(std::vector<Round>& rounds, TimePoint now) {
  for (Round& round : rounds) round.source->begin(round.questions, now);
  for (int turn = 0; turn < kMostRounds; ++turn) {
    std::vector<HttpRequest> requests;
    std::vector<std::size_t> counts;
    for (Round& round : rounds) {
      std::vector<HttpRequest> own = round.source->requests();
      counts.push_back(own.size());
      std::ranges::move(own, std::back_inserter(requests));
    }
    if (requests.empty()) return;
    const std::vector<HttpResponse> responses = http_.fetch_all(requests);
    std::size_t offset = 0;
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      if (counts[i] > 0) {
        rounds[i].source->take(std::span(responses).subspan(offset, counts[i]));
      }
      offset += counts[i];
    }
  }
}

void Gather::take(SampleSource& source, const TrafficAnswer& answer, const OrderBook& book,
                  TimePoint now) {
  SourceView& view = views_[source.name()];
  for (std::size_t i = 0; i < answer.failures; ++i) telemetry_.source_failed(source.name());
  add(view.dropped, answer.dropped);
  add(view.notes, answer.notes);
  if (answer.policy == nullptr) return;
  if (answer.error) {
    if (answer.failures == 0) telemetry_.source_failed(source.name());
    view.error = answer.error->message;
    errors_[answer.policy->name] = answer.error->message;
    return;
  }
  errors_.erase(answer.policy->name);
  view.answered_at = now;
  view.series += answer.samples.size();
  const auto index = indexes_.find({answer.policy->traffic.join, answer.policy->traffic.join_tag});
  if (index == indexes_.end()) return;
  const JoinedTraffic joined = join_traffic(
      index->second, answer.samples,
      [&](std::uint32_t position) { return instances_[position]->policy == answer.policy; });
  view.unmatched += joined.unmatched;
  add(view.notes, joined.notes);
  for (const auto& [position, sample] : joined.matches) {
    observe(*instances_[position], *sample, book, now);
    view.newest_at = std::max(view.newest_at.value_or(sample->sample.at), sample->sample.at);
  }
}

void Gather::observe(Tracked& tracked, const KeyedSample& keyed, const OrderBook& book,
                     TimePoint now) {
  const Sample& sample = keyed.sample;
  forget_what_is_to_come(tracked, now);
  const double saturated_at = tracked.policy->traffic.saturated_at;
  const bool saturated =
      tracked.cap > Mbps{0} && sample.egress >= saturated_at * as_rate(tracked.cap);
  // At least this much flowed: proof at the cap, no proof of anything below it.
  if (keyed.lower_bound && !saturated) return;
  TimePoint cap_since = tracked.cap_since;
  const Order* order = book.unsettled_of(tracked.key());
  // While a change of ours may or may not be in force the cap of this sample is not known.
  const bool moving = order != nullptr && order->kind != OrderKind::kCancelDowngrade;
  if (moving && order->sent_at != TimePoint{} && sample.at > order->sent_at) {
    cap_since = std::max(cap_since, sample.at);
  }
  if (tracked.demand.observe(sample, tracked.cap, cap_since, saturated_at)) {
    tracked.demand_dirty = true;
    teach_forecast(tracked, sample);
  }
  teach(tracked, sample, cap_since);
}

}  // namespace penstock
