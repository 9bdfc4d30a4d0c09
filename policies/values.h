// How each type of value is written in a configuration file: read, shown and named.
//
//   std::optional<Mbps> cap = Codec<Mbps>::read(node, reading);   // or a problem in `reading`
//   Codec<Mbps>::show(Mbps{200})                                   // "200 Mbps", quotes included
//
// Whatever cannot be read is answered with what was probably meant. Pure functions.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "metrics/units.h"
#include "policies/reading.h"

namespace penstock {

/// type(): what the manual calls it; show(): a value as written; read(): nullopt after a problem.
template <class V>
struct Codec;

template <class V>
struct ItemOfImpl {
  using Type = V;
};
template <class V>
struct ItemOfImpl<std::optional<V>> {
  using Type = V;
};
template <class V>
struct ItemOfImpl<std::vector<V>> {
  using Type = V;
};
/// What limits apply to: the value itself, or each item of a list.
template <class V>
using ItemOf = typename ItemOfImpl<V>::Type;

/// What a value must satisfy beyond its type.
template <class V>
struct Limits {
  std::string text;  ///< for the manual: "0 to 1"; may be empty
  /// Why a value is refused ("must be from 0 to 1"); "" when it is fine.
  std::function<std::string(const V&)> complaint;
};

template <class V>
Limits<V> between(V least, V most) {
  const std::string text = Codec<V>::plain(least) + " to " + Codec<V>::plain(most);
  return {text, [=](const V& value) {
            return value < least || value > most ? "must be from " + text : std::string();
          }};
}
template <class V>
Limits<V> at_least(V least) {
  const std::string text = "at least " + Codec<V>::plain(least);
  return {text, [=](const V& value) { return value < least ? "must be " + text : std::string(); }};
}
template <class V>
Limits<V> above(V bound, V most) {
  const std::string text = "above " + Codec<V>::plain(bound) + ", at most " + Codec<V>::plain(most);
  return {text, [=](const V& value) {
            return value <= bound || value > most ? "must be " + text : std::string();
          }};
}
/// A name that stands in labels and commands: 1 to 63 of letters, digits, ".", "_" and "-".
Limits<std::string> name_limits();
/// Not empty and no longer than `most` bytes.
Limits<std::string> text_limits(std::size_t most = 1000);

/// The words of an enumeration, in the order the manual lists them.
template <class E>
struct Word {
  E value;
  std::string_view text;
};
template <class E>
struct Words;  ///< specialise with: static constexpr std::array<Word<E>, N> kAll

/// Reports that `node` is no `noun`, with a suggestion when there is one.
void report_not(const TomlNode& node, std::string_view noun, Reading& reading,
                std::string suggestion = {});
/// The index of the word that `node` is; reports which words there are.
std::optional<std::size_t> read_word(const TomlNode& node, std::span<const std::string_view> words,
                                     Reading& reading);
/// "`a`, `b` or `c`" for the manual.
std::string word_list(std::span<const std::string_view> words);

template <>
struct Codec<Mbps> {
  static std::string type() { return "bandwidth"; }
  static std::string plain(Mbps value);  ///< in the largest unit that leaves it whole
  static std::string show(Mbps value) { return in_quotes(format(value)); }
  static std::optional<Mbps> read(const TomlNode& node, Reading& reading);
};

template <>
struct Codec<Money> {
  static std::string type() { return "money"; }
  static std::string plain(Money value) {
    return format_amount(value) + " " + std::string(kCurrency);
  }
  static std::string show(Money value) { return in_quotes(plain(value)); }
  static std::optional<Money> read(const TomlNode& node, Reading& reading);
};

template <>
struct Codec<Duration> {
  static std::string type() { return "duration"; }
  static std::string plain(Duration value);  ///< without blanks: "1h30m"
  static std::string show(Duration value) { return in_quotes(plain(value)); }
  static std::optional<Duration> read(const TomlNode& node, Reading& reading);
};

template <>
struct Codec<std::string> {
  static std::string type() { return "text"; }
  static std::string show(const std::string& value) {
    return value.empty() ? "none" : in_quotes(value);
  }
  static std::optional<std::string> read(const TomlNode& node, Reading& reading);
};

template <>
struct Codec<bool> {
  static std::string type() { return "true or false"; }
  static std::string show(bool value) { return value ? "true" : "false"; }
  static std::optional<bool> read(const TomlNode& node, Reading& reading);
};

template <>
struct Codec<double> {
  static std::string type() { return "number"; }
  static std::string plain(double value);
  static std::string show(double value) { return plain(value); }
  static std::optional<double> read(const TomlNode& node, Reading& reading);
};

/// nullopt, after a problem, also when it does not lie in [least, most].
std::optional<std::int64_t> read_integer(const TomlNode& node, Reading& reading, std::int64_t least,
                                         std::int64_t most);
template <class V>
  requires(std::is_same_v<V, int> || std::is_same_v<V, std::uint32_t>)
struct Codec<V> {
  static std::string type() { return "whole number"; }
  static std::string plain(V value) { return std::to_string(value); }
  static std::string show(V value) { return plain(value); }
  static std::optional<V> read(const TomlNode& node, Reading& reading) {
    // Wide enough for every setting, and inside both types: ranges are the limits' business.
    constexpr std::int64_t kMost = 2'000'000'000;
    const auto value = read_integer(node, reading, std::is_signed_v<V> ? -kMost : 0, kMost);
    if (!value) return std::nullopt;
    return static_cast<V>(*value);
  }
};

template <class E>
  requires std::is_enum_v<E>
struct Codec<E> {
  static std::vector<std::string_view> words() {
    std::vector<std::string_view> all;
    all.reserve(Words<E>::kAll.size());
    for (const Word<E>& word : Words<E>::kAll) all.push_back(word.text);
    return all;
  }
  static std::string type() { return word_list(words()); }
  static std::string show(E value) {
    for (const Word<E>& word : Words<E>::kAll) {
      if (word.value == value) return in_quotes(word.text);
    }
    return "none";
  }
  static std::optional<E> read(const TomlNode& node, Reading& reading) {
    const auto index = read_word(node, words(), reading);
    if (!index) return std::nullopt;
    return Words<E>::kAll[*index].value;
  }
};

template <class V>
struct Codec<std::optional<V>> {
  static std::string type() { return Codec<V>::type(); }
  static std::string show(const std::optional<V>& value) {
    return value ? Codec<V>::show(*value) : "none";
  }
};

/// Whether `node` is a list with something in it; reports when it is not.
bool expect_list(const TomlNode& node, Reading& reading);

template <class V>
struct Codec<std::vector<V>> {
  static std::string type() { return "list of " + Codec<V>::type(); }
  static std::string show(const std::vector<V>& value) {
    std::string text = "[";
    for (const V& item : value) text += (text.size() > 1 ? ", " : "") + Codec<V>::show(item);
    return text + "]";
  }
};

/// Reads with limits; the item's own place is pointed at.
template <class V>
  requires(std::is_same_v<V, ItemOf<V>>)
std::optional<V> read_value(const TomlNode& node, Reading& reading,
                            const Limits<ItemOf<V>>& limits) {
  std::optional<V> value = Codec<V>::read(node, reading);
  if (!value || !limits.complaint) return value;
  const std::string complaint = limits.complaint(*value);
  if (complaint.empty()) return value;
  reading.problem(node.at, complaint);
  return std::nullopt;
}
template <class V>
  requires(std::is_same_v<V, std::optional<ItemOf<V>>>)
std::optional<V> read_value(const TomlNode& node, Reading& reading,
                            const Limits<ItemOf<V>>& limits) {
  V value = read_value<ItemOf<V>>(node, reading, limits);
  if (!value) return std::nullopt;
  return std::optional<V>(std::in_place, std::move(value));
}
template <class V>
  requires(std::is_same_v<V, std::vector<ItemOf<V>>>)
std::optional<V> read_value(const TomlNode& node, Reading& reading,
                            const Limits<ItemOf<V>>& limits) {
  if (!expect_list(node, reading)) return std::nullopt;
  V items;
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Reading::Step step(reading, i);
    auto item = read_value<ItemOf<V>>(node.items[i], reading, limits);
    good = good && item.has_value();
    if (item) items.push_back(*std::move(item));
  }
  if (!good) return std::nullopt;
  return items;
}

}  // namespace penstock
