#include "tests/testing/daemon_process.h"

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

}  // namespace

void DaemonProcess::start_sandbox(const std::string& month, const std::string& processing,
                                  int instances) {
  month_ = month;
  sandbox_ = std::make_unique<Child>(
      std::vector<std::string>{kBinary, "sandbox", "--listen", "127.0.0.1:0", "--month", month,
                               "--processing", processing, "--instances",
                               std::to_string(instances)},
      folder_.path() + "/sandbox.log");
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
base_url = "http://)" + sandbox_address_ + R"("
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
)");
}

std::unique_ptr<Child> DaemonProcess::start_daemon() {
  return std::make_unique<Child>(std::vector<std::string>{kBinary, "run", "--config", config_},
                                 log_file());
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
