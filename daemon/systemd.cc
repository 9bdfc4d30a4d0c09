#include "daemon/systemd.h"

#include <systemd/sd-daemon.h>

namespace penstock {

void systemd_ready() {
  sd_notify(0, "READY=1");
}
void systemd_reloading() {
  sd_notify(0, "RELOADING=1");
}
void systemd_stopping() {
  sd_notify(0, "STOPPING=1");
}

void systemd_alive(const std::string& status) {
  sd_notify(0, ("WATCHDOG=1\nSTATUS=" + status).c_str());
}

}  // namespace penstock
