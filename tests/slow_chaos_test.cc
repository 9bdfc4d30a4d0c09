// The built daemon and the built sandbox with a network in between that loses requests, answers and
// halves of answers, while the daemon is stopped for a while and killed again and again.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/testing/daemon_process.h"
#include "tests/testing/fault_proxy.h"

namespace penstock {
namespace {

using testing::DaemonProcess;
using testing::FaultProxy;

class Chaos : public DaemonProcess {};

int number_of(const char* variable, int usual) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : usual;
}

// CHAOS lives; LONGEST_STOP, in seconds, is how long SIGSTOP may last.
TEST_F(Chaos, WhateverTheNetworkLosesTheBooksAgree) {
  const int lives = number_of("CHAOS", 6);
  const int longest_stop = number_of("LONGEST_STOP", 3);
  testing::Random random{testing::seed_or(20261)};
  SCOPED_TRACE("PENSTOCK_SEED=" + std::to_string(random.seed()));
  start_sandbox("1h", "400ms", 20 + lives);
  FaultProxy proxy(sandbox_address_, random.next());
  api_address_ = proxy.address();
  // Lost answers are not to stop the account here: what is tried is what becomes of them.
  more_settings_ = "[limits.breaker]\nfailures = 0\n";
  write_settings();
  const std::vector<std::string> ids = growable();
  double demand = 100;
  for (int life = 0; life < lives; ++life) {
    demand *= std::pow(40, 1.0 / lives);
    want(ids, std::min(demand, 4000.0));
    std::filesystem::remove(log_file());
    proxy.share = random.between(0.02, 0.12);
    auto daemon = start_daemon();
    static_cast<void>(daemon->await("event=order ", 6s));
    if (random.below(3) == 0) {
      poll(nullptr, 0, static_cast<int>(random.below(500)));
      daemon->signal(SIGSTOP);
      // Mostly short, now and then for as long as it may be.
      poll(nullptr, 0, 500 + static_cast<int>(std::pow(random.unit(), 4) * longest_stop * 1000));
      daemon->signal(SIGCONT);
    }
    poll(nullptr, 0, static_cast<int>(random.below(1500)));
    ASSERT_TRUE(daemon->running()) << testing::read_file(log_file());
    daemon->signal(SIGKILL);
    daemon->wait();
  }
  EXPECT_GT(proxy.faults(), static_cast<std::size_t>(lives)) << "the network was too kind";
  proxy.share = 0;
  EXPECT_GT(settle_and_compare(ids), static_cast<std::size_t>(lives) / 2)
      << "hardly anything happened";
}

}  // namespace
}  // namespace penstock
