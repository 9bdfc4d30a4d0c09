#include "tests/testing/prometheus_process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "daemon/listener.h"

namespace penstock::testing {
namespace {

constexpr const char* kPrometheus = "/usr/bin/prometheus";

}  // namespace

std::string free_address() {
  const Result<int> fd = open_listener("127.0.0.1:0");
  EXPECT_TRUE(fd);
  std::string address = bound_address(*fd);
  close(*fd);
  return address;
}

bool Prometheus::is_installed() {
  if (std::filesystem::exists(kPrometheus)) return true;
  EXPECT_EQ(std::getenv("CI"), nullptr) << "Prometheus must be there in CI";
  return false;
}

Prometheus::Prometheus(const std::string& scrape_configs, const std::string& web_config)
    : address_(free_address()) {
  const std::string config = folder_.write(
      "prometheus.yml", "global: {scrape_interval: 1s}\nscrape_configs:\n" + scrape_configs);
  std::vector<std::string> argv = {kPrometheus, "--config.file=" + config,
                                   "--storage.tsdb.path=" + folder_.path() + "/data",
                                   "--web.listen-address=" + address_};
  if (!web_config.empty()) {
    argv.push_back("--web.config.file=" + folder_.write("web.yml", web_config));
  }
  child_ = std::make_unique<Child>(argv, folder_.path() + "/log");
  EXPECT_NE(child_->await("Server is ready to receive web "), "") << child_->log();
}

}  // namespace penstock::testing
