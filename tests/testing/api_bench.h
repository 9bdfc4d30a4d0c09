// Bench and CloudBench: an ApiClient, or the whole cloud, in front of a script, in virtual time.
//
//   Bench bench(ScriptedHttp({api_ok("{}")}));
//   EXPECT_TRUE(bench.one(read_call("a")));
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daemon/api_client.h"
#include "daemon/zenlayer_cloud.h"
#include "tests/testing/scripted_http.h"

namespace penstock {

inline AccountConfig account_named(const std::string& name, double per_second = 100) {
  AccountConfig account;
  account.name = name;
  account.base_url = "https://" + name + ".example";
  account.requests_per_second = per_second;
  return account;
}

inline Environment keys(const std::string& password = "pass-word-1") {
  return [password](const char* name) -> std::optional<std::string> {
    const std::string_view variable = name;
    if (variable == "ZENLAYERCLOUD_ACCESS_KEY_ID") return "AKID-1";
    if (variable == "ZENLAYERCLOUD_ACCESS_KEY_PASSWORD") return password;
    return std::nullopt;
  };
}

inline ApiCall read_call(const std::string& account, std::string action = "DescribeInstances") {
  return {.account = account,
          .service = Service::kVm,
          .action = std::move(action),
          .body = "{}",
          .effect = Effect::kRead};
}

inline ApiCall change_call(const std::string& account,
                           std::string body = "{\"instanceId\":\"1\"}") {
  return {.account = account,
          .service = Service::kVm,
          .action = "ModifyInstanceBandwidth",
          .body = std::move(body),
          .effect = Effect::kChange};
}

/// A client of one or more accounts in front of a script, with virtual time.
struct Bench {
  explicit Bench(ScriptedHttp scripted,
                 const std::vector<AccountConfig>& accounts = {account_named("a")},
                 Environment environment = keys())
      : http(std::move(scripted)),
        client(accounts, http, clock,
               {.seed = 7,
                .observer = [this](const ApiObservation& o) { observed.push_back(o); },
                .environment = std::move(environment),
                .limits = {}}) {
    http.clock = &clock;
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Result<ApiAnswer> one(const ApiCall& call) {
    return std::move(client.call_all(std::span(&call, 1))[0]);
  }

  VirtualClock clock;
  ScriptedHttp http;
  std::vector<ApiObservation> observed;
  ApiClient client;
};

/// The same with the whole cloud in front.
struct CloudBench {
  explicit CloudBench(ScriptedHttp scripted,
                      const std::vector<AccountConfig>& accounts = {account_named("a")})
      : http(std::move(scripted)), cloud(accounts, http, clock, options()) {}
  static ApiClientOptions options() {
    ApiClientOptions options;
    options.seed = 3;
    options.environment = keys();
    return options;
  }
  CloudBench(const CloudBench&) = delete;
  CloudBench& operator=(const CloudBench&) = delete;

  VirtualClock clock;
  ScriptedHttp http;
  ZenlayerCloud cloud;
};

}  // namespace penstock
