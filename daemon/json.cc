#include "daemon/json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "metrics/printable.h"

namespace penstock {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMaxBytes = 256U << 20;
/// Doubles hold every whole number up to here.
constexpr double kExactLimit = 9007199254740992.0;

/// A JsonValue's two words are simdjson's own: a pointer to the document and a place in it. That
/// keeps simdjson out of the header and values as cheap as its elements.
struct Words {
  const void* doc;
  std::size_t index;
};
static_assert(sizeof(element) == sizeof(Words) && std::is_trivially_copyable_v<element>);

element element_at(const void* doc, std::size_t index) {
  return std::bit_cast<element>(Words{doc, index});
}

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// A decimal number as people write it: no "inf", no hexadecimal, nothing after it.
std::optional<double> parse_double(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) {
    return std::nullopt;
  }
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> whole(double value) {
  if (std::trunc(value) != value || std::fabs(value) > kExactLimit) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  text = trimmed(text);
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) return value;
  const std::optional<double> real = parse_double(text);
  return real ? whole(*real) : std::nullopt;
}

/// "12", "-0.5": as JSON writes it, digits with at most one point between them; no exponent.
bool plain_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view before = text.substr(0, point);
  const std::string_view after = point < text.size() ? text.substr(point + 1) : "0";
  constexpr std::string_view kDigits = "0123456789";
  const bool leading_zero = before.size() > 1 && before.front() == '0';
  // A whole number that 64 bits do not hold is one that readers of JSON refuse.
  constexpr std::size_t kMostWhole = 18;
  return !leading_zero && !before.empty() && before.size() <= kMostWhole && !after.empty() &&
         before.find_first_not_of(kDigits) == std::string_view::npos &&
         after.find_first_not_of(kDigits) == std::string_view::npos;
}

/// The shortest plain decimal that reads back as `value`: what was written, for up to 15 digits.
std::optional<std::string> shortest_decimal(double value) {
  if (!std::isfinite(value) || std::fabs(value) > kExactLimit) return std::nullopt;
  std::array<char, 400> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (end.ec != std::errc{}) return std::nullopt;
  return std::string(text.data(), end.ptr);
}

/// `text` with U+FFFD where it is no UTF-8.
std::string repaired_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) append_utf8(out, take_code_point(text));
  return out;
}

std::optional<std::uint32_t> escaped_unit(std::string_view text) {
  std::uint32_t unit = 0;
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  const auto read = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return read.ptr == text.data() + 6 ? std::optional(unit) : std::nullopt;
}

/// Halves of a pair that stand alone, which are no letter, become U+FFFD.
std::string repaired_surrogates(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto unit = escaped_unit(text);
    std::size_t taken = text.front() == '\\' ? 2 : 1;  // what is escaped begins no escape
    if (unit && *unit >= 0xD800 && *unit < 0xE000) {
      const auto next = escaped_unit(text.substr(6));
      const bool pair = *unit < 0xDC00 && next && *next >= 0xDC00 && *next < 0xE000;
      taken = pair ? 12 : 6;
      out += pair ? text.substr(0, taken) : "\\ufffd";
    } else {
      out += text.substr(0, taken);
    }
    text.remove_prefix(std::min(taken, text.size()));
  }
  return out;
}

/// Needs neither escapes nor a look at its UTF-8: nearly every name and every value.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void append_unit(std::string& out, std::uint32_t unit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kHex[unit >> shift & 15U];
}

/// What a terminal obeys instead of showing is escaped too, so that a document can be looked at.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const char c = text.front();
    const char32_t code = take_code_point(text);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (!is_hidden(code)) {
      append_utf8(out, code);
    } else if (code < 0x10000) {
      append_unit(out, code);
    } else {
      append_unit(out, 0xD800 + (code - 0x10000) / 0x400);
      append_unit(out, 0xDC00 + (code - 0x10000) % 0x400);
    }
  }
}

