#include "daemon/quote_finding.h"

namespace penstock {

std::string to_text(const QuoteFinding& finding) {
  return std::string(to_string(finding.product)) + " " + std::string(to_string(finding.quote)) +
         ": " + finding.because;
}

std::optional<QuoteFinding> parse_quote_finding(std::string_view account, std::string_view text) {
  const std::size_t blank = text.find(' ');
  const std::size_t colon = text.find(": ");
  if (blank == std::string_view::npos || colon == std::string_view::npos || colon < blank) {
    return std::nullopt;
  }
  const auto product = parse_product(text.substr(0, blank));
  const auto quote = parse_prepaid_quote(text.substr(blank + 1, colon - blank - 1));
  if (!product || !quote || *quote == PrepaidQuote::kAuto) return std::nullopt;
  return QuoteFinding{std::string(account), *product, *quote, std::string(text.substr(colon + 2))};
}

}  // namespace penstock
