#include "policies/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policies/spelling.h"

namespace penstock {
namespace {

using Kind = TomlNode::Kind;

/// A value that was meant as text with a unit: the number in front and what follows it.
struct Measured {
  std::string number;
  std::string unit;
};

/// "1,500 USD", "$200", "2 Gpbs" and the bare 200 taken apart; digit grouping is dropped.
std::optional<Measured> take_apart(const TomlNode& node) {
  if (node.kind == Kind::kInteger && node.integer >= 0) {
    return Measured{std::to_string(node.integer), ""};
  }
  if (node.kind == Kind::kNumber && node.number >= 0 && node.number < 1e15) {
    return Measured{fmt::format("{}", node.number), ""};
  }
  if (node.kind != Kind::kText || node.text.size() > kLongestWord) return std::nullopt;
  std::string_view rest = node.text;
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  Measured parts;
  if (rest.starts_with('$')) {
    parts.unit = "USD";
    rest.remove_prefix(1);
  }
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    const char c = rest[i];
    if ((c >= '0' && c <= '9') || c == '.') {
      parts.number += c;
    } else if (!((c == ',' || c == '_' || c == '\'') && i > 0)) {
      break;
    }
  }
  if (parts.number.empty()) return std::nullopt;
  rest.remove_prefix(i);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  while (rest.ends_with(' ')) rest.remove_suffix(1);
  if (parts.unit.empty()) parts.unit = rest;
  return parts;
}

/// Other spellings of a unit, then the nearest of the true ones.
struct Spelling {
  std::string_view written;
  std::string_view meant;
};
std::string meant_unit(std::string_view unit, std::span<const Spelling> spellings,
                       std::span<const std::string_view> units, std::string_view without) {
  if (unit.empty()) return std::string(without);
  if (auto unit_itself = nearest(unit, units)) return *std::move(unit_itself);
  std::vector<std::string_view> written;
  for (const Spelling& spelling : spellings) written.push_back(spelling.written);
  const auto near = nearest(unit, written);
  for (const Spelling& spelling : spellings) {
    if (near == spelling.written) return std::string(spelling.meant);
  }
  return {};
}

std::string meant_bandwidth(const TomlNode& node) {
  static constexpr std::array<std::string_view, 4> kUnits{"kbps", "Mbps", "Gbps", "Tbps"};
  static constexpr std::array<Spelling, 13> kSpellings{{{"k", "kbps"},
                                                        {"kbit", "kbps"},
                                                        {"kbit/s", "kbps"},
                                                        {"kb/s", "kbps"},
                                                        {"m", "Mbps"},
                                                        {"mb", "Mbps"},
                                                        {"mbit", "Mbps"},
                                                        {"mbit/s", "Mbps"},
                                                        {"g", "Gbps"},
                                                        {"gb", "Gbps"},
                                                        {"gbit", "Gbps"},
                                                        {"gbit/s", "Gbps"},
                                                        {"gb/s", "Gbps"}}};
  // "MB/s" are bytes: which of both was meant is not ours to guess.
  if (node.kind == Kind::kText && node.text.find("B/s") != std::string::npos) return {};
  const auto parts = take_apart(node);
  if (!parts) return {};
  const std::string text =
      parts->number + " " + meant_unit(parts->unit, kSpellings, kUnits, "Mbps");
  return parse_bandwidth(text) ? in_quotes(text) : "";
}

std::string meant_duration(const TomlNode& node) {
  static constexpr std::array<std::string_view, 6> kUnits{"ms", "s", "m", "h", "d", "w"};
  static constexpr std::array<Spelling, 15> kSpellings{{{"sec", "s"},
                                                        {"secs", "s"},
                                                        {"second", "s"},
                                                        {"seconds", "s"},
                                                        {"min", "m"},
                                                        {"mins", "m"},
                                                        {"minute", "m"},
                                                        {"minutes", "m"},
                                                        {"hour", "h"},
                                                        {"hours", "h"},
                                                        {"hr", "h"},
                                                        {"day", "d"},
                                                        {"days", "d"},
                                                        {"week", "w"},
                                                        {"weeks", "w"}}};
  const auto parts = take_apart(node);
  if (!parts) return {};
  const std::string text = parts->number + meant_unit(parts->unit, kSpellings, kUnits, "s");
  return parse_duration(text) ? in_quotes(text) : "";
}

std::string meant_money(const TomlNode& node) {
  static constexpr std::array<std::string_view, 1> kUnits{kCurrency};
  static constexpr std::array<Spelling, 3> kSpellings{
      {{"$", kCurrency}, {"dollar", kCurrency}, {"dollars", kCurrency}}};
  const auto parts = take_apart(node);
  // Another currency is no misspelling: suggesting the same figure in dollars would change it.
  if (!parts) return {};
  const std::string text = parts->number + " " + meant_unit(parts->unit, kSpellings, kUnits, "USD");
  return parse_money(text) ? in_quotes(text) : "";
}

/// Where nothing can be suggested, an example says how it is written.
void report_measure(const TomlNode& node, std::string_view noun, std::string_view example,
                    Reading& reading, const std::string& meant) {
  std::string what(noun);
  if (meant.empty()) what += " such as " + std::string(example);
  report_not(node, what, reading, meant);
}

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

Limits<std::string> name_limits() {
  return {"letters, digits, `.`, `_`, `-`", [](const std::string& name) {
            const bool plain = std::all_of(name.begin(), name.end(), name_character);
            return plain && !name.empty() && name.size() <= 63
                       ? std::string()
                       : "must be 1 to 63 of letters, digits, \".\", \"_\" and \"-\"";
          }};
}

Limits<std::string> text_limits(std::size_t most) {
  return {"", [most](const std::string& text) {
            if (text.empty()) return std::string("must not be empty");
            if (text.size() > most) {
              return "must not be longer than " + std::to_string(most) + " bytes";
            }
            return std::string();
          }};
}

void report_not(const TomlNode& node, std::string_view noun, Reading& reading,
                std::string suggestion) {
  reading.problem(node.at, shown(node) + " is not " + std::string(noun), std::move(suggestion));
}

std::optional<std::size_t> read_word(const TomlNode& node, std::span<const std::string_view> words,
                                     Reading& reading) {
  if (node.kind == Kind::kText) {
    const auto found = std::find(words.begin(), words.end(), node.text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  const auto guess = node.kind == Kind::kText ? nearest(node.text, words) : std::nullopt;
  report_not(node, word_list(words), reading, guess ? in_quotes(*guess) : "");
  return std::nullopt;
}

std::string word_list(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + in_quotes(words[i]);
  }
  return text;
}

bool expect_list(const TomlNode& node, Reading& reading) {
  if (node.kind == Kind::kList) return true;
  const bool one = node.kind == Kind::kText || node.kind == Kind::kInteger;
  report_not(node, "a list", reading, one ? "[" + shown(node) + "]" : "");
  return false;
}

std::string Codec<Mbps>::plain(Mbps value) {
  constexpr std::int64_t kGiga = 1000;
  constexpr std::int64_t kTera = 1'000'000;
  const std::int64_t mbps = value.count();
  if (mbps >= kTera && mbps % kTera == 0) return std::to_string(mbps / kTera) + " Tbps";
  if (mbps >= kGiga && mbps % kGiga == 0) return std::to_string(mbps / kGiga) + " Gbps";
  return format(value);
}

std::optional<Mbps> Codec<Mbps>::read(const TomlNode& node, Reading& reading) {
  const bool text = node.kind == Kind::kText;
  if (const auto value = text ? parse_bandwidth(node.text) : std::nullopt) return value;
  // 1500 kbps is a bandwidth, but none that can be ordered.
  const auto parts = take_apart(node);
  const bool fraction = text && parts && (parts->unit == "Mbps" || parts->unit == "kbps");
  if (fraction && parse_money_amount(parts->number)) {
    report_not(node, "a whole number of Mbps", reading);
    return std::nullopt;
  }
  report_measure(node, "a bandwidth", "\"200 Mbps\"", reading, meant_bandwidth(node));
  return std::nullopt;
}

std::optional<Money> Codec<Money>::read(const TomlNode& node, Reading& reading) {
  if (node.kind == Kind::kText) {
    if (auto value = parse_money(node.text)) return value;
  }
  report_measure(node, "an amount of money", "\"12.50 USD\"", reading, meant_money(node));
  return std::nullopt;
}

std::string Codec<Duration>::plain(Duration value) {
  std::string text = format(value);
  std::erase(text, ' ');
  return text;
}

std::optional<Duration> Codec<Duration>::read(const TomlNode& node, Reading& reading) {
  if (node.kind == Kind::kText) {
    if (auto value = parse_duration(node.text)) return value;
  }
  report_measure(node, "a duration", "\"15m\" or \"1h30m\"", reading, meant_duration(node));
  return std::nullopt;
}

std::optional<std::string> Codec<std::string>::read(const TomlNode& node, Reading& reading) {
  if (node.kind == Kind::kText) return node.text;
  const bool plain = node.kind != Kind::kList && node.kind != Kind::kTable;
  report_not(node, "text", reading, plain ? in_quotes(shown(node)) : "");
  return std::nullopt;
}

std::optional<bool> Codec<bool>::read(const TomlNode& node, Reading& reading) {
  if (node.kind == Kind::kBoolean) return node.boolean;
  std::string meant;
  if (node.kind == Kind::kText) {
    for (const char* yes : {"true", "yes", "on"}) {
      if (edit_distance(node.text, yes) == 0) meant = "true";
    }
    for (const char* no : {"false", "no", "off"}) {
      if (edit_distance(node.text, no) == 0) meant = "false";
    }
  }
  report_not(node, "true or false", reading, meant);
  return std::nullopt;
}

std::string Codec<double>::plain(double value) {
  return fmt::format("{}", value);
}

std::optional<double> Codec<double>::read(const TomlNode& node, Reading& reading) {
  const bool number = node.kind == Kind::kInteger || node.kind == Kind::kNumber;
  if (number && std::isfinite(node.number)) return node.number;
  std::string meant;
  if (node.kind == Kind::kText && node.text.size() <= kLongestWord) {
    // "0.7", and "70 %", which is written as a share.
    std::string_view text = node.text;
    const bool percent = text.ends_with('%');
    if (percent) text.remove_suffix(1);
    if (const auto micros = parse_money_amount(text)) {
      meant = plain(static_cast<double>(micros->micros()) / (percent ? 1e8 : 1e6));
    }
  }
  report_not(node, "a number", reading, meant);
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const TomlNode& node, Reading& reading, std::int64_t least,
                                         std::int64_t most) {
  if (node.kind == Kind::kInteger) {
    if (node.integer >= least && node.integer <= most) return node.integer;
    reading.problem(node.at, node.integer > most ? "is far too large"
                             : least == 0        ? "must not be negative"
                                                 : "is far too small");
    return std::nullopt;
  }
  std::string meant;
  const bool whole = node.kind == Kind::kNumber && std::nearbyint(node.number) == node.number &&
                     std::abs(node.number) < 1e15;
  if (whole) meant = std::to_string(static_cast<std::int64_t>(node.number));
  if (node.kind == Kind::kText && !node.text.empty() && node.text.size() < 10 &&
      node.text.find_first_not_of("0123456789") == std::string::npos) {
    meant = node.text;
  }
  report_not(node, "a whole number", reading, meant);
  return std::nullopt;
}

}  // namespace penstock
