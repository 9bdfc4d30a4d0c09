// The built daemon against the built sandbox, as processes, with a policy that buys freely.
//
//   class MyTest : public DaemonProcess {};
//   start_sandbox();
//   write_settings();
//   auto daemon = start_daemon();
//   const std::string address = daemon->await("listening ");
//
// Everything lies in a folder of the test's own and ends with it.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/curl_http.h"
#include "daemon/json.h"
#include "tests/testing/child.h"

namespace penstock::testing {

/// In no list of words, so that finding it anywhere is finding the secret.
inline constexpr const char* kApiToken = "9f8e7d6c5b4a39281706f5e4d3c2b1a0";

/// What the sandbox's ledger says of the daemon's changes.
struct Ledger {
  std::size_t changes = 0;
  std::int64_t violations = 0;                 ///< of the API's rules
  std::map<std::string, std::size_t> by_size;  ///< "ID>MBPS" of upgrades
};
Ledger read_ledger(const JsonValue& root);

class DaemonProcess : public ::testing::Test {
 protected:
  void start_sandbox(const std::string& month = "1h", const std::string& processing = "400ms",
                     int instances = 12, bool hostile_names = false);
  void write_settings(const std::string& password = "sandbox-password");
  std::unique_ptr<Child> start_daemon();
  std::string log_file() const { return folder_.path() + "/penstock.log"; }
  /// Instances that are billed by their size and can be ordered for.
  std::vector<std::string> growable();
  /// From now on each of them wants so much.
  void want(const std::vector<std::string>& ids, double mbps);
  /// Lets demand fall, a last daemon settle what is open, and expects its journal and the sandbox's
  /// ledger to agree, nothing bought twice. Returns how many changes there were.
  std::size_t settle_and_compare(const std::vector<std::string>& ids);
  HttpResponse fetch(const std::string& url, const std::string& post = "");
  /// The document behind a URL; nullopt unless it is there and is one.
  std::optional<JsonDocument> json(const std::string& url);

  /// Polls until `done` says so, for at most `limit`.
  template <class Done>
  bool await(Done done, Duration limit = 20s) {
    for (Duration waited{}; waited < limit; waited += 50ms) {
      if (done()) return true;
      poll(nullptr, 0, 50);
    }
    return false;
  }

  TempFolder folder_;
  CurlHttp http_;
  std::unique_ptr<Child> sandbox_;
  std::string sandbox_address_, config_, month_;
  std::string more_settings_;  ///< at the end of the configuration
  std::string api_address_;    ///< where the API is said to be; "" = where the sandbox is
};

}  // namespace penstock::testing
