#include "daemon/init_command.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "daemon/curl_http.h"
#include "daemon/exit_code.h"
#include "daemon/json.h"
#include "daemon/log.h"
#include "daemon/settings.h"
#include "daemon/starting_files.h"
#include "daemon/world.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsualPrometheus = "http://127.0.0.1:9090";
/// Counters of bytes sent, by how common their exporters are.
constexpr std::array kMetrics = {"node_network_transmit_bytes_total", "ifHCOutOctets",
                                 "windows_net_bytes_sent_total"};

/// The labels of every series of `metric` in the last minutes; empty when it has none.
Result<std::vector<Labels>> series_of(Http& http, const std::string& url, const char* metric,
                                      TimePoint now) {
  const auto unix_time = [](TimePoint at) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  };
  HttpRequest request;
  request.url = url + "/api/v1/series?match%5B%5D=" + metric + "&start=" + unix_time(now - 5min) +
                "&end=" + unix_time(now);
  request.timeout = 10s;
  const HttpResponse answer = http.fetch_all({&request, 1}).front();
  if (!answer.complete()) return Error{ErrorKind::kTransient, answer.failure, "", ""};
  const Result<JsonDocument> document = JsonDocument::parse(answer.body);
  if (!document || document->root()["status"].string() != "success") {
    return Error{ErrorKind::kRefused, "it is no Prometheus, or refuses the question", "", ""};
  }
  std::vector<Labels> out;
  for (const JsonValue& each : document->root()["data"].items()) {
    Labels labels;
    for (const auto& [name, value] : each.members()) {
      labels.emplace(name, std::string(value.string().value_or("")));
    }
    out.push_back(std::move(labels));
  }
  return out;
}

std::optional<InitPrometheus> look_at_prometheus(const InitCommand& command, Http& http,
                                                 const std::vector<Instance>& instances,
                                                 TimePoint now) {
  const std::string url = command.prometheus.empty() ? kUsualPrometheus : command.prometheus;
  for (const char* metric : kMetrics) {
    const Result<std::vector<Labels>> series = series_of(http, url, metric, now);
    if (!series) {
      if (!command.prometheus.empty()) {
        std::fprintf(stderr, "penstock: note: %s: %s\n", url.c_str(),
                     series.error().message.c_str());
      }
      return std::nullopt;
    }
    std::optional<InitPrometheus> found = best_match(*series, instances);
    if (!found) continue;
    found->url = url;
    found->metric = metric;
    return found;
  }
  std::fprintf(stderr, "penstock: note: %s answers, but none of its series names an instance\n",
               url.c_str());
  return std::nullopt;
}

Status write_file(const std::string& path, const std::string& text, bool force) {
  std::error_code error;
  if (!force && fs::exists(path, error)) {
    return Error{ErrorKind::kInvalid,
                 path + " exists; --force overwrites it, --folder writes elsewhere", "", ""};
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return Error{ErrorKind::kInvalid, path + " cannot be written", "", ""};
  return ok();
}

Result<std::vector<Instance>> instances_of(const std::string& config, const std::string& file,
                                           const Environment& environment, Clock& clock,
                                           Http& http) {
  ConfigRead read = read_config(config, file, environment);
  if (!read.config) return Error{ErrorKind::kInvalid, headline(read.problems.front()), "", ""};
  const AccountConfig& account = read.config->accounts.front();
  if (const Result<Credentials> keys = load_credentials(account, environment); !keys) {
    return keys.error();
  }
  Telemetry telemetry;
  const Settings settings{.config = *std::move(read.config), .policies = {}};
  World world(settings, clock, http, telemetry);
  auto lists = world.cloud().list();
  if (lists.empty()) return Error{ErrorKind::kRefused, "no account was listed", "", ""};
  Result<Inventory>& list = lists.begin()->second;
  if (!list) return list.error();
  return std::move(list->instances);
}

int fail(const Error& error) {
  std::fprintf(stderr, "penstock: %s\n", error.message.c_str());
  return kExitFailed;
}

void print_done(const InitCommand& command, const InitFacts& facts, std::size_t instances) {
  if (command.json) {
    JsonWriter out;
    out.begin_object().key("config").string(command.folder + "/penstock.toml");
    out.key("policies").string(command.folder + "/policies.d/observe.toml");
    out.key("instances").integer(static_cast<std::int64_t>(instances));
    out.key("matched");
    facts.prometheus ? out.integer(static_cast<std::int64_t>(facts.prometheus->matched))
                     : out.null();
    std::printf("%s\n", out.end_object().take().c_str());
    return;
  }
  std::printf("%zu instances in the account\n", instances);
  if (facts.prometheus) {
    std::printf("%s at %s names %zu of them by its label %s (%s)\n",
                facts.prometheus->metric.c_str(), facts.prometheus->url.c_str(),
                facts.prometheus->matched, printable(facts.prometheus->label).c_str(),
                facts.prometheus->join.c_str());
  } else {
    std::printf("no Prometheus names them: the provider's own traffic is used, which is late\n");
  }
  std::printf(
      "wrote %s/penstock.toml and %s/policies.d/observe.toml\n"
      "next: penstock check, penstock doctor, penstock plan; nothing is ordered yet\n",
      command.folder.c_str(), command.folder.c_str());
}

}  // namespace

int run_init(const InitCommand& command, Clock& clock) {
  set_log_level(LogLevel::kError);
  const std::string file = command.folder + "/penstock.toml";
  const std::string policies = command.folder + "/policies.d/observe.toml";
  InitFacts facts{.base_url = command.base_url, .month = command.month};
  const Environment environment = process_environment();
  CurlHttp http;
  const Result<std::vector<Instance>> instances =
      instances_of(starting_config(facts), file, environment, clock, http);
  if (!instances) return fail(instances.error());
  facts.groups = groups_of(*instances);
  facts.prometheus = look_at_prometheus(command, http, *instances, clock.wall());
  std::error_code error;
  fs::create_directories(command.folder + "/policies.d", error);
  for (const auto& [path, text] :
       {std::pair(file, starting_config(facts)), std::pair(policies, starting_policies(facts))}) {
    if (const Status written = write_file(path, text, command.force); !written) {
      return fail(written.error());
    }
  }
  print_done(command, facts, instances->size());
  return kExitDone;
}

}  // namespace penstock
