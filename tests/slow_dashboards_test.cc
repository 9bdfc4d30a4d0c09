// Grafana's dashboards against what is really there: a daemon over the sandbox, scraped by a real
// Prometheus. Every query of every panel, variable and annotation gives data and no error.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/json.h"
#include "metrics/units.h"
#include "tests/testing/daemon_process.h"
#include "tests/testing/places.h"
#include "tests/testing/prometheus_process.h"

namespace penstock {
namespace {

using testing::DaemonProcess;
using testing::Prometheus;

/// Lowers too, within a term of 100 seconds.
constexpr const char* kPolicy = R"([[policy]]
name = "everything"
mode = "enforce"
match = { id = ["*"] }
[policy.traffic]
query = 'node_network_transmit_bytes_total{device="eth0"}'
max_age = "20s"
[policy.bounds]
min = "10 Mbps"
max = "5 Gbps"
[[policy.rule]]
kind = "saturation"
quiet = "1m"
[policy.downgrade]
window = "1m"
freeze = "5s"
[policy.budget]
per_month = "50000000 USD"
)";

struct DashboardQuery {
  std::string where;
  std::string text;
  std::string label;  ///< of a variable: the label that must be there
};

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

/// "label_values(SELECTOR, LABEL)" into its parts; "query_result(SELECTOR)" shows instances.
DashboardQuery variable_query(const std::string& where, std::string text) {
  const std::string labels = "label_values(";
  const std::string result = "query_result(";
  const bool of_labels = text.starts_with(labels);
  EXPECT_TRUE((of_labels || text.starts_with(result)) && text.ends_with(")"))
      << where << ": " << text;
  text = text.substr(labels.size(), text.size() - labels.size() - 1);
  if (!of_labels) return {where, text, "instance_id"};
  const std::size_t comma = text.rfind(", ");
  return {where, text.substr(0, comma), text.substr(comma + 2)};
}

std::vector<DashboardQuery> queries_of(const std::string& name) {
  const Result<JsonDocument> document = JsonDocument::parse(
      testing::read_file(std::string(testing::kSourceDir) + "/deploy/grafana/" + name));
  EXPECT_TRUE(document) << name;
  std::vector<DashboardQuery> out;
  const auto text = [](const JsonValue& value) { return std::string(value.string().value_or("")); };
  for (const JsonValue& panel : document->root()["panels"].items()) {
    for (const JsonValue& target : panel["targets"].items()) {
      out.push_back({name + ", " + text(panel["title"]), text(target["expr"]), ""});
    }
  }
  for (const JsonValue& variable : document->root()["templating"]["list"].items()) {
    if (variable["type"].string() != "query") continue;
    out.push_back(
        variable_query(name + ", $" + text(variable["name"]), text(variable["query"]["query"])));
  }
  for (const JsonValue& mark : document->root()["annotations"]["list"].items()) {
    out.push_back({name + ", " + text(mark["name"]), text(mark["target"]["expr"]), ""});
  }
  return out;
}

class Dashboards : public DaemonProcess {
 protected:
  /// Whether the query gives a number (or the label) within the last two minutes.
  bool gives_data(const std::string& prometheus, const DashboardQuery& query, std::string text) {
    for (const char* choice : {"account", "product", "zone", "policy", "instance"}) {
      replace_all(text, std::string("$") + choice, ".*");
    }
    replace_all(text, "$__rate_interval", "20s");
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto end = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    const auto answer =
        json(prometheus + "/api/v1/query_range?step=2&start=" + std::to_string(end - 120) +
             "&end=" + std::to_string(end) + "&query=" + url_encode(text));
    if (!answer) {
      errors_.insert(query.where + ": " + text);
      return false;
    }
    for (const JsonValue& series : answer->root()["data"]["result"].items()) {
      if (!query.label.empty()) {
        if (series["metric"][query.label].exists()) return true;
        continue;
      }
      for (const JsonValue& point : series["values"].items()) {
        const auto value = point.items()[1].number();
        if (value && std::isfinite(*value)) return true;
      }
    }
    return false;
  }

  std::set<std::string> errors_;
};

TEST_F(Dashboards, EveryQueryGivesData) {
  if (!Prometheus::is_installed()) GTEST_SKIP() << "Prometheus is not installed";
  start_sandbox("100s");
  write_settings();
  folder_.write("policies.d/everything.toml", kPolicy);
  auto daemon = start_daemon();
  const std::string address = daemon->await("listening ");
  ASSERT_NE(address, "") << testing::read_file(log_file());
  const Prometheus server("- {job_name: penstock, static_configs: [{targets: ['" + address +
                          "']}]}\n");
  const auto fleet = json("http://" + sandbox_address_ + "/sandbox/instances");
  ASSERT_TRUE(fleet);
  std::vector<std::string> ids;
  for (const JsonValue& instance : fleet->root()["instances"].items()) {
    ids.emplace_back(instance["instance_id"].string().value_or(""));
  }
  std::vector<DashboardQuery> waiting = queries_of("fleet.json");
  for (DashboardQuery& query : queries_of("instance.json")) waiting.push_back(std::move(query));
  ASSERT_GT(waiting.size(), 40U);
  const bool all = await(
      [&] {
        std::erase_if(waiting, [&](const DashboardQuery& query) {
          if (query.text.find("\"$instance\"") == std::string::npos) {
            return gives_data(server.url(), query, query.text);
          }
          // A page of one instance: some figures only some instances have.
          for (const std::string& id : ids) {
            std::string text = query.text;
            replace_all(text, "$instance", id);
            if (gives_data(server.url(), query, text)) return true;
          }
          return false;
        });
        return waiting.empty();
      },
      150s);
  for (const DashboardQuery& query : waiting) {
    ADD_FAILURE() << query.where << " has no data: " << query.text;
  }
  EXPECT_TRUE(all);
  for (const std::string& error : errors_) ADD_FAILURE() << "Prometheus refuses " << error;
}

}  // namespace
}  // namespace penstock
