#include "daemon/sim/wire_writer.h"

namespace penstock {

WireWriter& WireWriter::text(std::string_view name, std::string_view value) {
  json_.key(name).string(value);
  return *this;
}

WireWriter& WireWriter::text_or_null(std::string_view name, std::string_view value) {
  return value.empty() ? null(name) : text(name, value);
}

WireWriter& WireWriter::whole(std::string_view name, std::int64_t value) {
  if (as_strings_) return text(name, std::to_string(value));
  json_.key(name).integer(value);
  return *this;
}

WireWriter& WireWriter::whole_or_null(std::string_view name, std::optional<std::int64_t> value) {
  return value ? whole(name, *value) : null(name);
}

WireWriter& WireWriter::real(std::string_view name, double value) {
  if (as_strings_) {
    JsonWriter number;
    number.number(value);
    return text(name, number.take());
  }
  json_.key(name).number(value);
  return *this;
}

WireWriter& WireWriter::real_or_null(std::string_view name, std::optional<double> value) {
  return value ? real(name, *value) : null(name);
}

WireWriter& WireWriter::money(std::string_view name, Money value) {
  if (as_strings_) return text(name, format_amount(value));
  json_.key(name).decimal(format_amount(value));
  return *this;
}

WireWriter& WireWriter::flag(std::string_view name, bool value) {
  json_.key(name).boolean(value);
  return *this;
}

WireWriter& WireWriter::null(std::string_view name) {
  json_.key(name).null();
  return *this;
}

WireWriter& WireWriter::time(std::string_view name, TimePoint at) {
  return text(name, wire_time(at));
}

WireWriter& WireWriter::texts(std::string_view name, const std::vector<std::string>& values) {
  json_.key(name).begin_array();
  for (const std::string& value : values) json_.string(value);
  json_.end_array();
  return *this;
}

WireWriter& WireWriter::begin(std::string_view name) {
  json_.key(name).begin_object();
  return *this;
}

WireWriter& WireWriter::begin_list(std::string_view name) {
  json_.key(name).begin_array();
  return *this;
}

WireWriter& WireWriter::begin_item() {
  json_.begin_object();
  return *this;
}

WireWriter& WireWriter::end() {
  json_.end_object();
  return *this;
}

WireWriter& WireWriter::end_list() {
  json_.end_array();
  return *this;
}

std::string wire_time(TimePoint at) {
  return format(
      std::chrono::time_point_cast<Duration>(std::chrono::floor<std::chrono::seconds>(at)));
}

}  // namespace penstock
