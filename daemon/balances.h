// Balances: what each account can still pay, as far as it may be read.
//
//   balances.refresh(now);                       // one call per account, at most once a minute
//   purse.purchasing_power = balances.power("main", now);
//
// A balance is needed before prepaid upgrades, and once before the first decision. Orders sent
// since it was read are taken off. After a refusal for lack of money nothing more is bought by that
// account until a newer balance is larger, or for an hour, in this run or over a restart. Loop
// thread only.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "daemon/cloud.h"
#include "metrics/units.h"

namespace penstock {

class Balances {
 public:
  explicit Balances(Cloud& cloud) : cloud_(cloud) {}
  void refresh(TimePoint now);
  /// nullopt: not known, or no right to read it: upgrades go on.
  std::optional<Money> power(const std::string& account, TimePoint now) const;
  void spent(const std::string& account, Money amount);
  void refused(const std::string& account, TimePoint now);
  /// The same of an earlier run, if it was not too long ago to matter.
  void remember_refusal(const std::string& account, TimePoint at, TimePoint now);
  /// Some account waits for its balance to grow.
  bool waiting() const;

 private:
  struct Account {
    std::optional<Money> power;  ///< as last read
    Money spent_since;
    std::optional<TimePoint> refused_at;
    std::optional<Money> at_refusal;
  };
  Cloud& cloud_;
  std::map<std::string, Account> accounts_;
  std::optional<TimePoint> read_at_;
};

}  // namespace penstock
