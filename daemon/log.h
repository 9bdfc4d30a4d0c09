// The log: logfmt lines on stderr, friendly to journald. One facade, so that only log.cc pays for
// spdlog.
//
//   log_info("order", {{"instance_id", id}, {"from_mbps", "200"}, {"to_mbps", "230"}});
//   // ts=… level=info event=order instance_id=… from_mbps=200 to_mbps=230
//
// Levels by who must act: error = wake someone, warn = fix it, info = a rare change, debug = per
// tick. Values are escaped: control characters, quotes and invalid UTF-8 cannot forge a line.
// Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "metrics/printable.h"  // values given to a log line are made printable by it

namespace penstock {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct LogField {
  std::string_view key;
  std::string value;
};

void set_log_level(LogLevel level);
/// For a simulated world, whose daemons talk of times that never were.
void silence_log();
void log_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
inline void log_debug(std::string_view e, std::initializer_list<LogField> f) {
  log_line(LogLevel::kDebug, e, f);
}
inline void log_info(std::string_view e, std::initializer_list<LogField> f) {
  log_line(LogLevel::kInfo, e, f);
}
inline void log_warn(std::string_view e, std::initializer_list<LogField> f) {
  log_line(LogLevel::kWarn, e, f);
}
inline void log_error(std::string_view e, std::initializer_list<LogField> f) {
  log_line(LogLevel::kError, e, f);
}

}  // namespace penstock
