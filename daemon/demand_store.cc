#include "daemon/demand_store.h"

#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

namespace penstock {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr const char* kSchema =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE demand (account TEXT NOT NULL, instance TEXT NOT NULL, saved_at INTEGER NOT "
    "NULL, bytes BLOB NOT NULL, PRIMARY KEY (account, instance)) STRICT;"
    "CREATE INDEX demand_saved ON demand (saved_at);"
    "PRAGMA user_version = 1;"
    "COMMIT;";

Result<Database> open_checked(const std::string& file) {
  Result<Database> db = Database::open(file, Access::kReadWrite, /*durable=*/false);
  if (!db) return db;
  if (Status sound = db->quick_check(); !sound) return sound.error();
  const Result<std::int64_t> version = db->user_version();
  if (!version) return version.error();
  if (*version == kVersion) return db;
  if (*version != 0) return Error{ErrorKind::kRefused, file + " has another format", "format", ""};
  if (Status made = db->execute(kSchema); !made) return made.error();
  return db;
}

}  // namespace

Status DemandStore::open() {
  if (db_) return ok();
  Result<Database> db = open_checked(file_);
  bool anew = false;
  if (!db && db.error().kind == ErrorKind::kRefused) {
    std::error_code error;
    std::filesystem::rename(file_, file_ + ".damaged", error);
    if (error) return db.error();  // not damaged: missing folder or rights
    std::filesystem::remove(file_ + "-wal", error);
    std::filesystem::remove(file_ + "-shm", error);
    db = open_checked(file_);
    anew = true;
  }
  if (!db) return db.error();
  db_ = std::move(*db);
  begun_anew_ = anew;
  return ok();
}

Status DemandStore::load(const std::function<void(const InstanceKey&, std::string_view)>& each) {
  if (Status opened = open(); !opened) return opened;
  Result<Statement> rows = db_->prepare("SELECT account, instance, bytes FROM demand");
  if (!rows) return rows.error();
  while (rows->step()) {
    const std::string bytes = rows->text(2);
    each({rows->text(0), rows->text(1)}, bytes);
  }
  return rows->status();
}

Status DemandStore::save(std::span<const SavedDemand> rows, TimePoint now) {
  if (Status opened = open(); !opened) return opened;
  WriteTransaction transaction(*db_);
  if (!transaction.begun()) return transaction.begun();
  Result<Statement> put = db_->prepare(
      "INSERT OR REPLACE INTO demand (account, instance, saved_at, bytes) VALUES (?1, ?2, ?3, ?4)");
  if (!put) return put.error();
  const std::int64_t at = now.time_since_epoch().count();
  for (const SavedDemand& row : rows) {
    put->bind(1, std::string_view(row.key.account)).bind(2, std::string_view(row.key.id));
    put->bind(3, at).bind_blob(4, row.bytes);
    if (Status done = put->run(); !done) return done;
  }
  if (Status done = drop_old(now); !done) return done;
  return transaction.commit();
}

/// Part of a transaction. What it drops is weeks old or far too much: no need to look every time.
Status DemandStore::drop_old(TimePoint now) {
  if (now >= dropped_at_ && now - dropped_at_ < kDropEvery) return ok();
  const std::string oldest = std::to_string((now - kKeep).time_since_epoch().count());
  if (Status done = db_->execute("DELETE FROM demand WHERE saved_at < " + oldest); !done)
    return done;
  const std::string most = std::to_string(kMostInstances);
  if (Status done = db_->execute("DELETE FROM demand WHERE (account, instance) IN (SELECT account, "
                                 "instance FROM demand ORDER BY saved_at DESC LIMIT -1 OFFSET " +
                                 most + ")");
      !done) {
    return done;
  }
  dropped_at_ = now;
  return ok();
}

}  // namespace penstock
