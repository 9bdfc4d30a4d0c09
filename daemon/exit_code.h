// Exit codes, as --help and the man pages give them; 64 and 78 are those of sysexits(3).
#pragma once

namespace penstock {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitChangesDue = 2;   ///< plan
inline constexpr int kExitUnreachable = 3;  ///< the daemon
inline constexpr int kExitUsage = 64;
inline constexpr int kExitConfig = 78;

}  // namespace penstock
