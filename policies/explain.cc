#include "policies/explain.h"

#include <fmt/format.h>

#include <iterator>

#include "metrics/printable.h"

namespace penstock {

namespace {

using Out = std::back_insert_iterator<std::string>;

std::string_view word_for(Evidence evidence) {
  switch (evidence) {
    case Evidence::kFree:
      return "below the cap";
    case Evidence::kSaturated:
      return "at the cap: demand is at least that";
    case Evidence::kMixed:
      return "the cap changed inside: proves nothing";
  }
  return "";
}

void traffic(Out out, const Situation& situation, TimePoint now) {
  const Demand& demand = situation.demand;
  if (demand.empty()) {
    fmt::format_to(out, "  traffic  none seen yet\n");
    return;
  }
  const Observation latest = demand.newest(0);
  fmt::format_to(out, "  traffic  {} over {}, {} ago, {}\n", format(latest.egress),
                 format(latest.span), format(now - latest.at), word_for(latest.evidence));
  if (const SaturatedRun& run = demand.saturated_run(); run.samples > 0) {
    fmt::format_to(out, "           saturated since {}, {} samples, from a cap of {} on\n",
                   format(run.since), run.samples, format(run.cap_at_start));
  }
  for (const Duration span : {Duration{1h}, Duration{24h}, Demand::kMemory}) {
    const Recall seen = demand.recall(now - span, now);
    if (seen.parts == 0) continue;
    fmt::format_to(
        out, "           {:>3}: at most {}, {:.0f} % covered, {:.2g} % saturated\n", format(span),
        format(seen.largest),
        100.0 * static_cast<double>(seen.covered.count()) / static_cast<double>(span.count()),
        100 * demand.saturated_share(now - span, now));
  }
}

void rules(Out out, const Policy& policy, const Trace& trace) {
  for (const Trace::RuleSaid& said : trace.rules) {
    if (said.rule >= policy.rules.size()) continue;
    const std::string wants = said.wants ? format(*said.wants) : "no opinion";
    const std::string why = said.reason.code == ReasonCode::kNone ? "" : ": " + render(said.reason);
    fmt::format_to(out, "  rule {}   {}, {}{}{}\n", said.rule + 1, kind_of(policy.rules[said.rule]),
                   wants, said.may_lower ? " (less)" : "", why);
  }
}

void guards(Out out, const Trace& trace) {
  constexpr std::size_t kWidth = 96;
  constexpr std::string_view kIndent = "\n           ";
  std::string passed;
  std::size_t line = 0;  // where the present one begins
  bool first = true;
  for (const Trace::GuardSaid& said : trace.guards) {
    if (!said.held) {
      const std::string_view name = to_string(said.reason.code);
      if (!passed.empty()) passed += ",";
      if (passed.size() - line + name.size() > kWidth - kIndent.size()) {
        line = passed.size();
        passed += kIndent;
      } else if (!passed.empty()) {
        passed += " ";
      }
      passed += name;
      continue;
    }
    fmt::format_to(out, "  {}    {}: {}\n", first ? "held by" : "and by ",
                   to_string(said.reason.code), render(said.reason));
    first = false;
  }
  if (!passed.empty()) fmt::format_to(out, "  passed   {}\n", passed);
}

void money(Out out, const Decision& decision) {
  if (!decision.price) return;
  const Price& price = *decision.price;
  fmt::format_to(out, "  price    {} now, {} a month for {}, {}\n", format(price.due_now),
                 format(price.per_month), format(price.to),
                 price.quoted ? "by the provider's quote" : "by the tariff");
  if (decision.spend) {
    fmt::format_to(out, "           counts {} today and {} this month\n",
                   format(decision.spend->day), format(decision.spend->month));
  }
}

}  // namespace

std::string describe(const ChangeState& change) {
  const std::string to = change.target ? format(*change.target) : "a size not known";
  switch (change.kind) {
    case ChangeState::Kind::kUnread:
      return "not read yet";
    case ChangeState::Kind::kIdle:
      return "none";
    case ChangeState::Kind::kRunning:
      return "running: to " + to;
    case ChangeState::Kind::kScheduled:
      return fmt::format("scheduled: a downgrade to {}, replaced {} time{}", to,
                         change.replacements, change.replacements == 1 ? "" : "s");
    case ChangeState::Kind::kUnsettled:
      return "unsettled: an order for " + to + " without a known outcome";
  }
  return "";
}

std::string explain(const Decision& decision, const InstanceKey& instance) {
  return fmt::format("{} at {}: {}\n  because  {}: {}\n", printable(instance.id),
                     format(decision.from), to_string(decision.action),
                     to_string(decision.reason.code), render(decision.reason));
}

std::string explain(const Policy& policy, const Situation& situation, const Decision& decision,
                    const Trace& trace, TimePoint now) {
  std::string text;
  Out out(text);
  const bool holds = decision.action == Action::kHold;
  fmt::format_to(out, "{} at {}: {}{}\n", printable(situation.instance.key.id),
                 format(decision.from), to_string(decision.action),
                 decision.to != decision.from ? " to " + format(decision.to) : "");
  fmt::format_to(out, "  because  {}: {}\n", to_string(decision.reason.code),
                 render(decision.reason));
  fmt::format_to(out, "  policy   {} ({})\n", printable(policy.name),
                 policy.mode == Mode::kEnforce ? "enforce" : "observe");
  traffic(out, situation, now);
  rules(out, policy, trace);
  if (holds && decision.wish != decision.from) {
    fmt::format_to(out, "  wish     {}: {}\n", format(decision.wish), render(decision.wish_reason));
  }
  guards(out, trace);
  fmt::format_to(out, "  change   {}\n", describe(situation.change));
  money(out, decision);
  if (decision.effective_at) {
    fmt::format_to(out, "  in force {}\n", format(*decision.effective_at));
  }
  if (decision.not_before) {
    fmt::format_to(out, "  next     not before {}\n", format(*decision.not_before));
  }
  return text;
}

}  // namespace penstock
