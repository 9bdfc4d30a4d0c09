// The journal's file format, version by version, and the way from one to the next.
//
//   if (Status current = migrate_journal(db, journal_migrations()); !current) …
//
// A migration is one transaction, after a copy of the file was made beside it; a file of a newer
// version is refused with the command that brings that copy back. Plain functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "daemon/sqlite.h"
#include "policies/result.h"

namespace penstock {

/// SQL that takes the schema to `version` from the one before.
struct Migration {
  int version;
  std::string_view sql;
};
std::span<const Migration> journal_migrations();

Status migrate_journal(Database& db, std::span<const Migration> migrations);
/// The file is of version `found` while this program knows `known` at most.
Error newer_journal(const std::string& file, std::int64_t found, std::int64_t known);

}  // namespace penstock
