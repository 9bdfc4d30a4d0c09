#include "daemon/ask.h"

#include <algorithm>
#include <cstdio>

#include "daemon/curl_http.h"
#include "daemon/exit_code.h"
#include "daemon/http.h"
#include "daemon/log.h"
#include "daemon/settings.h"
#include "policies/spelling.h"

namespace penstock {
namespace {

/// Pages are asked for in full until enough rows are there.
constexpr std::size_t kPage = 1000;
constexpr std::size_t kMostInstances = 100'000;

InstanceChosen chosen(const JsonValue& row) {
  const auto text = [&](std::string_view key) {
    return std::string(row[key].string().value_or(""));
  };
  return {text("account"), text("instance_id"), text("name")};
}

Error several(const std::string& text, const std::vector<InstanceChosen>& found) {
  std::string message = "several instances are called " + printable(text) + ":";
  for (std::size_t i = 0; i < found.size() && i < 5; ++i) {
    message += (i > 0 ? "," : "") + std::string(" ") + printable(found[i].id) + " of account " +
               printable(found[i].account);
  }
  return {ErrorKind::kInvalid, message + "; name one by its id and --account", "", ""};
}

}  // namespace

std::optional<Config> config_or_complaint(const std::string& file) {
  const Result<std::string> text = read_settings_file(file);
  if (!text) {
    std::fprintf(stderr, "penstock: wrong configuration\n%s: %s\n", printable(file).c_str(),
                 text.error().message.c_str());
    return std::nullopt;
  }
  ConfigRead read = read_config(*text, file, process_environment());
  if (!read.config) {
    std::fprintf(stderr, "penstock: wrong configuration\n%s", render(read.problems).c_str());
  }
  return std::move(read.config);
}

int ask_daemon(const std::string& config, const std::function<Status(DaemonClient& daemon)>& show) {
  const std::optional<Config> read = config_or_complaint(config);
  if (!read) return kExitConfig;
  CurlHttp http;
  DaemonClient daemon(http, address_of(*read));
  const Status shown = show(daemon);
  if (shown) return kExitDone;
  std::fprintf(stderr, "penstock: %s\n", shown.error().message.c_str());
  return shown.error().kind == ErrorKind::kTransient ? kExitUnreachable : kExitFailed;
}

std::string with_query(const std::string& path, const Query& query) {
  std::string out = path;
  char mark = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    out += mark + name + "=" + url_encode(value);
    mark = '&';
  }
  return out;
}

Result<JsonDocument> ask_json(DaemonClient& daemon, const std::string& path) {
  const Result<std::string> body = daemon.get(path);
  if (!body) return body.error();
  Result<JsonDocument> document = JsonDocument::parse(*body);
  if (!document) {
    return Error{ErrorKind::kRefused, "the daemon's answer is not JSON: " + path, "", ""};
  }
  return document;
}

Result<Rows> all_rows(DaemonClient& daemon, const std::string& path, const Query& query,
                      const std::string& name, std::size_t most) {
  Rows out;
  Query asked = query;
  std::string cursor;
  while (out.rows.size() < most) {
    asked = query;
    asked.emplace_back("limit", std::to_string(std::min(kPage, most - out.rows.size())));
    asked.emplace_back("cursor", cursor);
    Result<JsonDocument> page = ask_json(daemon, with_query(path, asked));
    if (!page) return page.error();
    out.pages.push_back(*std::move(page));
    const JsonValue root = out.pages.back().root();
    for (const JsonValue& row : root[name].items()) out.rows.push_back(row);
    cursor = std::string(root["next"].string().value_or(""));
    out.more = !cursor.empty();
    if (cursor.empty()) break;
  }
  return out;
}

Result<InstanceChosen> choose_instance(DaemonClient& daemon, const std::string& text,
                                       const std::string& account) {
  const Query by_id{{"instance_id", text}, {"account", account}};
  const Result<Rows> ids = all_rows(daemon, "/api/v1/instances", by_id, "instances", 10);
  if (!ids) return ids.error();
  std::vector<InstanceChosen> found;
  for (const JsonValue& row : ids->rows) found.push_back(chosen(row));
  if (found.size() == 1) return found.front();
  if (found.size() > 1) return several(text, found);
  const Result<Rows> all =
      all_rows(daemon, "/api/v1/instances", {{"account", account}}, "instances", kMostInstances);
  if (!all) return all.error();
  std::vector<std::string> known;
  for (const JsonValue& row : all->rows) {
    InstanceChosen each = chosen(row);
    known.push_back(each.id);
    if (!each.name.empty()) known.push_back(each.name);
    if (each.name == text) found.push_back(std::move(each));
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) return several(text, found);
  std::string message = "no instance has the id or name " + printable(text);
  const std::vector<std::string_view> names(known.begin(), known.end());
  if (const auto like = nearest(text, names)) {
    message += " (did you mean " + printable(*like) + "?)";
  }
  return Error{ErrorKind::kInvalid, message + "; penstock status --instances shows them", "", ""};
}

void copy_json(JsonWriter& out, const JsonValue& value) {
  if (!value.exists()) {
    out.null();
  } else if (value.is_string()) {
    out.string(*value.string());
  } else if (value.is_array()) {
    out.begin_array();
    for (const JsonValue& item : value.items()) copy_json(out, item);
    out.end_array();
  } else if (value.is_object()) {
    out.begin_object();
    for (const auto& [name, member] : value.members()) {
      out.key(name);
      copy_json(out, member);
    }
    out.end_object();
  } else if (const auto truth = value.boolean()) {
    out.boolean(*truth);
  } else {
    out.decimal(value.decimal().value_or("0"));
  }
}

std::string text_or_dash(const JsonValue& value) {
  const auto text = value.string();
  return text && !text->empty() ? std::string(*text) : "-";
}

std::string second_of(const JsonValue& value) {
  const auto at = parse_time(value.string().value_or(""));
  return at ? format(TimePoint{std::chrono::floor<std::chrono::seconds>(*at)}) : "-";
}

std::string age_of(const JsonValue& value, TimePoint now) {
  const auto at = parse_time(value.string().value_or(""));
  if (!at) return "-";
  const Duration age = std::max(now - *at, Duration{});
  if (age >= 24h) return format(Duration{std::chrono::floor<std::chrono::hours>(age)});
  if (age >= 1h) return format(Duration{std::chrono::floor<std::chrono::minutes>(age)});
  return format(Duration{std::chrono::floor<std::chrono::seconds>(age)});
}

}  // namespace penstock
