#include "daemon/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <csignal>
#include <initializer_list>
#include <utility>

namespace penstock {

void harden_process() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  std::signal(SIGPIPE, SIG_IGN);
  // Beyond a file size limit a write fails and is reported, instead of killing us.
  std::signal(SIGXFSZ, SIG_IGN);
}

std::size_t raise_file_limit() {
  // Enough for every client and source; an endless table would only cost memory.
  constexpr rlim_t kMost = 65'536;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlim_t wanted = std::min(limit.rlim_max, kMost);
  if (limit.rlim_cur < wanted) {
    const rlim_t before = std::exchange(limit.rlim_cur, wanted);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  }
  return std::min(limit.rlim_cur, kMost);
}

Signals::Signals() {
  sigset_t ours;
  sigemptyset(&ours);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ours, signal);
  pthread_sigmask(SIG_BLOCK, &ours, nullptr);
  fd_ = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
  assert(fd_ >= 0);
}

Signals::~Signals() {
  close(fd_);
}

Signals::Seen Signals::take() {
  Seen seen;
  signalfd_siginfo info;
  while (read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGHUP) {
      seen.reload = true;
    } else {
      seen.stop = true;
    }
  }
  return seen;
}

}  // namespace penstock
