#include "daemon/explanation.h"

#include <algorithm>
#include <array>

#include "daemon/api_json.h"

namespace penstock {
namespace {

std::string_view word_for(Evidence evidence) {
  switch (evidence) {
    case Evidence::kFree:
      return "free";
    case Evidence::kSaturated:
      return "saturated";
    case Evidence::kMixed:
      return "mixed";
  }
  return "";
}

void write_reason(JsonWriter& out, const Reason& reason) {
  out.key("reason");
  reason.code == ReasonCode::kNone ? out.null() : out.string(to_string(reason.code));
  out.key("why");
  reason.code == ReasonCode::kNone ? out.null() : out.string(render(reason));
  // What the sentence was made of, for whoever computes with it.
  std::size_t count = reason.numbers.size();
  while (count > 0 && reason.numbers[count - 1] == 0) --count;
  out.key("numbers").begin_array();
  for (std::size_t i = 0; i < count; ++i) out.number(reason.numbers[i]);
  out.end_array();
}

void write_samples(JsonWriter& out, const Explanation& explanation) {
  out.key("samples").begin_array();
  for (const Observation& each : explanation.samples) {
    out.begin_object().key("at").string(format(each.at));
    out.key("span_seconds").number(std::chrono::duration<double>(each.span).count());
    out.key("egress_mbps").number(each.egress.mbps());
    out.key("cap_mbps").integer(each.cap.count());
    out.key("evidence").string(word_for(each.evidence)).end_object();
  }
  out.end_array();
}

void write_spans(JsonWriter& out, const Explanation& explanation) {
  out.key("spans").begin_array();
  for (const Explanation::Span& each : explanation.spans) {
    out.begin_object().key("span_seconds");
    out.number(std::chrono::duration<double>(each.span).count());
    out.key("largest_mbps").number(each.seen.largest.mbps());
    out.key("covered_seconds").number(std::chrono::duration<double>(each.seen.covered).count());
    out.key("saturated_share").number(each.saturated_share).end_object();
  }
  out.end_array();
}

void write_trace(JsonWriter& out, const Explanation& explanation) {
  out.key("rules").begin_array();
  for (const Trace::RuleSaid& said : explanation.trace.rules) {
    out.begin_object().key("rule").integer(static_cast<std::int64_t>(said.rule));
    out.key("kind");
    said.rule < explanation.rule_kinds.size() ? out.string(explanation.rule_kinds[said.rule])
                                              : out.null();
    out.key("wants_mbps");
    said.wants ? out.integer(said.wants->count()) : out.null();
    out.key("may_lower").boolean(said.may_lower);
    write_reason(out, said.reason);
    out.end_object();
  }
  out.end_array().key("guards").begin_array();
  for (const Trace::GuardSaid& said : explanation.trace.guards) {
    out.begin_object().key("held").boolean(said.held);
    write_reason(out, said.reason);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

bool ExplainDesk::ask(const InstanceKey& key) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(questions_, key) != questions_.end()) return true;
  if (questions_.size() >= kRoom) return false;
  questions_.push_back(key);
  return true;
}

std::vector<InstanceKey> ExplainDesk::asked() {
  const std::lock_guard lock(mutex_);
  return std::exchange(questions_, {});
}

void ExplainDesk::put(std::shared_ptr<const Explanation> explanation) {
  const std::lock_guard lock(mutex_);
  std::erase_if(answers_,
                [&](const auto& each) { return each->instance == explanation->instance; });
  if (answers_.size() >= kRoom) answers_.erase(answers_.begin());
  answers_.push_back(std::move(explanation));
}

std::shared_ptr<const Explanation> ExplainDesk::find(const InstanceKey& key,
                                                     std::uint64_t tick) const {
  const std::lock_guard lock(mutex_);
  for (const auto& each : answers_) {
    if (each->instance == key && each->tick >= tick) return each;
  }
  return nullptr;
}

void add_traffic(Explanation& to, const Demand& demand, TimePoint now) {
  for (std::size_t i = demand.size(); i > 0; --i) to.samples.push_back(demand.newest(i - 1));
  for (const Duration span : {Duration{1h}, Duration{24h}, Demand::kMemory}) {
    const Recall seen = demand.recall(now - span, now);
    if (seen.parts == 0) continue;
    to.spans.push_back({span, seen, demand.saturated_share(now - span, now)});
  }
}

void write_fields(JsonWriter& out, const Explanation& explanation) {
  out.key("at").string(format(explanation.at));
  write_samples(out, explanation);
  write_spans(out, explanation);
  write_trace(out, explanation);
  out.key("decision");
  write_json(out, explanation.decision);
  out.key("text").string(explanation.text);
}

}  // namespace penstock
