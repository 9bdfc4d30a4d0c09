// StateLock: one daemon per state folder.
//
//   Result<StateLock> lock = StateLock::take("/var/lib/penstock");
//   if (!lock) return lock.error();      // "… is in use by another penstock (pid 4711)"
//
// flock() on the file `lock` in the folder, which the kernel lets go when the process ends in any
// way. Held for as long as the value lives.
#pragma once

#include <optional>
#include <string>

#include "policies/result.h"

namespace penstock {

class StateLock {
 public:
  /// Creates the folder (mode 0700) where it is missing. Says which when it cannot be written.
  static Result<StateLock> take(const std::string& folder);
  /// Whether a daemon holds it; nullopt where this user cannot see that.
  static std::optional<bool> held(const std::string& folder);
  StateLock(StateLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  StateLock& operator=(StateLock&& other) noexcept;
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;
  ~StateLock();

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace penstock
