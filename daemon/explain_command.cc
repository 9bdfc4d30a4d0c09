#include "daemon/explain_command.h"

#include <cstdio>

#include "daemon/ask.h"
#include "daemon/log.h"
#include "daemon/table.h"

namespace penstock {
namespace {

std::string word(const JsonValue& value) {
  return printable(value.string().value_or(""));
}

/// "edge-1 · bmc in SIN-A, PREPAID, term ends 2026-…": whom it is about.
std::string heading(const JsonValue& instance, bool colour) {
  std::string name = word(instance["name"]);
  if (name.empty()) name = word(instance["instance_id"]);
  std::string line = colour ? "\x1b[1m" + name + "\x1b[0m" : name;
  line += ": " + word(instance["product"]) + " in " + word(instance["zone"]) + ", " +
          word(instance["charge"]);
  if (instance["cycle_end"].exists()) line += ", term ends " + word(instance["cycle_end"]);
  if (const auto limit = instance["limit_mbps"].integer()) {
    line += ", at most " + format(Mbps{*limit});
  }
  return line + "\n";
}

std::vector<ChartPoint> points_of(const JsonValue& explanation) {
  std::vector<ChartPoint> points;
  for (const JsonValue& sample : explanation["samples"].items()) {
    const auto at = parse_time(sample["at"].string().value_or(""));
    if (!at) continue;
    points.push_back({*at, sample["egress_mbps"].number().value_or(0),
                      sample["cap_mbps"].number().value_or(0),
                      sample["evidence"].string() == "saturated"});
  }
  return points;
}

/// Each line by what it begins with: what holds is yellow, the first is bold.
std::string coloured(std::string_view text) {
  std::string out;
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool holds = line.starts_with("  held by") || line.starts_with("  and by");
    const char* tone = first ? "\x1b[1m" : holds ? "\x1b[33m" : "";
    out += tone + line + (*tone != '\0' ? "\x1b[0m\n" : "\n");
    first = false;
  }
  return out;
}

}  // namespace

std::string explain_text(const JsonValue& explanation, const ChartStyle& style) {
  // The daemon made its names harmless, but what answers on the port need not be the daemon.
  std::string text;
  for (std::string_view told = explanation["text"].string().value_or(""); !told.empty();) {
    const char32_t code = take_code_point(told);
    if (code == '\n' || !is_hidden(code)) append_utf8(text, code);
  }
  std::string out = heading(explanation["instance"], style.colour);
  const std::string drawn = chart(points_of(explanation), style);
  if (!drawn.empty()) out += "\n" + drawn;
  return out + "\n" + (style.colour ? coloured(text) : text);
}

int run_explain(const ExplainCommand& command, Clock& clock) {
  return ask_daemon(command.config, [&](DaemonClient& daemon) -> Status {
    const Result<InstanceChosen> chosen =
        choose_instance(daemon, command.instance, command.account);
    if (!chosen) return chosen.error();
    const std::string path =
        with_query("/api/v1/explain", {{"instance_id", chosen->id}, {"account", chosen->account}});
    const Result<std::string> body = daemon.await(path, clock);
    if (!body) return body.error();
    const Result<JsonDocument> document = JsonDocument::parse(*body);
    if (!document) return Error{ErrorKind::kRefused, "the daemon's answer is not JSON", "", ""};
    const std::string text =
        command.json ? *body
                     : explain_text(document->root(), {.colour = stdout_wants_colour(),
                                                       .unicode = terminal_takes_unicode()});
    std::fputs(text.c_str(), stdout);
    return ok();
  });
}

}  // namespace penstock
