#include "daemon/journal_schema.h"

#include <array>
#include <filesystem>
#include <system_error>

namespace penstock {
namespace {

// The file format. Times are Unix milliseconds, UTC; money millionths of a USD; bandwidth Mbps.
// daemon/README.md explains each column.
constexpr std::array kMigrations = {Migration{1, R"sql(
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, instance TEXT NOT NULL, product TEXT NOT NULL,
  charge TEXT NOT NULL, policy TEXT NOT NULL, kind TEXT NOT NULL, from_mbps INTEGER NOT NULL,
  to_mbps INTEGER NOT NULL, state TEXT NOT NULL, alarm TEXT NOT NULL, replaces INTEGER NOT NULL,
  reason TEXT NOT NULL, reserved_day INTEGER NOT NULL, reserved_month INTEGER NOT NULL,
  charged INTEGER, planned_at INTEGER NOT NULL, sent_at INTEGER, changed_at INTEGER NOT NULL,
  effective_at INTEGER, order_number TEXT NOT NULL, request_id TEXT NOT NULL, code TEXT NOT NULL,
  message TEXT NOT NULL) STRICT;
CREATE INDEX orders_planned ON orders (planned_at);
CREATE INDEX orders_instance ON orders (account, instance, planned_at);
CREATE INDEX orders_open ON orders (state)
  WHERE state IN ('planned', 'sent', 'accepted', 'processing', 'scheduled', 'unknown');
CREATE TABLE instances (
  account TEXT NOT NULL, instance TEXT NOT NULL, cap INTEGER NOT NULL, cap_since INTEGER NOT NULL,
  last_upgrade_at INTEGER, last_downgrade_at INTEGER, expected INTEGER, drifted_at INTEGER,
  drifted_from INTEGER NOT NULL, lower_since INTEGER, lower_most INTEGER NOT NULL,
  replacements INTEGER NOT NULL, replacements_of INTEGER,
  PRIMARY KEY (account, instance)) STRICT, WITHOUT ROWID;
CREATE TABLE breakers (
  account TEXT PRIMARY KEY, failures TEXT NOT NULL, opened_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, account TEXT NOT NULL, instance TEXT NOT NULL,
  policy TEXT NOT NULL, action TEXT NOT NULL, from_mbps INTEGER NOT NULL,
  to_mbps INTEGER NOT NULL, wish_mbps INTEGER NOT NULL, reason TEXT NOT NULL,
  wish_reason TEXT NOT NULL) STRICT;
CREATE INDEX decisions_at ON decisions (at);
CREATE INDEX decisions_instance ON decisions (account, instance, at);
CREATE TABLE events (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  text TEXT NOT NULL) STRICT;
CREATE INDEX events_at ON events (at);
)sql"},
                                    Migration{2, R"sql(
ALTER TABLE instances ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE instances ADD COLUMN type_included INTEGER;
ALTER TABLE instances ADD COLUMN learned_limit INTEGER;
ALTER TABLE instances ADD COLUMN learned_until INTEGER;
)sql"}};

std::string backup_name(const std::string& file, std::int64_t version) {
  return file + ".before-v" + std::to_string(version);
}

}  // namespace

std::span<const Migration> journal_migrations() {
  return kMigrations;
}

Error newer_journal(const std::string& file, std::int64_t found, std::int64_t known) {
  const std::string backup = backup_name(file, known + 1);
  std::error_code ignored;
  std::string text = file + " was written by a newer penstock (schema " + std::to_string(found) +
                     ", this one knows " + std::to_string(known) + "): run the newer one";
  if (std::filesystem::exists(backup, ignored)) {
    text += ", or go back to the copy made before the upgrade with: rm -f '" + file + "-wal' '" +
            file + "-shm' && cp '" + backup + "' '" + file + "'";
  }
  return Error{ErrorKind::kRefused, text, "schema", ""};
}

Status migrate_journal(Database& db, std::span<const Migration> migrations) {
  const Result<std::int64_t> version = db.user_version();
  if (!version) return version.error();
  const std::int64_t known = migrations.empty() ? 0 : migrations.back().version;
  if (*version > known) return newer_journal(db.file(), *version, known);
  if (*version == known) return ok();
  if (*version > 0) {
    const std::string backup = backup_name(db.file(), *version + 1);
    std::error_code ignored;
    // A copy of that name is from a migration that did not finish: the journal is still as it was.
    std::filesystem::remove(backup, ignored);
    if (Status copied = db.copy_to(backup); !copied) return copied;
    // It is a full journal with all the past: as private as the original.
    std::filesystem::permissions(backup, std::filesystem::perms{0600}, ignored);
  }
  WriteTransaction transaction(db);
  if (!transaction.begun()) return transaction.begun();
  for (const Migration& migration : migrations) {
    if (migration.version <= *version) continue;
    if (Status done = db.execute(std::string(migration.sql)); !done) return done;
  }
  if (Status set = db.execute("PRAGMA user_version = " + std::to_string(known)); !set) return set;
  return transaction.commit();
}

}  // namespace penstock
