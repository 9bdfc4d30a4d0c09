// The process itself: signals as a descriptor, no core dumps, and word to systemd.
//
//   harden_process();                       // first thing in main, before any secret is read
//   Signals signals;                        // before any thread is started
//   SystemClock clock(signals.fd());        // a signal ends a sleep
//   if (signals.take().stop) ...            // between two steps
//
// Signals: one per process, made before other threads so that they inherit the blocked mask.
#pragma once

#include <cstddef>

namespace penstock {

/// No core dump and no ptrace by others (secrets live in this memory); SIGPIPE and
/// SIGXFSZ are ignored.
void harden_process();

/// Lets the process open as many files as it is allowed to, and says how many that are: each client
/// is one, and those of the journal and of the sources must never be wanting.
std::size_t raise_file_limit();

class Signals {
 public:
  Signals();  ///< blocks SIGTERM, SIGINT and SIGHUP and opens a signalfd for them
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  struct Seen {
    bool stop = false;    ///< SIGTERM or SIGINT
    bool reload = false;  ///< SIGHUP
  };
  Seen take();  ///< what came since the last call; never blocks
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace penstock
