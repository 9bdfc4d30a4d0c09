// WireWriter: JSON members as the provider writes them, with its oddities on demand.
//
//   WireWriter out(quirks);
//   out.text("instanceId", id).whole("bandwidthOutMbps", 100).null("expiredTime");
//
// Not thread-safe; one per answer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/json.h"
#include "metrics/units.h"

namespace penstock {

/// What has been seen, or can be expected, of the real service now and then.
struct WireQuirks {
  bool numbers_as_strings = false;
  bool price_as_object = false;   ///< a bare object where an array is documented
  bool unknown_words = false;     ///< statuses and types that no document knows
  std::string unknown_words_for;  ///< only in this instance; "" = all
  double hidden_part = 0;         ///< of all instances, left out of lists

  bool odd_words(std::string_view instance_id) const {
    return unknown_words && (unknown_words_for.empty() || unknown_words_for == instance_id);
  }
};

class WireWriter {
 public:
  explicit WireWriter(bool numbers_as_strings) : as_strings_(numbers_as_strings) {}

  WireWriter& text(std::string_view name, std::string_view value);
  WireWriter& text_or_null(std::string_view name, std::string_view value);  ///< null if empty
  WireWriter& whole(std::string_view name, std::int64_t value);
  WireWriter& whole_or_null(std::string_view name, std::optional<std::int64_t> value);
  WireWriter& real(std::string_view name, double value);
  WireWriter& real_or_null(std::string_view name, std::optional<double> value);
  WireWriter& money(std::string_view name, Money value);
  WireWriter& flag(std::string_view name, bool value);
  WireWriter& null(std::string_view name);
  WireWriter& time(std::string_view name, TimePoint at);  ///< whole seconds, UTC
  WireWriter& texts(std::string_view name, const std::vector<std::string>& values);
  WireWriter& begin(std::string_view name);  ///< an object
  WireWriter& begin_list(std::string_view name);
  WireWriter& begin_item();  ///< an object in a list, or the outermost
  WireWriter& end();
  WireWriter& end_list();
  std::string take() { return json_.take(); }
  bool numbers_as_strings() const { return as_strings_; }

  /// An item of a list as it was written before, with the same quirks.
  WireWriter& item(std::string_view json) {
    json_.fragment(json);
    return *this;
  }
  std::size_t size() const { return json_.size(); }
  std::string_view since(std::size_t size) const { return json_.since(size); }

 private:
  JsonWriter json_;
  bool as_strings_;
};

/// `YYYY-MM-DDThh:mm:ssZ`, the provider's only form of a time.
std::string wire_time(TimePoint at);

}  // namespace penstock
