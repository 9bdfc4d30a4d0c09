// Forecast: what one instance's traffic will need, by its weekly rhythm and its recent level.
//
//   Forecast forecast;
//   forecast.observe({.sample = sample, .at_least = saturated, .rule = rule});
//   ForecastBand band = forecast.next();         // the hours until the rule's horizon
//   if (band.earned) ... band.mbps               // held_percent of `told` times
//
// Learns from each hour's largest sample. One strange hour moves neither rhythm nor level nor band;
// an hour of which half was not seen teaches nothing; at the cap demand was at least what flowed.
// What is said of the next hours is held against what was known the horizon before, and of a term
// against the week's busiest hour at the level of the day before: later level shifts are met when
// they come. All goes by time.
// 1,960 bytes; no allocation but in save(); one owner.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/profile.h"
#include "metrics/sample.h"
#include "policies/forecast_record.h"
#include "policies/policy.h"

namespace penstock {

struct ForecastSample {
  Sample sample;
  bool at_least = false;  ///< the cap may have stood in the way
  const ForecastRule& rule;
};

/// What is said of some hours, and what became of saying such things.
struct ForecastBand {
  double mbps = 0;  ///< enough for each of them with the rule's confidence
  double held = 0;  ///< share of `told` times that this was so
  double told = 0;  ///< older ones count less
  bool earned = false;
};

class Forecast {
 public:
  /// Learns. Impossible samples and those at or before the last one change nothing: false.
  bool observe(const ForecastSample& seen);

  bool empty() const { return !known_; }
  TimePoint at() const { return at_; }     ///< end of the latest sample
  Duration seen() const { return seen_; }  ///< traffic observed in total
  /// For the hours from now to the horizon.
  ForecastBand next(const ForecastRule& rule) const;
  /// For the hours of a term that begins at `from`.
  ForecastBand term(const ForecastRule& rule, TimePoint from, Duration length) const;
  /// What demand that has filled `cap` now is likely to be, beyond it.
  double beyond(const ForecastRule& rule, double cap) const;

  /// Bytes for storing; restore() of saved bytes gives an equal forecast. Versioned and
  /// checksummed: restore refuses (false, unchanged) what it does not know or what is damaged.
  void save(std::string& out) const;
  bool restore(std::string_view bytes);

 private:
  static constexpr std::size_t kRing = 24;  ///< hours
  static constexpr std::size_t kDays = 2;
  /// Of the hour being seen.
  struct Hour {
    std::int64_t number = 0;  ///< local hours since 1970
    double largest = 0;       ///< Mbps
    double seconds = 0;       ///< seen of it
    bool at_least = false;    ///< of the largest
  };

  /// What was said last of some hours, once all hours are known: it stands until one is closed.
  struct Said {
    double mbps = 0;
    double confidence = 0;
    std::int64_t from = 0, to = -1;
    bool earned = false;

    bool is_of(std::int64_t first, std::int64_t last, double asked) const {
      return from == first && to == last && confidence == asked;
    }
    ForecastBand again(const ForecastRecord& record) const {
      return {.mbps = mbps, .held = record.held(), .told = record.told(), .earned = earned};
    }
  };

  void close_hour(double confidence, std::size_t lead);
  bool knows_all(std::int64_t hour) const;
  void skip_to(std::int64_t hour);
  void push(std::optional<double> residual);
  void follow_day(std::int64_t hour);
  void follow_peak(std::int64_t hour);
  std::optional<double> recent(std::size_t first, std::size_t count) const;
  double level(std::size_t lead) const;
  std::optional<double> level_a_day_before(std::int64_t hour) const;
  double usual(std::int64_t hour) const;
  double largest_usual(std::int64_t from, std::int64_t to) const;
  ForecastBand band(double usual, double level, const ForecastRecord& record,
                    double confidence) const;
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& each);
  bool consistent() const;

  Profile profile_;
  ForecastRecord near_;                           ///< of what was said the horizon before
  ForecastRecord far_;                            ///< of what was said of terms
  std::array<std::int16_t, kRing> residuals_{};   ///< of closed hours, newest at next_ - 1
  std::array<std::int16_t, kDays> day_levels_{};  ///< at the end of each day, modulo kDays
  Hour hour_;
  double level_ = 0;  ///< how far the last day lay above what is usual
  float confidence_ = 0;
  float week_peak_ = 0;         ///< largest usual level of all hours of the week
  std::int64_t peak_hour_ = 0;  ///< one that has it; 0: to be found anew
  TimePoint at_{};
  Duration seen_{};
  std::int64_t first_day_ = 0;
  std::int64_t day_ = 0;  ///< latest in day_levels_
  std::uint32_t next_ = 0;
  std::uint8_t known_ = 0;
  std::uint8_t complete_ = 0;  ///< each hour of a day was seen on a work day and at a weekend
  mutable Said next_said_, term_said_;  ///< saying it costs more than all else of a decision
};

static_assert(sizeof(Forecast) == 1960, "the memory per instance is bounded and documented");

}  // namespace penstock
