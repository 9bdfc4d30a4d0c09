// A series selector: which counters of an exposition page a policy of a scrape source means.
//
//   Result<SeriesSelector> selector =
//       SeriesSelector::parse(R"(node_network_transmit_bytes_total{device=~"eth.*|bond0"})");
//   if (selector->matches(sample)) ...
//
// The syntax is PromQL's instant selector: = != =~ !~, a missing label is "". Patterns are POSIX
// extended regular expressions that must match the whole value; they need no back references and
// get none, so that a hostile label cannot make matching slow. Immutable; any thread.
#pragma once

#include <regex.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/exposition_text.h"
#include "policies/result.h"

namespace penstock {

class SeriesSelector {
 public:
  /// kInvalid says what is wrong and where, for `penstock check` as well.
  static Result<SeriesSelector> parse(std::string_view text);

  const std::string& metric() const { return metric_; }
  bool matches(const ExpositionSample& sample) const;

 private:
  struct FreePattern {
    void operator()(regex_t* pattern) const;
  };
  struct Matcher {
    std::string label;
    bool negated = false;
    std::string literal;                              ///< without a pattern
    std::unique_ptr<regex_t, FreePattern> pattern{};  ///< set for =~ and !~

    bool accepts(std::string_view value) const;
  };
  class Parser;

  std::string metric_;
  std::vector<Matcher> matchers_;
};

}  // namespace penstock
