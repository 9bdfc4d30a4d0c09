// Case scripts: a situation, samples over time and the decisions expected, one statement a line.
// The language is described in tests/README.md.
//
//   CaseScript script;
//   for (each line) if (std::string wrong = script.run(line); !wrong.empty()) FAIL() << wrong;
//
// One script owns all that its decisions read. Single-threaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/demand.h"
#include "policies/burst_record.h"
#include "policies/decide.h"
#include "policies/economic_memory.h"
#include "policies/forecast.h"

namespace penstock::testing {

class CaseScript {
 public:
  CaseScript();
  /// Runs one statement; "" when it went as written, else what was wrong with it.
  std::string run(std::string_view line);
  /// What is still missing at the end of the file.
  std::string finish() const;

 private:
  using Words = std::vector<std::string>;

  std::string take_policy();
  std::string set(const Words& words);
  bool set_instance(const std::string& what, const Words& words);
  bool set_record(const std::string& what, const Words& words);
  bool set_fleet(const std::string& what, const Words& words);
  bool set_money(const std::string& what, const Words& words);
  bool set_change(const Words& words);
  std::string feed(const Words& words);
  std::string expect(const Words& words);
  std::string apply();
  std::string end_of_term();
  Decision decide_now();
  void change_cap(Mbps cap);

  std::optional<std::string> policy_text_;  ///< while between `policy` and `end`
  bool has_policy_ = false;
  int expectations_ = 0;
  Policy policy_;
  Instance instance_;
  std::optional<Tariff> tariff_;
  InstanceRecord record_;
  Demand demand_;
  EconomicMemory economic_;
  BurstRecord bursts_;
  Forecast forecast_;
  Mbps cap_{100};
  TimePoint now_;
  TimePoint cap_since_;
  ChangeState change_{.kind = ChangeState::Kind::kIdle};
  std::optional<Price> quote_;
  Duration month_ = kBillingMonth;
  Purse purse_;
  FleetState fleet_;
  Memo memo_;
  Decision last_;
};

}  // namespace penstock::testing
