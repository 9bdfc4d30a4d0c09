#include "daemon/request_target.h"

#include <algorithm>

namespace penstock {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Percent-decoded; what is no escape stays as it is.
std::string decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::string_view find(const std::vector<std::pair<std::string, std::string>>& pairs,
                      std::string_view name, bool ignore_case) {
  for (const auto& [key, value] : pairs) {
    if (ignore_case ? equal_ignoring_case(key, name) : key == name) return value;
  }
  return "";
}

}  // namespace

bool read_target(std::string_view target, ServerRequest& request) {
  if (!target.starts_with('/')) {  // absolute form, as sent to proxies
    const std::size_t scheme = target.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::size_t slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  const std::size_t mark = target.find('?');
  request.path = decode(target.substr(0, mark), false);
  if (request.path.find('\0') != std::string::npos) return false;
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value =
        equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    if (!pair.empty()) {
      request.query.emplace_back(decode(pair.substr(0, equals), true), decode(value, true));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return true;
}

std::string_view ServerRequest::header(std::string_view name) const {
  return find(headers, name, true);
}

std::string_view ServerRequest::parameter(std::string_view name) const {
  return find(query, name, false);
}

}  // namespace penstock
