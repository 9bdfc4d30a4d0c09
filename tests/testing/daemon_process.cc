#include "tests/testing/daemon_process.h"

#include <csignal>
#include <filesystem>
#include <set>

#include "daemon/exit_code.h"
#include "tests/testing/places.h"

namespace penstock::testing {
namespace {

std::string policy_text() {
  return R"([[policy]]
name = "everything"
mode = "enforce"
match = { id = ["*"] }
[policy.traffic]
query = 'node_network_transmit_bytes_total{device="eth0"}'
max_age = "20s"
[policy.bounds]
min = "10 Mbps"
max = "5 Gbps"
step = "5 Mbps"
[[policy.rule]]
kind = "saturation"
[policy.upgrade]
cooldown = "1s"
[policy.budget]
per_month = "50000000 USD"
)";
}

/// States in which the provider has accepted the order.
bool was_accepted(const JsonValue& order) {
  static const std::set<std::string_view> kStates{"accepted",  "processing", "effective",
                                                  "scheduled", "cancelled",  "superseded"};
  return order["sent_at"].exists() && kStates.contains(order["state"].string().value_or(""));
}

}  // namespace

Ledger read_ledger(const JsonValue& root) {
  Ledger ledger;
  for (const auto& [what, count] : root["violations"].members())
    ledger.violations += count.integer().value_or(0);
  for (const JsonValue& entry : root["entries"].items()) {
    if (entry["kind"].string() != "change" || entry["by"].string() != "api") continue;
    ++ledger.changes;
    if (entry["what"].string() == "upgrade") {
      ++ledger.by_size[std::string(*entry["instance_id"].string()) + ">" +
                       std::to_string(*entry["to_mbps"].integer())];
    }
  }
  return ledger;
}

void DaemonProcess::start_sandbox(const std::string& month, const std::string& processing,
                                  int instances, bool hostile_names) {
  month_ = month;
  std::vector<std::string> words{
      kBinary, "sandbox",      "--listen", "127.0.0.1:0", "--month",
      month,   "--processing", processing, "--instances", std::to_string(instances)};
  if (hostile_names) words.emplace_back("--hostile-names");
  sandbox_ = std::make_unique<Child>(std::move(words), folder_.path() + "/sandbox.log");
  sandbox_address_ = sandbox_->await("listening ");
  ASSERT_NE(sandbox_address_, "") << sandbox_->log();
}

void DaemonProcess::write_settings(const std::string& password) {
  folder_.write("access-key-id", "sandbox-id\n", true);
  folder_.write("access-key-password", password + "\n", true);
  folder_.write("api-token", std::string(kApiToken) + "\n", true);
  folder_.write("policies.d/everything.toml", policy_text());
  config_ = folder_.write("penstock.toml", R"(listen = "127.0.0.1:0"
tick = "1s"
policies = "policies.d"
state = "state"
api_token_file = "api-token"
[[account]]
name = "sandbox"
base_url = "http://)" + (api_address_.empty() ? sandbox_address_ : api_address_) +
                                               R"("
access_key_id_file = "access-key-id"
access_key_password_file = "access-key-password"
requests_per_second = 50
changes_per_second = 20
billing_month = ")" + month_ + R"("
[[source]]
name = "direct"
kind = "scrape"
interval = "1s"
targets = [{ url = "http://)" + sandbox_address_ +
                                               R"(/metrics" }]
[limits]
orders_per_day = 100000
per_day = "50000000 USD"
per_month = "50000000 USD"
)" + more_settings_);
}

std::unique_ptr<Child> DaemonProcess::start_daemon() {
  return std::make_unique<Child>(std::vector<std::string>{kBinary, "run", "--config", config_},
                                 log_file());
}

std::vector<std::string> DaemonProcess::growable() {
  std::vector<std::string> ids;
  const auto fleet = json("http://" + sandbox_address_ + "/sandbox/instances");
  if (!fleet) return ids;
  for (const JsonValue& instance : fleet->root()["instances"].items()) {
    if (instance["internet_charge"].string() == "ByBandwidth" &&
        instance["status"].string() == "RUNNING") {
      ids.emplace_back(*instance["instance_id"].string());
    }
  }
  return ids;
}

void DaemonProcess::want(const std::vector<std::string>& ids, double mbps) {
  std::string wants = "{";
  for (const std::string& id : ids) {
    wants += (wants.size() > 1 ? ",\"" : "\"") + id + "\":" + std::to_string(mbps);
  }
  ASSERT_EQ(fetch("http://" + sandbox_address_ + "/sandbox/demand", wants + "}").status, 200);
}

std::size_t DaemonProcess::settle_and_compare(const std::vector<std::string>& ids) {
  want(ids, 5);
  std::filesystem::remove(log_file());
  auto daemon = start_daemon();
  const std::string address = daemon->await("listening ");
  EXPECT_NE(address, "") << read_file(log_file());
  if (address.empty()) return 0;
  std::size_t accepted = 0;
  Ledger ledger;
  const bool agreed = await(
      [&] {
        const auto orders = json("http://" + address + "/api/v1/orders?limit=1000");
        const auto book = json("http://" + sandbox_address_ + "/sandbox/ledger");
        if (!orders || !book) return false;
        ledger = read_ledger(book->root());
        accepted = 0;
        for (const JsonValue& order : orders->root()["orders"].items()) {
          const std::string_view state = order["state"].string().value_or("");
          if (state == "planned" || state == "sent" || state == "unknown" || state == "accepted" ||
              state == "processing") {
            return false;
          }
          accepted += was_accepted(order) ? 1 : 0;
        }
        return ledger.changes == accepted;
      },
      90s);
  EXPECT_TRUE(agreed) << "journal " << accepted << ", sandbox " << ledger.changes << "\n"
                      << fetch("http://" + address + "/api/v1/orders?open=true&limit=1000").body
                      << "\n"
                      << read_file(log_file());
  EXPECT_EQ(ledger.violations, 0);
  for (const auto& [change, times] : ledger.by_size) {
    EXPECT_EQ(times, 1U) << change << " was bought twice";
  }
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(), kExitDone);
  return ledger.changes;
}

HttpResponse DaemonProcess::fetch(const std::string& url, const std::string& post) {
  HttpRequest request;
  request.url = url;
  if (!post.empty()) {
    request.method = "POST";
    request.body = post;
    request.headers.emplace_back("Content-Type", "application/json");
  }
  return http_.fetch_all({&request, 1}).front();
}

std::optional<JsonDocument> DaemonProcess::json(const std::string& url) {
  const HttpResponse response = fetch(url);
  if (response.status != 200) return {};
  Result<JsonDocument> document = JsonDocument::parse(response.body);
  if (!document) return {};
  return std::move(*document);
}

}  // namespace penstock::testing
