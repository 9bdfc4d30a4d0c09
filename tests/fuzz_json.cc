// Bytes -> JSON -> every way to look at it -> JSON again, which reads back the same.
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/json.h"
#include "metrics/units.h"

namespace {

using namespace penstock;

void copy(JsonValue value, JsonWriter& out) {
  if (value.is_object()) {
    out.begin_object();
    for (const auto& [key, member] : value.members()) {
      out.key(key);
      copy(member, out);
    }
    out.end_object();
  } else if (value.is_array()) {
    out.begin_array();
    for (const JsonValue item : value.items()) copy(item, out);
    out.end_array();
  } else if (const auto text = value.string()) {
    out.string(*text);
  } else if (const auto integer = value.integer()) {
    out.integer(*integer);
  } else if (const auto number = value.number()) {
    out.number(*number);
  } else if (const auto boolean = value.boolean()) {
    out.boolean(*boolean);
  } else {
    out.null();
  }
}

void look(JsonValue value) {
  const auto integer = value.integer();
  const auto number = value.number();
  assert(!number || std::isfinite(*number));
  assert(!integer || number);
  if (const auto decimal = value.decimal()) {
    assert(number);
    JsonWriter out;
    out.decimal(*decimal);
    assert(JsonDocument::parse(out.take()));
    (void)parse_money_amount(*decimal);
  }
  for (const JsonValue item : value.items()) look(item);
  for (const auto& [key, member] : value.members()) {
    look(member);
  }
}

std::string copied(JsonValue value) {
  JsonWriter out;
  copy(value, out);
  return out.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<JsonDocument> document = JsonDocument::parse(text);
  if (document) {
    look(document->root());
    const std::string once = copied(document->root());
    const Result<JsonDocument> again = JsonDocument::parse(once);
    assert(again);
    assert(copied(again->root()) == once);
  }
  JsonWriter any;
  any.begin_array().string(text).end_array();
  assert(JsonDocument::parse(any.take()));
  return 0;
}
