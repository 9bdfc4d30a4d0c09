// Instruments: what the daemon counts and times, over prometheus-cpp.
//
//   Instruments instruments("0.1.0");
//   instruments.decided("edge", "upgrade", "saturated");
//   instruments.api_request("bmc", "DescribeInstances", "OK", 120ms);
//   response.body = instruments.text();
//
// Label values come from outside in part (a code of the API), so they are made safe and a metric
// has at most 1,000 series; what comes after that is counted under "other". Counters start at 0
// with the process. Thread-safe: counted by the loop, read by the HTTP server.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "metrics/units.h"

namespace penstock {

class Instruments {
 public:
  explicit Instruments(std::string_view version);
  ~Instruments();
  Instruments(const Instruments&) = delete;
  Instruments& operator=(const Instruments&) = delete;

  void decided(std::string_view policy, std::string_view action, std::string_view reason);
  void ordered(std::string_view product, std::string_view kind, std::string_view outcome);
  void order_took(std::string_view product, std::string_view kind, Duration span);
  /// `money` may be negative (a correction). The counter never falls: it stands still until the
  /// true sum has passed it again.
  void spent(std::string_view policy, Money money);
  void source_failed(std::string_view source);
  void api_request(std::string_view product, std::string_view action, std::string_view code,
                   Duration span);
  void tick_took(std::string_view phase, Duration span);
  void tick_began(Duration late);
  void order_alarm(std::string_view alarm);
  void journal_failed();
  void config_loaded(bool well);
  /// Lets a source's error counter stand at 0 from the start, so that its first error is a rise.
  void expect_source(std::string_view source);

  /// All of it in the text format.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock
