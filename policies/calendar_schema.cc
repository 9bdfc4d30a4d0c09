#include "policies/calendar_schema.h"

#include <algorithm>

#include "policies/spelling.h"

namespace penstock {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year_month_day;

using Kind = TomlNode::Kind;

// ISO order; a weekday counts from Sunday.
constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::size_t kMostDates = 400;

weekday nth_day(std::size_t from_monday) {
  return weekday{static_cast<unsigned>((from_monday + 1) % 7)};
}

std::optional<std::size_t> find_day(std::string_view text) {
  const auto found = std::find(kDays.begin(), kDays.end(), text);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kDays.begin());
}

/// "friday" and "FRI" mean "Fri".
std::string meant_day(std::string_view text) {
  if (text.size() < 3) return {};
  for (const std::string_view day : kDays) {
    if (edit_distance(text.substr(0, 3), day) == 0) return in_quotes(day);
  }
  return {};
}

/// One day, or a range such as "Mon-Fri" or "Sat-Mon".
void read_day(const TomlNode& node, ScheduleRule& rule, Reading& reading) {
  const std::string_view text = node.text;
  const std::size_t dash = text.find('-');
  const auto first = find_day(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : find_day(text.substr(dash + 1));
  if (node.kind != Kind::kText || !first || !last) {
    report_not(node, "a weekday: Mon, Tue, Wed, Thu, Fri, Sat, Sun or a range such as Mon-Fri",
               reading, dash == std::string_view::npos ? meant_day(text) : "");
    return;
  }
  for (std::size_t i = *first;; i = (i + 1) % 7) {
    const weekday day = nth_day(i);
    if (std::find(rule.days.begin(), rule.days.end(), day) == rule.days.end()) {
      rule.days.push_back(day);
    }
    if (i == *last) return;
  }
}

template <class T>
bool take_number(std::string_view& text, std::size_t least, std::size_t most, T& value) {
  std::size_t digits = 0;
  while (digits < text.size() && digits < most && text[digits] >= '0' && text[digits] <= '9') {
    ++digits;
  }
  if (digits < least) return false;
  for (const char c : text.substr(0, digits)) value = value * 10 + static_cast<T>(c - '0');
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// "2026-12-24"; one digit is taken as well where `lenient`.
std::optional<year_month_day> parse_date(std::string_view text, bool lenient) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const std::size_t least = lenient ? 1 : 2;
  if (!take_number(text, 4, 4, year) || !take(text, '-') || !take_number(text, least, 2, month) ||
      !take(text, '-') || !take_number(text, least, 2, day) || !text.empty()) {
    return std::nullopt;
  }
  const year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                            std::chrono::day{day}};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::string plain(const year_month_day& date) {
  return format(TimePoint{sys_days{date}}).substr(0, 10);
}

/// One date, or a range such as "2026-12-24..2026-12-27".
void read_date(const TomlNode& node, ScheduleRule& rule, Reading& reading) {
  const std::string_view text = node.text;
  const std::size_t dots = text.find("..");
  const bool range = dots != std::string_view::npos;
  const auto first = parse_date(text.substr(0, dots), false);
  const auto last = range ? parse_date(text.substr(dots + 2), false) : first;
  const bool written = node.kind == Kind::kText || node.kind == Kind::kDate;
  if (!written || !first || !last) {
    const auto meant = range ? std::nullopt : parse_date(text, true);
    report_not(node, "a date such as 2026-12-24, or a range such as 2026-12-24..2026-12-27",
               reading, meant ? in_quotes(plain(*meant)) : "");
    return;
  }
  if (*last < *first) {
    reading.problem(node.at, "ends before it begins",
                    in_quotes(plain(*last) + ".." + plain(*first)));
    return;
  }
  for (sys_days day = *first; day <= sys_days{*last}; day += days{1}) {
    if (rule.dates.size() >= kMostDates) {
      reading.problem(node.at, "makes more than " + std::to_string(kMostDates) + " dates in all");
      return;
    }
    rule.dates.emplace_back(day);
  }
}

template <class ReadItem>
void read_each(const TomlNode& node, ScheduleRule& rule, Reading& reading, ReadItem read_item) {
  if (!expect_list(node, reading)) return;
  if (node.items.empty()) reading.problem(node.at, "is empty: leave it out to take every day");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Reading::Step step(reading, i);
    read_item(node.items[i], rule, reading);
  }
}

