// What penstock.toml says arrives, paths and environment are resolved, and what a reload cannot
// change is named. That wrong files give their messages is config_files_test.
#include "daemon/config.h"

#include <gtest/gtest.h>

#include <map>

#include "daemon/address.h"
#include "tests/testing/child.h"

namespace penstock {
namespace {

using namespace std::chrono_literals;
using testing::TempFolder;

Environment with(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

Config load(const std::string& text, const Environment& environment = with({}),
            const std::string& file = "/no/such/folder/penstock.toml") {
  ConfigRead read = read_config(text, file, environment);
  EXPECT_TRUE(read.config) << render(read.problems);
  return read.config ? *std::move(read.config) : Config{};
}

TEST(Config, LeavesDefaultsAlone) {
  const Config config = load("[[account]]\n");
  EXPECT_EQ(config.file, "/no/such/folder/penstock.toml");
  EXPECT_EQ(config.listen, "127.0.0.1:19610");
  EXPECT_EQ(config.tick, 15s);
  EXPECT_EQ(config.policies, "/no/such/folder/policies.d");
  EXPECT_EQ(config.state, "/var/lib/penstock");
  EXPECT_EQ(config.log_level, LogLevel::kInfo);
  EXPECT_EQ(config.api_token_file, "");
  EXPECT_FALSE(config.behind_tls_proxy);
  ASSERT_EQ(config.accounts.size(), 1U);
  EXPECT_EQ(config.accounts[0].name, "main");
  EXPECT_EQ(config.accounts[0].folder, "/no/such/folder");
  EXPECT_TRUE(config.sources.empty());
  EXPECT_EQ(config.limits.orders_per_day, 200);
  EXPECT_EQ(config.limits.per_day, Money::from_units(500));
  EXPECT_EQ(config.limits.per_month, Money::from_units(5000));
  EXPECT_EQ(config.limits.max_lowered_share, 0.1);
  EXPECT_EQ(config.limits.breaker.failures, 5);
  EXPECT_EQ(config.limits.breaker.within, std::chrono::hours{1});
}

TEST(Config, ReadingIsOpenOnLoopbackAndBehindAProxyUnlessSaidOtherwise) {
  const std::string tls = "tls_cert_file = \"c\"\ntls_key_file = \"k\"\n";
  const struct {
    std::string text;
    bool needs;
  } rows[] = {{"", false},
              {"listen = \"[::1]:0\"\n", false},
              {"read_needs_token = true\n", true},
              {"listen = \"0.0.0.0:1\"\n" + tls, true},
              {"listen = \"0.0.0.0:1\"\nread_needs_token = false\n" + tls, false},
              {"listen = \"0.0.0.0:1\"\nbehind_tls_proxy = true\n", false},
              {"listen = \"0.0.0.0:1\"\nbehind_tls_proxy = true\nread_needs_token = true\n", true}};
  for (const auto& row : rows) {
    EXPECT_EQ(reading_needs_token(load(row.text + "[[account]]\n")), row.needs) << row.text;
  }
}

constexpr const char* kFull = R"toml(
listen = "[::1]:0"
tick = "5s"
policies = "../policies"
state = "state"
log_level = "debug"
api_token_file = "api-token"
tls_cert_file = "cert.pem"
tls_key_file = "key.pem"
behind_tls_proxy = true
hosts = ["penstock.example.net"]
allow_from = ["10.0.0.0/8", "2001:db8::1"]
read_needs_token = true
metrics_need_token = true

[[api_token]]
name = "on-call"
file = "on-call-token"
scopes = ["read", "operate"]

[[account]]
name = "lab"
base_url = "http://localhost:19611"
token_file = "token"
resource_groups = ["rg-1", "rg-2"]
requests_per_second = 7.5
changes_per_second = 2
prepaid_quote = "monthly-difference"
billing_month = "4m"
versions = { vm = "2023-03-13", bmc = "2022-11-20", zbc = "2024-01-01" }
money_words = ["BALANCE"]
list_page_size = 10

[[source]]
name = "prom"
kind = "prometheus"
urls = ["https://a.example.net/prometheus", "https://b.example.net:9090"]
union_urls = true
interval = "30s"
timeout = "2500ms"
headers = { X-Scope-OrgID = "network" }
basic_user = "penstock"
basic_password_file = "password"
ca_file = "ca.pem"
client_cert_file = "/etc/ssl/client.pem"
client_key_file = "client.key"

[[source]]
name = "nodes"
kind = "scrape"
targets = [{ url = "http://10.0.0.1:9100/metrics", instance_id = "i-1" }, { url = "http://10.0.0.2/" }]

[[source]]
name = "own"
kind = "provider"
account = "lab"

[limits]
orders_per_day = 20
per_day = "50 USD"
per_month = "100 USD"
max_lowered_share = 0
breaker = { failures = 0, within = "10m" }

[[tariff]]
match = { product = ["bmc"] }
steps = [{ from = "0 Mbps", unit_price = "2 USD" }, { from = "1 Gbps", unit_price = "1.50 USD" }]
steps_mode = "volume"
included = "10 Mbps"

[[tariff]]
unit_price = "3 USD"
)toml";

TEST(Config, EveryKeyArrives) {
  const Config config = load(kFull);
  EXPECT_EQ(config.listen, "[::1]:0");
  EXPECT_EQ(config.tick, 5s);
  EXPECT_EQ(config.policies, "/no/such/policies");
  EXPECT_EQ(config.state, "/no/such/folder/state");
  EXPECT_EQ(config.log_level, LogLevel::kDebug);
  EXPECT_EQ(config.api_token_file, "/no/such/folder/api-token");
  EXPECT_EQ(config.allow_from, (std::vector<std::string>{"10.0.0.0/8", "2001:db8::1"}));
  EXPECT_EQ(config.read_needs_token, true);
  EXPECT_TRUE(config.metrics_need_token);
  const std::vector<ApiToken> tokens = all_tokens(config);
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_EQ(tokens[0].name, kPlainTokenName);
  EXPECT_TRUE(tokens[0].has(TokenScope::kApprove));
  EXPECT_EQ(tokens[1].name, "on-call");
  EXPECT_EQ(tokens[1].file, "/no/such/folder/on-call-token");
  EXPECT_TRUE(tokens[1].has(TokenScope::kOperate));
  EXPECT_FALSE(tokens[1].has(TokenScope::kApprove));
  EXPECT_EQ(config.tls_cert_file, "/no/such/folder/cert.pem");
  EXPECT_EQ(config.tls_key_file, "/no/such/folder/key.pem");
  EXPECT_TRUE(config.behind_tls_proxy);
  EXPECT_EQ(config.hosts, std::vector<std::string>{"penstock.example.net"});
  const AccountConfig& account = config.accounts.at(0);
  EXPECT_EQ(account.name, "lab");
  EXPECT_EQ(account.base_url, "http://localhost:19611");
  EXPECT_EQ(account.token_file, "token");
  EXPECT_EQ(account.resource_groups, (std::vector<std::string>{"rg-1", "rg-2"}));
  EXPECT_EQ(account.requests_per_second, 7.5);
  EXPECT_EQ(account.changes_per_second, 2);
  EXPECT_EQ(account.prepaid_quote, PrepaidQuote::kMonthlyDifference);
  EXPECT_EQ(account.billing_month, 4min);
  EXPECT_EQ(account.versions.vm, "2023-03-13");
  EXPECT_EQ(account.versions.bmc, "2022-11-20");
  EXPECT_EQ(account.versions.zbc, "2024-01-01");
  EXPECT_EQ(account.money_words, std::vector<std::string>{"BALANCE"});
  EXPECT_EQ(account.list_page_size, 10);
  ASSERT_EQ(config.sources.size(), 3U);
  const SourceConfig prom{
      .name = "prom",
      .kind = SourceKind::kPrometheus,
      .urls = {"https://a.example.net/prometheus", "https://b.example.net:9090"},
      .union_urls = true,
      .targets = {},
      .account = "",
      .interval = 30s,
      .timeout = 2500ms,
      .headers = {{"X-Scope-OrgID", "network"}},
      .basic_user = "penstock",
      .basic_password_file = "/no/such/folder/password",
      .bearer_token_file = "",
      .tls = {"/no/such/folder/ca.pem", "/etc/ssl/client.pem", "/no/such/folder/client.key"}};
  EXPECT_EQ(config.sources[0], prom);
  const std::vector<ScrapeTarget> targets{{"http://10.0.0.1:9100/metrics", "i-1"},
                                          {"http://10.0.0.2/", ""}};
  EXPECT_EQ(config.sources[1].kind, SourceKind::kScrape);
  EXPECT_EQ(config.sources[1].targets, targets);
  EXPECT_EQ(config.sources[1].interval, 0s);
  EXPECT_EQ(config.sources[2].kind, SourceKind::kProvider);
  EXPECT_EQ(config.sources[2].account, "lab");
  EXPECT_EQ(config.sources[2].interval, 5min);  // its data has no finer steps
  EXPECT_EQ(config.limits.orders_per_day, 20);
  EXPECT_EQ(config.limits.per_day, Money::from_units(50));
  EXPECT_EQ(config.limits.per_month, Money::from_units(100));
  EXPECT_EQ(config.limits.max_lowered_share, 0);
  EXPECT_EQ(config.limits.breaker.failures, 0);
  EXPECT_EQ(config.limits.breaker.within, 10min);
}

TEST(Config, TheFirstTariffThatMatchesCounts) {
  const Config config = load(kFull);
  Instance bmc;
  bmc.product = Product::kBmc;
  Instance vm;
  const Tariff* stepped = tariff_for(config.tariffs, bmc);
  ASSERT_NE(stepped, nullptr);
  EXPECT_EQ(stepped->included, Mbps{10});
  EXPECT_EQ(stepped->steps_mode, StepsMode::kVolume);
  ASSERT_EQ(stepped->steps.size(), 2U);
  EXPECT_EQ(stepped->steps[1].from, Mbps{1000});
  EXPECT_EQ(stepped->steps[1].unit_price, Money::from_micros(1'500'000));
  ASSERT_NE(tariff_for(config.tariffs, vm), nullptr);
  EXPECT_EQ(tariff_for(config.tariffs, vm)->unit_price, Money::from_units(3));
  EXPECT_EQ(tariff_for({}, vm), nullptr);
}

TEST(Config, EnvironmentGoesBeforeTheFileForStateAndSecrets) {
  const TempFolder credentials;
  credentials.write("api-token", "t", true);
  credentials.write("password", "p", true);
  const Environment environment = with({{"STATE_DIRECTORY", "/var/lib/penstock-a:/var/lib/b"},
                                        {"CREDENTIALS_DIRECTORY", credentials.path()}});
  const Config config = load(kFull, environment);
  EXPECT_EQ(config.state, "/var/lib/penstock-a");
  EXPECT_EQ(config.api_token_file, credentials.path() + "/api-token");
  EXPECT_EQ(config.sources[0].basic_password_file, credentials.path() + "/password");
  EXPECT_EQ(config.sources[0].tls.client_key_file, "/no/such/folder/client.key");  // not among them
  // Without the key the token is taken where systemd put one, and only then.
  EXPECT_EQ(load("[[account]]\n", environment).api_token_file, credentials.path() + "/api-token");
  const TempFolder none;
  EXPECT_EQ(load("[[account]]\n", with({{"CREDENTIALS_DIRECTORY", none.path()}})).api_token_file,
            "");
}

TEST(Config, PathsAreRelativeToTheFile) {
  const TempFolder folder;
  const Config config = load("policies = \"p\"\nstate = \"/abs\"\n[[account]]\n", with({}),
                             folder.path() + "/x/../c.toml");
  EXPECT_EQ(config.policies, folder.path() + "/p");
  EXPECT_EQ(config.state, "/abs");
  EXPECT_EQ(config.file, folder.path() + "/c.toml");
  const Config relative = load("[[account]]\n", with({}), "c.toml");
  EXPECT_TRUE(relative.policies.starts_with('/')) << relative.policies;
  EXPECT_TRUE(relative.policies.ends_with("/policies.d")) << relative.policies;
}

TEST(Config, ListenBeyondLoopbackNeedsTlsOrAProxy) {
  const std::pair<const char*, bool> rows[] = {
      {"listen = \"127.0.0.1:0\"", true},
      {"listen = \"127.9.9.9:80\"", true},
      {"listen = \"localhost:80\"", true},
      {"listen = \"[::1]:80\"", true},
      {"listen = \"0.0.0.0:80\"", false},
      {"listen = \"10.0.0.1:80\"", false},
      {"listen = \"[::]:80\"", false},
      {"listen = \"127.0.0.1.example.net:80\"", false},
      {"listen = \"penstock.example.net:80\"", false},
      {"listen = \"0.0.0.0:80\"\nbehind_tls_proxy = true", true},
      {"listen = \"0.0.0.0:80\"\ntls_cert_file = \"c\"\ntls_key_file = \"k\"", true},
      {"listen = \"0.0.0.0:80\"\ntls_key_file = \"k\"", false},
      {"listen = \"127.0.0.1\"", false},
      {"listen = \"127.0.0.1:99999\"", false},
      {"listen = \":80\"", false},
  };
  for (const auto& [text, fine] : rows) {
    const ConfigRead read =
        read_config(std::string(text) + "\n[[account]]\n", "/etc/p.toml", with({}));
    EXPECT_EQ(read.config.has_value(), fine) << text << "\n" << render(read.problems);
  }
}

TEST(Config, PasswordsTravelOverHttpsOnly) {
  const auto fine = [](const std::string& url, const std::string& rest) {
    return read_config("[[account]]\n[[source]]\nname = \"p\"\nurls = [\"" + url + "\"]\n" + rest,
                       "/etc/p.toml", with({}))
        .config.has_value();
  };
  const std::string token = "bearer_token_file = \"t\"\n";
  EXPECT_TRUE(fine("http://10.0.0.1:9090", ""));
  EXPECT_FALSE(fine("http://10.0.0.1:9090", token));
  EXPECT_TRUE(fine("https://10.0.0.1:9090", token));
  EXPECT_TRUE(fine("http://127.0.0.1:9090", token));
  EXPECT_FALSE(fine("http://10.0.0.1", "basic_user = \"u\"\nbasic_password_file = \"p\"\n"));
}

TEST(Config, WhatAReloadCannotChangeIsNamed) {
  const Config running = load(kFull);
  EXPECT_TRUE(reload_refusals(running, load(kFull)).empty());
  Config wanted = running;
  wanted.tick = 1s;
  wanted.log_level = LogLevel::kError;
  wanted.policies = "/elsewhere";
  wanted.sources.clear();
  wanted.limits.orders_per_day = 1;
  wanted.hosts.clear();
  wanted.api_token_file = "/other";
  wanted.api_tokens.clear();
  wanted.read_needs_token = false;
  wanted.metrics_need_token = false;
  wanted.accounts[0].requests_per_second = 1;
  EXPECT_TRUE(reload_refusals(running, wanted).empty());
  wanted.listen = "127.0.0.1:1";
  wanted.state = "/srv/state";
  wanted.tls_cert_file = "/other.pem";
  wanted.tls_key_file = "/other.key";
  wanted.behind_tls_proxy = false;
  wanted.allow_from.clear();
  wanted.accounts[0].base_url = "https://elsewhere.example.net";
  wanted.accounts[0].billing_month = kBillingMonth;
  const std::vector<std::string> refusals = reload_refusals(running, wanted);
  ASSERT_EQ(refusals.size(), 8U);
  EXPECT_EQ(refusals[0],
            "listen: cannot change while running, from \"[::1]:0\" to \"127.0.0.1:1\": restart "
            "penstock");
  EXPECT_TRUE(refusals[6].starts_with("account lab: base_url: cannot change while running"));
}

TEST(Address, TakesHostsAndUrlsApart) {
  struct Row {
    const char* text;
    const char* host;  // "" = refused
    int port;          // -1 = none
    bool loopback;
  };
  const Row rows[] = {
      {"127.0.0.1:80", "127.0.0.1", 80, true},
      {"LocalHost:0", "localhost", 0, true},
      {"[::1]:80", "[::1]", 80, true},
      {"[::1]", "[::1]", -1, true},
      {"[2001:db8::1]:443", "[2001:db8::1]", 443, false},
      {"example.net", "example.net", -1, false},
      {"127.1:80", "127.1", 80, false},
      {"127.0.0.1.nip.io:80", "127.0.0.1.nip.io", 80, false},
      {"", "", 0, false},
      {":80", "", 0, false},
      {"[]:80", "", 0, false},
      {"[::1:80", "", 0, false},
      {"::1:80", "", 0, false},
      {"a b:80", "", 0, false},
      {"host:", "", 0, false},
      {"host:80x", "", 0, false},
      {"host:65536", "", 0, false},
      {"host:-1", "", 0, false},
      {"user@host:80", "", 0, false},
  };
  for (const Row& row : rows) {
    const auto parsed = parse_host_port(row.text);
    ASSERT_EQ(parsed.has_value(), !std::string(row.host).empty()) << row.text;
    if (!parsed) continue;
    EXPECT_EQ(parsed->host, row.host);
    EXPECT_EQ(parsed->port ? *parsed->port : -1, row.port) << row.text;
    EXPECT_EQ(parsed->loopback, row.loopback) << row.text;
  }
  const Result<Url> url = parse_url("HTTPS://Example.net:8443/prom?x=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->where.host, "example.net");
  EXPECT_EQ(url->path, "/prom?x=1");
  for (const char* bad : {"", "example.net", "ftp://x", "http://", "http:///x", "https://u@h/",
                          "https://h:0/", "https://h/a b", "https://h/\x7f", "https://h/\n"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace penstock
