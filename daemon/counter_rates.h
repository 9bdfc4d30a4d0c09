// CounterRates: from successive pages of byte counters to the egress of each key.
//
//   CounterRates rates({.longest_gap = 1min});
//   rates.take({{"i-1", "device=eth0", 1'000'000, at}}, at);         // a baseline, no sample yet
//   rates.take({{"i-1", "device=eth0", 2'000'000, at + 15s}}, at + 15s);
//   rates.samples();                                                  // i-1: 0.53 Mbps over 15 s
//
// A key's egress is the sum over its series. It is known only when exactly the same series stood on
// both pages and none of them went back. A series that vanished is remembered for an hour: until
// then the sum of the others is a lower bound, since a lost series must never look like less
// traffic. Bounded; one owner, no locks.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/sample_source.h"

namespace penstock {

struct CounterRow {
  std::string key;     ///< whose traffic it is
  std::string series;  ///< which of its counters
  double bytes = 0;    ///< anything; checked
  TimePoint at{};      ///< when it was read
};

struct CounterLimits {
  Duration longest_gap = 1min;  ///< between two pages; a longer one starts anew
  Duration remember = 1h;       ///< a vanished series
  std::size_t series = 200'000;
};

class CounterRates {
 public:
  explicit CounterRates(const CounterLimits& limits = {}) : limits_(limits) {}

  /// Takes one whole page, read at `at`.
  void take(std::vector<CounterRow> page, TimePoint at);

  /// What the latest page gave: at most one sample per key.
  const std::vector<KeyedSample>& samples() const { return samples_; }
  const Dropped& dropped() const { return dropped_; }
  /// One example of each kind of drop.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Series {
    double bytes = 0, bytes_before = 0;
    TimePoint at{}, at_before{};
    std::uint64_t page = 0, page_before = 0;  ///< in which it last stood, and before that
    TimePoint seen_at{};
    bool twice = false;
  };
  struct Key {
    std::unordered_map<std::string, Series> series;
    KeyedSample latest;  ///< repeated while the page's own timestamps stand still
    bool has_latest = false;
  };

  void place(CounterRow&& row, TimePoint at);
  void measure(const std::string& name, Key& key, TimePoint at);
  /// Why there is no sample, as the counter to raise; nullptr = there is one in `key.latest`.
  std::uint64_t Dropped::* difference(const std::string& name, Key& key);
  void forget(TimePoint at);
  void drop(std::uint64_t Dropped::* counter, const std::string& name);

  CounterLimits limits_;
  std::unordered_map<std::string, Key> keys_;
  std::size_t total_ = 0;  ///< series in keys_
  std::uint64_t page_ = 0;
  bool full_ = false;
  std::vector<KeyedSample> samples_;
  Dropped dropped_;
  std::vector<std::string> notes_;
};

}  // namespace penstock
