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

class DaemonProcess : public ::testing::Test {
 protected:
  void start_sandbox(const std::string& month = "1h", const std::string& processing = "400ms",
                     int instances = 12);
  void write_settings(const std::string& password = "sandbox-password");
  std::unique_ptr<Child> start_daemon();
  std::string log_file() const { return folder_.path() + "/penstock.log"; }
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
};

}  // namespace penstock::testing
