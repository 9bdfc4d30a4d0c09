#include "daemon/trace_csv.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "daemon/log.h"

namespace penstock {

namespace {

namespace fs = std::filesystem;

/// Beyond these a millisecond count would overflow or the calendar make no sense: years 1900-2500.
constexpr double kEarliest = -2'208'988'800;
constexpr double kLatest = 16'725'225'600;

Error invalid(std::string message) {
  return {.kind = ErrorKind::kInvalid, .message = std::move(message), .code = {}, .request_id = {}};
}

std::string_view trimmed(std::string_view cell) {
  while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\t')) cell.remove_prefix(1);
  while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t')) cell.remove_suffix(1);
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
    cell = cell.substr(1, cell.size() - 2);
  }
  return cell;
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<TimePoint> parse_timestamp(std::string_view text) {
  const std::optional<double> seconds = parse_number(text);
  if (!seconds) return parse_time(text);
  if (!(*seconds >= kEarliest && *seconds <= kLatest)) return std::nullopt;
  return TimePoint{Duration{std::llround(*seconds * 1000)}};
}

/// Walks a document line by line and puts file and line before every message.
class Parser {
 public:
  Parser(std::string_view text, std::string_view file, const TraceColumns& columns)
      : rest_(text), file_(file), columns_(columns) {
    series_.name = file;
  }

  Result<Series> parse() {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    if (!next_line()) return fail("empty file, expected a header line");
    if (Status header = read_header(); !header) return header.error();
    while (next_line()) {
      if (line_.empty()) continue;
      if (Status row = read_row(); !row) return row.error();
    }
    if (too_long_) return fail("line is longer than " + std::to_string(kMaxTraceLine) + " bytes");
    if (series_.at.empty()) return fail("no samples");
    return std::move(series_);
  }

 private:
  Error fail(const std::string& what) const {
    return invalid(printable(file_, 512) + ":" + std::to_string(number_) + ": " + what);
  }

  bool next_line() {
    if (rest_.empty()) return false;
    ++number_;
    const std::size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    if (line_.size() > kMaxTraceLine) {
      too_long_ = true;
      return false;
    }
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    return true;
  }

  Status read_header() {
    std::string seen;
    std::string_view left = line_;
    for (std::size_t column = 0;; ++column) {
      const std::size_t comma = left.find(',');
      const std::string_view name = trimmed(left.substr(0, comma));
      if (name == columns_.time && !time_column_) time_column_ = column;
      if (name == columns_.value && !value_column_) value_column_ = column;
      seen += (seen.empty() ? "" : ", ") + printable(name, 64);
      if (comma == std::string_view::npos) break;
      left.remove_prefix(comma + 1);
    }
    if (time_column_ && value_column_) return ok();
    const std::string& missing = time_column_ ? columns_.value : columns_.time;
    return fail("no column \"" + printable(missing, 64) +
                "\" (the header has: " + printable(seen, 512) + ")");
  }

  Status read_row() {
    std::optional<std::string_view> time;
    std::optional<std::string_view> value;
    std::string_view left = line_;
    for (std::size_t column = 0; !time || !value; ++column) {
      const std::size_t comma = left.find(',');
      const std::string_view cell = left.substr(0, comma);
      if (column == *time_column_) time = trimmed(cell);
      if (column == *value_column_) value = trimmed(cell);
      if (comma == std::string_view::npos) break;
      left.remove_prefix(comma + 1);
    }
    if (!time || !value) return fail("too few columns");
    const std::optional<TimePoint> at = parse_timestamp(*time);
    if (!at) {
      return fail("\"" + printable(*time, 64) +
                  "\" is not a time: expected Unix seconds or RFC 3339");
    }
    return add(*at, *value);
  }

  Status add(TimePoint at, std::string_view value) {
    if (last_ && at == *last_) return fail("timestamp repeats the one before");
    if (last_ && at < *last_) return fail("timestamp is earlier than the one before");
    last_ = at;
    if (value.empty()) return ok();
    const std::optional<double> number = parse_number(value);
    if (number && std::isnan(*number)) return ok();
    const double mbps = number ? *number * columns_.scale : -1;
    if (!(mbps >= 0) || std::isinf(mbps)) {
      return fail("\"" + printable(value, 64) + "\" is not a bandwidth: expected a number >= 0");
    }
    if (series_.size() == kMaxTraceSamples) {
      return fail("more than " + std::to_string(kMaxTraceSamples) + " samples");
    }
    series_.at.push_back(at);
    series_.demand.push_back(mbps);
    return ok();
  }

  std::string_view rest_;
  std::string_view file_;
  const TraceColumns& columns_;
  std::string_view line_;
  std::size_t number_ = 0;
  bool too_long_ = false;
  std::optional<std::size_t> time_column_;
  std::optional<std::size_t> value_column_;
  std::optional<TimePoint> last_;
  Series series_;
};

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};

/// Plain files pass through zlib unchanged.
Result<std::string> read_whole(const std::string& path) {
  const std::unique_ptr<gzFile_s, CloseGzip> file(gzopen(path.c_str(), "rbe"));
  if (file == nullptr) return invalid(printable(path, 512) + ": " + std::strerror(errno));
  std::string text;
  constexpr std::size_t kChunk = std::size_t{1} << 18;
  while (true) {
    const std::size_t before = text.size();
    if (before > kMaxTraceBytes) {
      return invalid(printable(path, 512) + ": larger than " + std::to_string(kMaxTraceBytes) +
                     " bytes unpacked");
    }
    text.resize(before + kChunk);
    const int got = gzread(file.get(), text.data() + before, kChunk);
    text.resize(before + static_cast<std::size_t>(std::max(got, 0)));
    if (got <= 0) break;
  }
  int code = Z_OK;
  const char* why = gzerror(file.get(), &code);
  if (code == Z_OK || code == Z_STREAM_END) return text;
  return invalid(printable(path, 512) + ": " + (code == Z_ERRNO ? std::strerror(errno) : why));
}

bool is_trace(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".csv") || name.ends_with(".csv.gz");
}

}  // namespace

Result<std::vector<std::string>> list_traces(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (!fs::exists(path, error)) return invalid(printable(path, 512) + ": no such file or folder");
    return std::vector<std::string>{path};
  }
  std::vector<std::string> files;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_trace(entry->path()) && !entry->is_directory(error)) {
      files.push_back(entry->path().string());
    }
  }
  if (error) return invalid(printable(path, 512) + ": " + error.message());
  if (files.empty()) return invalid(printable(path, 512) + ": no *.csv in this folder");
  std::sort(files.begin(), files.end());
  return files;
}

Result<Series> read_trace(const std::string& path, const TraceColumns& columns) {
  const Result<std::string> text = read_whole(path);
  if (!text) return text.error();
  Result<Series> series = parse_trace(*text, path, columns);
  if (!series) return series;
  std::string name = fs::path(path).filename().string();
  for (const std::string_view extension : {".gz", ".csv"}) {
    if (name.ends_with(extension)) name.resize(name.size() - extension.size());
  }
  series->name = std::move(name);
  return series;
}

Result<Series> parse_trace(std::string_view text, std::string_view file,
                           const TraceColumns& columns) {
  return Parser(text, file, columns).parse();
}

}  // namespace penstock
