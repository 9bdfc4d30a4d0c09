// A real Prometheus of a test, with its own configuration and data folder, on a free port.
//
//   if (!Prometheus::is_installed()) GTEST_SKIP();
//   Prometheus server("- job_name: penstock\n  static_configs: …");
//   server.url()                                         // "http://127.0.0.1:41234"
//
// Ready when the constructor returns; killed in the destructor.
#pragma once

#include <memory>
#include <string>

#include "tests/testing/child.h"

namespace penstock::testing {

/// "127.0.0.1:PORT" that nobody listens on now.
std::string free_address();

class Prometheus {
 public:
  /// False where the package is missing, which is a failure in CI.
  static bool is_installed();

  /// `scrape_configs` as a YAML list, scraped every second; `web_config` is the text of a
  /// --web.config.file.
  explicit Prometheus(const std::string& scrape_configs, const std::string& web_config = "");
  std::string url() const { return "http://" + address_; }

 private:
  TempFolder folder_;
  std::string address_;
  std::unique_ptr<Child> child_;
};

}  // namespace penstock::testing
