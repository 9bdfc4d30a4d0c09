// `penstock journal backup|verify|export`: the journal as a file, with or without the daemon.
//
//   return run_journal({.config = "/etc/penstock/penstock.toml", .what = JournalCommand::kVerify});
//
// Reads only; a backup is SQLite's own copy, consistent while the daemon writes.
#pragma once

#include <optional>
#include <string>

#include "metrics/units.h"

namespace penstock {

struct JournalCommand {
  enum What { kBackup, kVerify, kExport };
  What what = kVerify;
  std::string config;
  bool json = false;
  std::string file;                   ///< backup: where to; verify, export: instead of the state's
  std::string table = "orders";       ///< export: orders, decisions or events
  std::optional<TimePoint> from, to;  ///< export
};

int run_journal(const JournalCommand& command, TimePoint now);

}  // namespace penstock
