#include "daemon/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace penstock {
namespace {

// In a child, so that the blocked signals do not leak into the other tests.
TEST(Process, SignalsAreTakenOnceAndDoNotKill) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Signals signals;
    bool good = !signals.take().stop && !signals.take().reload;
    raise(SIGHUP);
    Signals::Seen seen = signals.take();
    good = good && seen.reload && !seen.stop;
    raise(SIGTERM);
    raise(SIGINT);
    seen = signals.take();
    good = good && seen.stop && !seen.reload && !signals.take().stop;
    _exit(good ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace penstock
