// NthCall: one call of the daemon that fails, the n-th of its kind: a request, a write of the
// journal, an operation on a file, a look at the clock.
//
//   NthCall nth({.what = NthFault::What::kAnswerLost, .n = 17}, network, clock, disk, daemon);
//   nth.armed(true);   daemon.tick();   nth.armed(false);        // only the daemon's own calls
//
// Counts all kinds, so that a run without a fault tells how many there are. Single-threaded;
// borrows its parts, whose hooks it takes.
#pragma once

#include <cstdint>

#include "daemon/sim/sim_clock.h"
#include "daemon/sim/sim_daemon.h"
#include "daemon/sim/sim_disk.h"
#include "daemon/sim/sim_network.h"

namespace penstock {

struct NthFault {
  enum class What : std::uint8_t {
    kNone,
    kRequestLost,
    kAnswerLost,
    kJournalWrite,
    kFileError,
    kFileFull,
    kFileReadOnly,
    kClockAhead,  ///< two hours, for one look
    kClockBack,
  };
  What what = What::kNone;
  std::uint64_t n = 0;
};

struct CallCounts {
  std::uint64_t requests = 0, journal_writes = 0, file_operations = 0, clock_reads = 0;
};

class NthCall {
 public:
  NthCall(const NthFault& fault, SimNetwork& network, SimClock& clock, SimDisk& disk,
          SimDaemon& daemon);
  NthCall(const NthCall&) = delete;
  NthCall& operator=(const NthCall&) = delete;

  void armed(bool armed);
  const CallCounts& counts() const { return counts_; }

 private:
  bool strikes(NthFault::What what, std::uint64_t n) const;
  void look_at_clock();

  NthFault fault_;
  SimClock& clock_;
  CallCounts counts_;
  Duration true_skew_{};
  bool armed_ = false, wrong_ = false;
};

}  // namespace penstock
