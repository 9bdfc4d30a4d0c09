// SqliteJournal: the journal in one file, journal.db, in the state folder.
//
//   auto journal = SqliteJournal::open("/var/lib/penstock/journal.db");
//   if (!journal) return journal.error();           // says what to do
//
// WAL with synchronous=FULL: what commit() has answered is on disk. One writer (the state lock
// keeps a second daemon out), any number of read-only openers. The schema is a file format: it is
// documented in daemon/README.md and only ever grows by migrations, each after a backup.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/journal.h"
#include "daemon/journal_schema.h"
#include "daemon/sqlite.h"

namespace penstock {

class SqliteJournal final : public Journal {
 public:
  /// Creates, checks and migrates. Refuses a file that a newer version wrote, with the command that
  /// brings back the copy made before that version's migration.
  static Result<std::unique_ptr<SqliteJournal>> open(
      const std::string& file, std::span<const Migration> migrations = journal_migrations());
  /// For `plan` and `history` beside a daemon or without one; commit() and prune() are refused.
  static Result<std::unique_ptr<SqliteJournal>> open_read_only(const std::string& file);

  Result<Memory> load(TimePoint now) override;
  Status commit(const JournalEntry& entry) override;
  Status prune(TimePoint now) override;
  Result<std::vector<Order>> orders(const HistoryQuery& query) override;
  Result<std::vector<DecisionRow>> decisions(const HistoryQuery& query) override;
  Result<std::vector<EventRow>> events(const HistoryQuery& query) override;

 private:
  /// Statements are prepared once; every commit reuses them.
  struct Writers {
    Statement order, instance, breaker, decision, event, forget;
  };

  explicit SqliteJournal(Database db) : db_(std::move(db)) {}
  Status prepare_writers();
  Status write(const JournalEntry& entry);
  Status load_instances(std::vector<InstanceMemory>& out);
  Status load_breakers(std::vector<BreakerMemory>& out);
  Status load_approvals(std::vector<std::string>& out);
  Status load_quote_findings(std::vector<QuoteFinding>& out);

  Database db_;
  std::optional<Writers> writers_;
};

}  // namespace penstock