/// `text` as a JSON string; what is not UTF-8 in it becomes U+FFFD.
void append_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_plain(text)) {
    out += text;
  } else {
    append_escaped(out, text);
  }
  out += '"';
}

}  // namespace

bool JsonValue::exists() const {
  return doc_ != nullptr && !element_at(doc_, index_).is_null();
}
bool JsonValue::is_object() const {
  return doc_ != nullptr && element_at(doc_, index_).is_object();
}
bool JsonValue::is_array() const {
  return doc_ != nullptr && element_at(doc_, index_).is_array();
}
bool JsonValue::is_string() const {
  return doc_ != nullptr && element_at(doc_, index_).is_string();
}

JsonValue JsonValue::operator[](std::string_view key) const {
  JsonValue found;
  element member;
  if (is_object() && element_at(doc_, index_).at_key(key).get(member) == simdjson::SUCCESS) {
    const auto words = std::bit_cast<Words>(member);
    found.doc_ = words.doc;
    found.index_ = words.index;
  }
  return found;
}

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> out;
  simdjson::dom::array array;
  if (!is_array() || element_at(doc_, index_).get(array) != simdjson::SUCCESS) return out;
  for (const element item : array) {
    const auto words = std::bit_cast<Words>(item);
    JsonValue& value = out.emplace_back();
    value.doc_ = words.doc;
    value.index_ = words.index;
  }
  return out;
}

std::vector<std::pair<std::string_view, JsonValue>> JsonValue::members() const {
  std::vector<std::pair<std::string_view, JsonValue>> out;
  simdjson::dom::object object;
  if (!is_object() || element_at(doc_, index_).get(object) != simdjson::SUCCESS) return out;
  for (const auto& [key, item] : object) {
    const auto words = std::bit_cast<Words>(item);
    auto& [name, value] = out.emplace_back(key, JsonValue{});
    value.doc_ = words.doc;
    value.index_ = words.index;
  }
  return out;
}