/// "18:00", "18:30:15" or "24:00".
std::optional<seconds> parse_clock(std::string_view text, bool lenient) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!take_number(text, lenient ? 1 : 2, 2, hour)) return std::nullopt;
  if (!(lenient && text.empty()) && (!take(text, ':') || !take_number(text, 2, 2, minute))) {
    return std::nullopt;
  }
  if (take(text, ':') && !take_number(text, 2, 2, second)) return std::nullopt;
  const seconds time = std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second};
  if (!text.empty() || minute > 59 || second > 59 || time > std::chrono::hours{24}) {
    return std::nullopt;
  }
  return time;
}

std::string plain(seconds time) {
  return format(TimePoint{time}).substr(11, time.count() % 60 == 0 ? 5 : 8);
}

auto read_clock(seconds ScheduleRule::* member) {
  return [member](const TomlNode& node, ScheduleRule& rule, Reading& reading) {
    const bool written = node.kind == Kind::kText || node.kind == Kind::kClock;
    if (const auto time = written ? parse_clock(node.text, false) : std::nullopt) {
      rule.*member = *time;
      return;
    }
    const std::string text = node.kind == Kind::kInteger ? std::to_string(node.integer) : node.text;
    const auto meant = parse_clock(text, true);
    report_not(node, "a time of day such as \"18:00\"", reading,
               meant && *meant < std::chrono::hours{24} ? in_quotes(plain(*meant)) : "");
  };
}

void read_zone(const TomlNode& node, ScheduleRule& rule, Reading& reading) {
  read_time_zone(node, rule.zone, reading);
}

void check_days_meet_dates(const ScheduleRule& rule, const TomlNode& table, Reading& reading) {
  if (rule.days.empty() || rule.dates.empty()) return;
  const bool meet = std::any_of(rule.dates.begin(), rule.dates.end(), [&](const auto& date) {
    return std::find(rule.days.begin(), rule.days.end(), weekday{sys_days{date}}) !=
           rule.days.end();
  });
  if (!meet) {
    reading.clash(table, {"dates", "days"},
                  "none of these dates falls on one of the days, so no window ever opens");
  }
}

}  // namespace

void read_time_zone(const TomlNode& node, TimeZone& zone, Reading& reading) {
  auto name = read_value<std::string>(node, reading, text_limits(100));
  if (!name) return;
  zone.name = *name;
  if (!reading.lookups().zone) return;
  auto found = reading.lookups().zone(*name);
  if (found) {
    zone = *std::move(found);
  } else {
    reading.problem(node.at, found.error().message);
  }
}

void add_calendar(Schema<ScheduleRule>& schema) {
  using R = ScheduleRule;
  schema
      .special("days", "list of weekdays", "every day",
               "days on which a window starts: `Mon` to `Sun`, or ranges such as `Mon-Fri`",
               [](const TomlNode& node, R& rule, Reading& reading) {
                 read_each(node, rule, reading, read_day);
               })
      .special("dates", "list of dates", "every date",
               "dates on which a window starts, or ranges such as `2026-12-24..2026-12-27`; with "
               "`days` both must fit",
               [](const TomlNode& node, R& rule, Reading& reading) {
                 read_each(node, rule, reading, read_date);
               })
      .special("from", "time of day", "\"00:00\"", "start of each window, local time",
               read_clock(&R::from))
      .special("to", "time of day, at most 24:00", "\"24:00\"",
               "end of each window; at or before `from` it lies on the next day",
               read_clock(&R::to))
      .special("time_zone", "text", "\"UTC\"", "such as `Asia/Singapore`", read_zone)
      .together(check_days_meet_dates);
}

}  // namespace penstock
