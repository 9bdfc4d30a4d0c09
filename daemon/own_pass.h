// OwnPass: one look at the world without the daemon, for commands that may have to do without it.
//
//   OwnPass pass(settings, clock, http);
//   if (Status made = pass.run(); !made) return made.error();
//   pass.snapshot()->accounts, pass.cloud().rights("main"), pass.unknown() …
//
// Reads sources and accounts; the journal is opened read-only, nothing is written and nothing
// ordered. Owns what it makes. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/clock.h"
#include "daemon/cloud.h"
#include "daemon/http.h"
#include "daemon/settings.h"
#include "daemon/snapshot.h"

namespace penstock {

class OwnPass {
 public:
  /// All three must outlive it.
  OwnPass(const Settings& settings, Clock& clock, Http& http);
  ~OwnPass();

  Status run();
  std::shared_ptr<const Snapshot> snapshot() const;
  Cloud& cloud();
  /// What could therefore not be known, one line each.
  const std::vector<std::string>& unknown() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace penstock
