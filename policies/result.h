// Result<T>: a value or an Error that says what the caller should do about it.
//
//   Result<Quote> quote = cloud.quote(...);
//   if (!quote) return quote.error();      // converts into any Result
//   use(*quote);
//
// Method names are those of std::expected, which GCC 12 has only in C++23 mode. Plain values.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace penstock {

/// Named for what the caller does.
enum class ErrorKind {
  kInvalid,         ///< tell the human: configuration, arguments or our own request are wrong
  kTransient,       ///< try again next tick
  kRefused,         ///< the other side said no and will again: hold, show it
  kUnknownOutcome,  ///< a change may or may not have happened: settle by reading before all else
};

struct Error {
  ErrorKind kind = ErrorKind::kInvalid;
  std::string message;     ///< one line for a person; never contains a secret
  std::string code;        ///< the API's normalised code or an HTTP status; empty if none
  std::string request_id;  ///< the API's, when it gave one
};

std::string_view to_string(ErrorKind kind);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::move(error)) {}  // NOLINT
  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  T value_or(T fallback) const { return has_value() ? value() : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

/// For calls that only succeed or fail: `return ok();`
struct Done {};
using Status = Result<Done>;
inline Status ok() {
  return Done{};
}

}  // namespace penstock
