// ForecastRecord: how wrong a forecast has been, and so how far it may be trusted.
//
//   ForecastRecord record;
//   record.take(error, ErrorIs::kExact, 0.95);   // log of what came over what was expected
//   record.margin();                             // to be added to what is expected: 95 % held
//   if (!record.earned(0.95)) ...                // it did not: not to be used
//
// Counts errors and, apart from them, how often what came was inside what had been said. Where
// that falls short of the confidence asked for, the margin widens until it holds. Fades by time.
// 276 bytes; plain value, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace penstock {

/// What a comparison proves.
enum class ErrorIs : std::uint8_t {
  kExact,
  kAtLeast,  ///< the cap stood in the way: the error was this or larger
};

class ForecastRecord {
 public:
  /// Comparisons before a band is believed.
  static constexpr double kLeastTold = 24;

  /// One comparison. What a band at the cap or above would have seen is not known: not counted.
  void take(double error, ErrorIs is, double confidence);
  /// So much time has passed since the last call.
  void fade(double hours);
  /// Another confidence is asked for from now on: what was said before proves nothing about it.
  void begin(double confidence);

  double margin() const { return margin_; }
  double told() const { return told_; }  ///< comparisons that count, older ones less
  double held() const { return told_ > 0 ? inside_ / told_ : 0; }  ///< share of them inside
  bool earned(double confidence) const;
  /// The middle of the errors beyond `error`.
  double beyond(double error) const;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& each) {
    for (auto& weight : self.errors_) each(weight);
    each(self.inside_);
    each(self.told_);
    each(self.asked_);
    each(self.margin_);
    each(self.total_);
  }
  bool consistent() const;

 private:
  static constexpr std::size_t kBins = 64;
  static double edge(std::size_t bin);  ///< lower edge
  static std::size_t bin_of(double error);
  double quantile(double share) const;
  void add(double error, ErrorIs is);

  std::array<float, kBins> errors_{};
  float inside_ = 0;
  float told_ = 0;
  float asked_ = 0;  ///< the share that margin_ is taken for: the confidence, or more to hold it
  float margin_ = 0.5F;
  float total_ = 0;  ///< of errors_
};

}  // namespace penstock
