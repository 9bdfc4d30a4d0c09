#include "daemon/traffic_source.h"

#include <algorithm>
#include <set>

#include "daemon/answer_builder.h"
#include "daemon/log.h"

namespace penstock {
namespace {

/// The API gives at most this much at a time, and it is a good start for rules that look back.
constexpr Duration kHistory = std::chrono::hours{24};
constexpr Duration kAfterFailure = 1min;
constexpr std::size_t kMostNotes = 8;

/// The text by which the policy's join finds the instance; "" when it has none.
std::string key_of(const Instance& instance, const Traffic& traffic) {
  switch (traffic.join) {
    case Join::kId:
      return instance.key.id;
    case Join::kName:
      return instance.name;
    case Join::kPublicIp:
      return instance.public_ips.empty() ? std::string() : instance.public_ips.front();
    case Join::kTag:
      for (const Tag& tag : instance.tags) {
        if (tag.key == traffic.join_tag) return tag.value;
      }
      return {};
  }
  return {};
}

void note(TrafficAnswer& answer, std::string text) {
  if (answer.notes.size() >= kMostNotes) return;
  if (std::ranges::find(answer.notes, text) == answer.notes.end()) {
    answer.notes.push_back(std::move(text));
  }
}

}  // namespace

TrafficSource::TrafficSource(SourceConfig config, Cloud& cloud)
    : config_(std::move(config)),
      cloud_(cloud),
      interval_(config_.interval > Duration::zero() ? config_.interval : kDefaultInterval) {}

bool TrafficSource::concerns(const Instance& instance) const {
  return config_.account.empty() || instance.key.account == config_.account;
}

void TrafficSource::begin(std::span<const PolicyQuestion> questions, TimePoint now) {
  questions_.assign(questions.begin(), questions.end());
  now_ = now;
  std::set<InstanceKey> wanted;
  for (const PolicyQuestion& question : questions_) {
    for (const Instance* instance : question.instances) {
      if (concerns(*instance)) wanted.insert(instance->key);
    }
  }
  std::erase_if(feeds_, [&](const auto& feed) { return !wanted.contains(feed.first); });
  for (const InstanceKey& key : wanted) feeds_.try_emplace(key);
  for (auto& [key, feed] : feeds_) feed.failed_now = false;
  const std::vector<TrafficQuestion> chosen = choose();
  if (chosen.empty()) return;
  const std::vector<Result<std::vector<Sample>>> said = cloud_.traffic(chosen);
  for (std::size_t i = 0; i < std::min(chosen.size(), said.size()); ++i) {
    read(feeds_[chosen[i].instance.key], said[i]);
  }
}

/// Those whose turn it is, longest waiting first.
std::vector<TrafficQuestion> TrafficSource::choose() const {
  std::vector<std::pair<TimePoint, TrafficQuestion>> due;
  std::set<InstanceKey> seen;
  for (const PolicyQuestion& question : questions_) {
    for (const Instance* instance : question.instances) {
      const auto feed = feeds_.find(instance->key);
      if (feed == feeds_.end()) continue;
      // A clock that was set back must not silence an instance until it has caught up.
      const bool far_off = feed->second.next_at > now_ + interval_;
      if (feed->second.next_at > now_ && !far_off) continue;
      if (!seen.insert(instance->key).second) continue;
      const std::optional<Sample>& newest = feed->second.newest;
      const TimePoint from = std::max(newest ? newest->at : TimePoint::min(), now_ - kHistory);
      due.emplace_back(feed->second.next_at,
                       TrafficQuestion{{instance->key, instance->product, instance->charge},
                                       std::min(from, now_ - 1s),
                                       now_});
    }
  }
  std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second.instance.key < b.second.instance.key;
  });
  std::vector<TrafficQuestion> out;
  for (std::size_t i = 0; i < std::min(due.size(), kPerTick); ++i) out.push_back(due[i].second);
  return out;
}

void TrafficSource::read(Feed& feed, const Result<std::vector<Sample>>& answer) {
  feed.asked = true;
  if (!answer) {
    feed.error = printable(answer.error().message);
    feed.failed_now = true;
    // What was refused will be refused again; the rest may work out soon.
    const bool soon = answer.error().kind == ErrorKind::kTransient;
    feed.next_at = now_ + (soon ? std::min(kAfterFailure, interval_) : interval_);
    return;
  }
  feed.error.clear();
  feed.next_at = now_ + interval_;
  for (const Sample& sample : *answer) {
    if (feed.newest && sample.at <= feed.newest->at) continue;
    if (sample.at > now_ + kClockTolerance) break;
    feed.newest = sample;
    feed.fresh.push_back(sample);
  }
}

void TrafficSource::answer(const PolicyQuestion& question, TrafficAnswer& out) const {
  const Traffic& traffic = question.policy->traffic;
  std::size_t known = 0;
  std::string error;
  for (const Instance* instance : question.instances) {
    const auto found = feeds_.find(instance->key);
    if (found == feeds_.end()) continue;
    const Feed& feed = found->second;
    out.failures += feed.failed_now ? 1 : 0;
    if (!feed.error.empty()) {
      error = feed.error;
      note(out, feed.error);
    }
    if (!feed.newest) continue;
    ++known;
    const std::string key = key_of(*instance, traffic);
    if (key.empty()) {
      ++out.dropped.no_key;
      continue;
    }
    if (now_ - feed.newest->at > traffic.max_age) {
      ++out.dropped.stale;
      note(out, "the provider's newest figure is " + format(now_ - feed.newest->at) +
                    " old, more than max_age: its figures always come some minutes late");
    }
    if (feed.fresh.empty()) out.samples.push_back({.key = key, .sample = *feed.newest});
    for (const Sample& sample : feed.fresh) out.samples.push_back({.key = key, .sample = sample});
  }
  // As long as one instance is heard of, the others' trouble is their own.
  if (known == 0 && !error.empty()) {
    out.error =
        Error{.kind = ErrorKind::kTransient, .message = error, .code = {}, .request_id = {}};
  }
}

std::vector<TrafficAnswer> TrafficSource::answers() {
  std::vector<TrafficAnswer> out;
  out.reserve(questions_.size());
  for (const PolicyQuestion& question : questions_) {
    TrafficAnswer& one = out.emplace_back();
    one.policy = question.policy;
    answer(question, one);
  }
  for (auto& [key, feed] : feeds_) feed.fresh.clear();
  return out;
}

}  // namespace penstock