std::optional<std::string_view> JsonValue::string() const {
  std::string_view text;
  if (!is_string() || element_at(doc_, index_).get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<std::int64_t> JsonValue::integer() const {
  if (doc_ == nullptr) return std::nullopt;
  if (const auto text = string()) return parse_integer(*text);
  const element value = element_at(doc_, index_);
  std::int64_t integer = 0;
  if (value.is_int64() && value.get(integer) == simdjson::SUCCESS) return integer;
  double real = 0;
  if (value.is_double() && value.get(real) == simdjson::SUCCESS) return whole(real);
  return std::nullopt;
}

std::optional<double> JsonValue::number() const {
  if (doc_ == nullptr) return std::nullopt;
  if (const auto text = string()) return parse_double(*text);
  double real = 0;
  const element value = element_at(doc_, index_);
  if (!value.is_number() || value.get(real) != simdjson::SUCCESS) return std::nullopt;
  return real;
}

std::optional<bool> JsonValue::boolean() const {
  if (doc_ == nullptr) return std::nullopt;
  if (const auto text = string()) {
    if (*text == "true") return true;
    if (*text == "false") return false;
    return std::nullopt;
  }
  bool value = false;
  if (element_at(doc_, index_).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::optional<std::string> JsonValue::decimal() const {
  if (doc_ == nullptr) return std::nullopt;
  if (const auto text = string()) {
    const std::string_view plain = trimmed(*text);
    if (plain_decimal(plain)) return std::string(plain);
    const std::optional<double> real = parse_double(plain);
    return real ? shortest_decimal(*real) : std::nullopt;
  }
  const element value = element_at(doc_, index_);
  std::int64_t integer = 0;
  if (value.is_int64() && value.get(integer) == simdjson::SUCCESS) {
    std::string plain = std::to_string(integer);
    return plain_decimal(plain) ? std::optional(std::move(plain)) : std::nullopt;
  }
  const std::optional<double> real = number();
  return real ? shortest_decimal(*real) : std::nullopt;
}

struct JsonDocument::State {
  simdjson::dom::parser parser{kMaxBytes};
  element root;
};

JsonDocument::JsonDocument() : state_(std::make_unique<State>()) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Result<JsonDocument> JsonDocument::parse(std::string_view text, std::size_t max_depth) {
  JsonDocument document;
  auto error = text.size() > kMaxBytes ? simdjson::CAPACITY : simdjson::SUCCESS;
  if (error == simdjson::SUCCESS) {
    error = document.state_->parser.allocate(std::max<std::size_t>(text.size(), 64), max_depth);
  }
  const auto parse_text = [&](std::string_view json) {
    return document.state_->parser.parse(json.data(), json.size()).get(document.state_->root);
  };
  if (error == simdjson::SUCCESS) error = parse_text(text);
  // One name that is no text must not cost the whole list that it stands in.
  if (error == simdjson::UTF8_ERROR || error == simdjson::STRING_ERROR) {
    error = parse_text(repaired_surrogates(repaired_utf8(text)));
  }
  if (error != simdjson::SUCCESS) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = std::string("not valid JSON: ") + simdjson::error_message(error),
                 .code = {},
                 .request_id = {}};
  }
  return document;
}

JsonValue JsonDocument::root() const {
  JsonValue value;
  const auto words = std::bit_cast<Words>(state_->root);
  value.doc_ = words.doc;
  value.index_ = words.index;
  return value;
}

struct JsonWriter::State {
  struct Level {
    bool object;
    bool empty = true;
  };
  std::string out;
  std::vector<Level> levels;
  bool after_key = false;

  /// Whatever has to stand between the value before and the one that comes.
  void before_value() {
    assert(levels.empty() || !levels.back().object || after_key);
    if (!levels.empty() && !after_key) comma();
    after_key = false;
  }
  void comma() {
    if (!std::exchange(levels.back().empty, false)) out += ',';
  }
  void open(char bracket, bool object) {
    before_value();
    out += bracket;
    levels.push_back({.object = object});
  }
  void close(char bracket, bool object) {
    assert(!levels.empty() && levels.back().object == object && !after_key);
    levels.pop_back();
    out += bracket;
  }
  void raw(std::string_view text) {
    before_value();
    out += text;
  }
};

JsonWriter::JsonWriter() : state_(std::make_unique<State>()) {}
JsonWriter::~JsonWriter() = default;
JsonWriter::JsonWriter(JsonWriter&&) noexcept = default;

JsonWriter& JsonWriter::begin_object() {
  state_->open('{', true);
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  state_->close('}', true);
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  state_->open('[', false);
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  state_->close(']', false);
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  State& state = *state_;
  assert(!state.levels.empty() && state.levels.back().object && !state.after_key);
  state.comma();
  append_string(state.out, name);
  state.out += ':';
  state.after_key = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  state_->before_value();
  append_string(state_->out, text);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  state_->raw(std::to_string(value));
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  std::array<char, 64> text{};
  char* const last = text.data() + text.size();
  // Readers, ours too, refuse integers beyond 64 bits; with an exponent the same value is none.
  const auto end = std::abs(value) < 1e15
                       ? std::to_chars(text.data(), last, value)
                       : std::to_chars(text.data(), last, value, std::chars_format::scientific);
  state_->raw({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
  return *this;
}

JsonWriter& JsonWriter::decimal(std::string_view text) {
  assert(plain_decimal(text));
  state_->raw(text);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  state_->raw(value ? "true" : "false");
  return *this;
}

JsonWriter& JsonWriter::null() {
  state_->raw("null");
  return *this;
}

JsonWriter& JsonWriter::fragment(std::string_view json) {
  state_->raw(json);
  return *this;
}

std::string JsonWriter::take() {
  assert(state_->levels.empty());
  return std::exchange(state_->out, {});
}

std::size_t JsonWriter::size() const {
  return state_->out.size();
}

std::string_view JsonWriter::since(std::size_t size) const {
  return std::string_view(state_->out).substr(size);
}

}  // namespace penstock
