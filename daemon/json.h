// JSON in and out. Reading is lenient about types (numbers as strings) and strict about syntax;
// writing is streaming and needs no library. simdjson (reading) lives in json.cc alone.
//
//   Result<JsonDocument> doc = JsonDocument::parse(body);
//   for (JsonValue row : doc->root()["response"]["dataSet"].items())
//     auto cap = row["internetMaxBandwidthOut"].integer();     // nullopt if absent, null or junk
//
//   JsonWriter w;  w.begin_object().key("requestId").string(id).end_object();  w.take();
//
// A JsonValue borrows from its document. Not thread-safe; depth and size are bounded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/result.h"

namespace penstock {

class JsonValue {
 public:
  JsonValue() = default;  ///< absent
  bool exists() const;    ///< present and not null
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  JsonValue operator[](std::string_view key) const;  ///< absent unless an object with the key
  std::vector<JsonValue> items() const;              ///< empty unless an array
  std::vector<std::pair<std::string_view, JsonValue>> members() const;
  std::optional<std::string_view> string() const;  ///< only a JSON string
  /// A whole number, also when written as a string or as 100.0; nullopt for anything else.
  std::optional<std::int64_t> integer() const;
  std::optional<double> number() const;  ///< finite; also from a string
  std::optional<bool> boolean() const;   ///< also "true"/"false" as strings
  /// The number's decimal text, for money; also from a string.
  std::optional<std::string> decimal() const;

 private:
  friend class JsonDocument;
  const void* doc_ = nullptr;
  std::size_t index_ = 0;
};

class JsonDocument {
 public:
  static Result<JsonDocument> parse(std::string_view text, std::size_t max_depth = 64);
  JsonValue root() const;
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

 private:
  JsonDocument();
  struct State;
  std::unique_ptr<State> state_;
};

class JsonWriter {
 public:
  JsonWriter();
  ~JsonWriter();
  JsonWriter(JsonWriter&&) noexcept;
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);  ///< invalid UTF-8 becomes U+FFFD
  JsonWriter& integer(std::int64_t value);
  JsonWriter& number(double value);            ///< shortest form that reads back equal; NaN = null
  JsonWriter& decimal(std::string_view text);  ///< a number given as its decimal text
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& fragment(std::string_view json);  ///< a whole value that a writer wrote before
  std::string take();  ///< the document, complete; the writer is empty afterwards
  std::size_t size() const;
  /// What was written since it had that size; good until the next call.
  std::string_view since(std::size_t size) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock
