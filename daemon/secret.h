// Secret: a password or token that cannot be printed, copied or compared by accident.
//
//   Result<Secret> token = read_secret_file("/run/credentials/penstock.service/token");
//   header = "Bearer " + std::string(token->expose());      // the only way to see it
//
// Moves, does not copy; wiped when destroyed. Safe from any thread once built.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

#include "policies/result.h"

namespace penstock {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const { return size_ == 0; }
  /// Borrowed for as long as the secret lives. Every use of it is to be looked at twice.
  std::string_view expose() const { return {bytes_.get(), size_}; }
  bool same_as(const Secret& other) const;  ///< in time that does not depend on the content

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  void wipe();

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

/// Compares in time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Reads one line from a file, without the blanks around it. kInvalid, with what to do, when it is
/// absent, empty, too long, not one line of text, or readable by everyone.
Result<Secret> read_secret_file(const std::string& path);

/// Puts "[secret]" where `text` contains the secret; for texts that come back from a server.
std::string redacted(std::string_view text, const Secret& secret);

}  // namespace penstock
