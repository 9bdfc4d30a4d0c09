// Word to systemd: ready, reloading, stopping, and the watchdog's sign of life.
//
//   systemd_ready();                 // after the first tick
//   systemd_alive("12 instances");   // once a tick
//
// Every call does nothing when the process was not started by systemd. Loop thread.
#pragma once

#include <string>

namespace penstock {

void systemd_ready();
void systemd_reloading();
void systemd_stopping();
void systemd_alive(const std::string& status);  ///< feeds the watchdog and sets the status line

}  // namespace penstock
