#include "daemon/findings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include "daemon/json.h"
#include "daemon/log.h"

namespace penstock {
namespace {

/// Below this a provider's five-minute average says too little about a factor.
constexpr double kLeastMbps = 1;
constexpr double kNear = 0.12;
constexpr Duration kWarnSkew = std::chrono::seconds{60};
constexpr Duration kRefusedSkew = std::chrono::seconds{300};

struct Factor {
  double factor;
  const char* text;
  const char* mend;
};
constexpr std::array kFactors = {
    Factor{1.0 / 8, "an eighth of",
           "the query gives bytes: multiply by 8 or set unit = \"bytes/s\""},
    Factor{8, "8 times", "bytes are multiplied by 8 twice: in the query and by unit"},
    Factor{1000, "1,000 times", "set a unit a thousand times smaller: \"bps\" for bits a second"},
    Factor{1.0 / 1000, "a thousandth of", "set a unit a thousand times larger, such as \"kbps\""},
    Factor{1024, "1,024 times", "binary prefixes in the query: the provider counts by 1,000"},
    Factor{1.0 / 1024, "1/1,024 of", "binary prefixes in the query: the provider counts by 1,000"},
    Factor{1e6, "a million times", "the values are bits a second: unit = \"bps\""},
    Factor{1e-6, "a millionth of", "the values are Mbps already: unit = \"Mbps\""},
    Factor{8000, "8,000 times", "bytes counted as kilobits: check unit and the query's factor"},
    Factor{1.048576, "1.05 times", "binary mega in the query: the provider counts by 1,000,000"},
};

std::string mbps(double value) {
  return format(Rate{value});
}

Finding right(const std::string& account, const char* name, const std::optional<bool>& right,
              const char* without) {
  const std::string about = "account " + account;
  if (!right)
    return {Finding::kNote, about, std::string("the right to ") + name + " was not tried", ""};
  if (*right) return {Finding::kFine, about, std::string("may ") + name, ""};
  return {Finding::kWrong, about, std::string("may not ") + name + ": " + without,
          "grant the key this action in the console"};
}

std::string word_of(Finding::Level level) {
  switch (level) {
    case Finding::kFine:
      return "ok";
    case Finding::kNote:
      return "note";
    case Finding::kWrong:
      return "WRONG";
  }
  return "";
}

}  // namespace

Finding judge_clock(const std::string& account, const std::optional<Duration>& skew) {
  const std::string about = "account " + account;
  if (!skew) return {Finding::kNote, about, "the API's answers carry no date to compare", ""};
  const Duration off = *skew < Duration{} ? -*skew : *skew;
  const std::string text = "our clock and the API's differ by " +
                           format(Duration{std::chrono::round<std::chrono::seconds>(off)});
  if (off < kWarnSkew) return {Finding::kFine, about, text, ""};
  return {Finding::kWrong, about,
          text + (off > kRefusedSkew ? ": signatures are refused" : ", and 5m is refused"),
          "mend time synchronisation on this host (timedatectl)"};
}

std::vector<Finding> judge_rights(const std::string& account, const Rights& rights) {
  std::vector<Finding> out{
      right(account, "list instances", rights.list, "nothing works"),
      right(account, "read a change's status", rights.status, "nothing can be ordered"),
      right(account, "ask prices", rights.inquire, "only what a [[tariff]] prices is ordered"),
      right(account, "read an instance's traffic", rights.traffic,
            "sources of kind \"provider\" do not work"),
      right(account, "read the balance", rights.balance, "a short balance shows as refused orders"),
      right(account, "read transactions", rights.transactions,
            "reservations count instead of real charges")};
  if (!rights.modify.value_or(false)) {
    out.push_back({Finding::kNote, "account " + account,
                   "the rights to change and to cancel show with the first order only", ""});
  }
  return out;
}

std::vector<Finding> judge_units(const std::string& source, const std::vector<Compared>& pairs) {
  const std::string about = "source " + source;
  std::vector<double> ratios;
  std::vector<Finding> out;
  for (const Compared& pair : pairs) {
    if (pair.provider_mbps >= kLeastMbps) ratios.push_back(pair.source_mbps / pair.provider_mbps);
    const auto cap = static_cast<double>(pair.cap.count());
    if (cap > 0 && pair.source_mbps > 1.1 * cap && pair.source_mbps < 7 * cap) {
      out.push_back({Finding::kWrong, about,
                     pair.instance + " sends " + mbps(pair.source_mbps) + " through a cap of " +
                         format(pair.cap) + ": private traffic is counted in",
                     "choose the public interface in the query, by device for example"});
    }
  }
  if (ratios.empty()) {
    out.push_back({Finding::kNote, about,
                   "the provider's own traffic is too little or not to be had: units not compared",
                   ""});
    return out;
  }
  std::ranges::sort(ratios);
  const double median = ratios[ratios.size() / 2];
  char figure[32];
  std::snprintf(figure, sizeof figure, "%.3g", median);
  const std::string of = " what the provider counts, over " + std::to_string(ratios.size()) +
                         (ratios.size() == 1 ? " instance" : " instances");
  for (const Factor& each : kFactors) {
    const bool tight = each.factor > 1 && each.factor < 2;
    if (std::abs(median / each.factor - 1) > (tight ? 0.01 : kNear)) continue;
    if (tight && ratios.size() < 5) continue;  // so near to 1 that a few instances prove nothing
    out.push_back({Finding::kWrong, about, std::string(each.text) + of, each.mend});
    return out;
  }
  if (median > 0.75 && median < 1.33) {
    out.push_back({Finding::kFine, about, std::string(figure) + " times" + of, ""});
  } else {
    out.push_back({Finding::kWrong, about, std::string(figure) + " times" + of,
                   median > 1 ? "is private traffic counted in, or an interface twice?"
                              : "does the query miss an interface?"});
  }
  return out;
}

bool is_asked(const Snapshot& snapshot, const std::string& source) {
  return std::ranges::any_of(snapshot.policies, [&](const PolicyView& policy) {
    return policy.instances > 0 && (policy.source.empty() || policy.source == source);
  });
}

std::vector<Finding> judge_source(const SourceView& source, bool asked) {
  const std::string about = "source " + source.name;
  std::vector<Finding> out;
  if (!asked) {
    out.push_back({Finding::kNote, about, "no policy that owns an instance reads it", ""});
    return out;
  }
  if (!source.error.empty()) {
    out.push_back({Finding::kWrong, about, source.error, "see the address and who may ask there"});
    return out;
  }
  const std::string series = std::to_string(source.series) + " usable series";
  if (source.series == 0) {
    out.push_back({Finding::kWrong, about, "answers, with no usable series",
                   "try the policy's query on the server's own page"});
  } else {
    out.push_back({Finding::kFine, about, series, ""});
  }
  if (source.unmatched > 0) {
    out.push_back({Finding::kWrong, about,
                   std::to_string(source.unmatched) + " of " + series + " name no instance",
                   "compare the label traffic.key with penstock status --instances; see "
                   "traffic.join"});
  }
  for (const std::string& note : source.notes) out.push_back({Finding::kNote, about, note, ""});
  return out;
}

std::vector<Finding> judge_matches(const Snapshot& snapshot) {
  std::vector<Finding> out;
  for (const PolicyView& policy : snapshot.policies) {
    if (policy.instances > 0) {
      out.push_back({Finding::kFine, "policy " + policy.name,
                     "owns " + std::to_string(policy.instances) + " instances, " +
                         (policy.mode == Mode::kEnforce ? "enforces" : "only observes"),
                     ""});
    } else {
      out.push_back({Finding::kWrong, "policy " + policy.name, "owns no instance",
                     "loosen its match, or see which policy goes before it"});
    }
  }
  std::size_t free = 0;
  for (const InstanceView& view : snapshot.instances) free += view.policy.empty() ? 1 : 0;
  if (free > 0) {
    out.push_back({Finding::kNote, "policies",
                   std::to_string(free) + " instances are owned by no policy and left alone", ""});
  }
  return out;
}

std::vector<Finding> judge_drift(const Snapshot& snapshot, TimePoint began) {
  std::size_t drifted = 0;
  std::string example;
  for (const InstanceView& view : snapshot.instances) {
    if (!view.record.drifted_at || *view.record.drifted_at >= began) continue;
    if (drifted++ == 0) {
      example = view.instance->key.id + " from " + format(view.record.drifted_from) + " to " +
                format(view.cap) + " at " + format(*view.record.drifted_at);
    }
  }
  if (drifted == 0) return {};
  return {{Finding::kWrong, "drift",
           "somebody else changed " + std::to_string(drifted) + " instances, such as " + example,
           "Terraform? lifecycle { ignore_changes = [internet_max_bandwidth_out] }"}};
}

bool healthy(const std::vector<Finding>& findings) {
  return std::ranges::none_of(findings,
                              [](const Finding& each) { return each.level == Finding::kWrong; });
}

std::string findings_text(const std::vector<Finding>& findings, bool colour) {
  std::string out;
  std::size_t wrong = 0;
  for (const Finding& each : findings) {
    const char* tone = each.level == Finding::kWrong  ? "\x1b[31m"
                       : each.level == Finding::kNote ? "\x1b[33m"
                                                      : "\x1b[32m";
    std::string word = word_of(each.level);
    word.resize(6, ' ');
    out += colour ? tone + word + "\x1b[0m" : word;
    out += printable(each.about) + ": " + printable(each.text, 400) + "\n";
    if (!each.mend.empty()) out += "      -> " + each.mend + "\n";
    wrong += each.level == Finding::kWrong ? 1 : 0;
  }
  return out + (wrong == 0   ? "nothing is wrong\n"
                : wrong == 1 ? "1 thing is wrong\n"
                             : std::to_string(wrong) + " things are wrong\n");
}

std::string findings_json(const std::vector<Finding>& findings) {
  JsonWriter out;
  out.begin_object().key("healthy").boolean(healthy(findings)).key("findings").begin_array();
  for (const Finding& each : findings) {
    out.begin_object().key("level").string(each.level == Finding::kFine   ? "ok"
                                           : each.level == Finding::kNote ? "note"
                                                                          : "wrong");
    out.key("about").string(each.about).key("text").string(each.text);
    out.key("mend");
    each.mend.empty() ? out.null() : out.string(each.mend);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace penstock
