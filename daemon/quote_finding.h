// QuoteFinding: what was found out about the meaning of an account's prepaid price answers.
//
//   QuoteFinding finding{"main", Product::kVm, PrepaidQuote::kDue, "asked for the present …"};
//   parse_quote_finding("main", to_text(finding)) == finding
//
// Journalled as an event, so that a restart does not take every price at its largest reading until
// it is found out once more. Plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/account.h"
#include "policies/instance.h"

namespace penstock {

struct QuoteFinding {
  std::string account;
  Product product = Product::kVm;
  PrepaidQuote quote = PrepaidQuote::kAuto;
  std::string because;
  bool operator==(const QuoteFinding&) const = default;
};

/// The kind of the event; its subject is the account, its text "PRODUCT MEANING: because".
inline constexpr std::string_view kQuoteFound = "prepaid-quote";

std::string to_text(const QuoteFinding& finding);
/// nullopt: of another version, or damaged; then it is found out anew.
std::optional<QuoteFinding> parse_quote_finding(std::string_view account, std::string_view text);

}  // namespace penstock
