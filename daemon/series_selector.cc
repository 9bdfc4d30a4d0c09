#include "daemon/series_selector.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

constexpr std::size_t kMaxMatchers = 16;
constexpr std::size_t kMaxPatternBytes = 1024;
/// The library copies what is repeated, once more for each repetition around it.
constexpr std::size_t kMaxCopies = 1024;
constexpr std::size_t kMaxMatchedBytes = 1024;

bool is_name_char(char c, bool first) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalpha(byte) != 0 || c == '_' || c == ':' || (!first && std::isdigit(byte) != 0);
}

}  // namespace

void SeriesSelector::FreePattern::operator()(regex_t* pattern) const {
  regfree(pattern);
  delete pattern;
}

class SeriesSelector::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<SeriesSelector> parse() {
    skip_blanks();
    selector_.metric_ = take_name();
    skip_blanks();
    if (take('{')) {
      skip_blanks();
      while (!take('}')) {
        if (!read_matcher()) return wrong();
        skip_blanks();
        if (!take(',') && peek() != '}') return wrong("expected ',' or '}'");
        skip_blanks();
      }
    }
    skip_blanks();
    if (peek() == '(' || peek() == '[') {
      return wrong(
          "a scrape source selects a counter, such as "
          "node_network_transmit_bytes_total{device=\"eth0\"}, and makes the rate itself");
    }
    if (at_ != text_.size()) return wrong("expected the end of the selector");
    if (selector_.metric_.empty()) return wrong("expected the name of a counter");
    return std::move(selector_);
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n') ++at_;
  }
  std::string take_name() {
    const std::size_t begin = at_;
    while (is_name_char(peek(), at_ == begin)) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool fail(std::string what) {
    what_ = std::move(what);
    return false;
  }
  Error wrong() const { return wrong(what_); }
  Error wrong(const std::string& what) const {
    return Error{ErrorKind::kInvalid,
                 "\"" + printable(text_) + "\", character " + std::to_string(at_ + 1) + ": " + what,
                 {},
                 {}};
  }

  bool read_matcher() {
    if (selector_.matchers_.size() == kMaxMatchers) return fail("too many label matchers");
    skip_blanks();
    Matcher matcher;
    matcher.label = take_name();
    if (matcher.label.empty()) return fail("expected a label name");
    skip_blanks();
    matcher.negated = take('!');
    bool is_pattern = false;
    if (matcher.negated) {
      is_pattern = take('~');
      if (!is_pattern && !take('=')) return fail("expected =, !=, =~ or !~");
    } else {
      if (!take('=')) return fail("expected =, !=, =~ or !~");
      is_pattern = take('~');
    }
    skip_blanks();
    if (!read_quoted(matcher.literal)) return false;
    if (is_pattern && !compile(matcher)) return false;
    if (matcher.label == "__name__" && !is_pattern && !matcher.negated) {
      if (!selector_.metric_.empty()) return fail("the name is given twice");
      selector_.metric_ = matcher.literal;
      return true;
    }
    selector_.matchers_.push_back(std::move(matcher));
    return true;
  }

  bool read_quoted(std::string& out) {
    const char quote = peek();
    if (quote != '"' && quote != '\'') return fail("expected a quoted value");
    ++at_;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    return take(quote) || fail("a value without closing quote");
  }

  /// How often the innermost part is copied at most: a "+" doubles, a {n} multiplies.
  static std::size_t copies(const std::string& pattern) {
    std::size_t all = 1;
    for (std::size_t i = 0; i < pattern.size() && all <= kMaxCopies; ++i) {
      if (pattern[i] == '\\') {
        ++i;
      } else if (pattern[i] == '+') {
        all *= 2;
      } else if (pattern[i] == '{') {
        std::size_t count = 0, most = 0;
        for (++i; i < pattern.size() && pattern[i] != '}' && most <= kMaxCopies; ++i) {
          const bool digit = pattern[i] >= '0' && pattern[i] <= '9';
          count = digit ? count * 10 + static_cast<std::size_t>(pattern[i] - '0') : 0;
          most = std::max(most, count);
        }
        all *= most + 1;
      }
    }
    return all;
  }

  bool compile(Matcher& matcher) {
    const std::string& pattern = matcher.literal;
    if (copies(pattern) > kMaxCopies) return fail("the pattern repeats too much");
    if (pattern.size() > kMaxPatternBytes) return fail("the pattern is too long");
    for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
      if (pattern[i] != '\\') continue;
      // Anything but punctuation would mean something else here than in PromQL.
      if (std::isalnum(static_cast<unsigned char>(pattern[++i])) != 0) {
        return fail("the pattern has an escape that is not supported: \\" +
                    std::string(1, pattern[i]));
      }
    }
    if (pattern.find("(?") != std::string::npos) return fail("(?…) is not supported in a pattern");
    auto compiled = std::make_unique<regex_t>();
    const std::string whole = "^(" + pattern + ")$";
    const int error = regcomp(compiled.get(), whole.c_str(), REG_EXTENDED | REG_NOSUB);
    if (error != 0) {
      char text[128];
      regerror(error, compiled.get(), text, sizeof text);
      return fail(std::string("the pattern is wrong: ") + text);
    }
    matcher.pattern.reset(compiled.release());
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string what_;
  SeriesSelector selector_;
};

bool SeriesSelector::Matcher::accepts(std::string_view value) const {
  if (pattern == nullptr) return (value == literal) != negated;
  // A value that cannot be matched properly is neither accepted nor accepted by negation.
  if (value.size() > kMaxMatchedBytes || value.find('\0') != value.npos) return false;
  regmatch_t range{};
  range.rm_so = 0;
  range.rm_eo = static_cast<regoff_t>(value.size());
  const char* begin = value.empty() ? "" : value.data();
  return (regexec(pattern.get(), begin, 0, &range, REG_STARTEND) == 0) != negated;
}

Result<SeriesSelector> SeriesSelector::parse(std::string_view text) {
  return Parser(text).parse();
}

bool SeriesSelector::matches(const ExpositionSample& sample) const {
  if (sample.name != metric_) return false;
  return std::all_of(matchers_.begin(), matchers_.end(), [&](const Matcher& matcher) {
    return matcher.accepts(sample.label(matcher.label).value_or(std::string_view{}));
  });
}

}  // namespace penstock
