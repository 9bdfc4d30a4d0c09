#include "daemon/journal_command.h"

#include <cstdio>
#include <filesystem>

#include "daemon/api_json.h"
#include "daemon/ask.h"
#include "daemon/exit_code.h"
#include "daemon/sqlite_journal.h"

namespace penstock {
namespace {

constexpr int kPage = 10'000;

Status backup(const std::string& journal, const JournalCommand& command) {
  Result<Database> db = Database::open(journal, Access::kReadOnly);
  if (!db) return db.error();
  if (Status copied = db->copy_to(command.file); !copied) return copied;
  std::error_code ignored;
  std::filesystem::permissions(command.file, std::filesystem::perms{0600}, ignored);
  if (command.json) {
    JsonWriter out;
    out.begin_object().key("done").string("backup").key("file").string(command.file).end_object();
    std::printf("%s\n", out.take().c_str());
  } else {
    std::printf("%s is a complete copy of %s\n", command.file.c_str(), journal.c_str());
  }
  return ok();
}

struct Counts {
  std::int64_t schema = 0, orders = 0, open = 0, decisions = 0, events = 0;
};

Result<std::int64_t> count(Database& db, const std::string& from) {
  Result<Statement> rows = db.prepare("SELECT count(*) FROM " + from);
  if (!rows) return rows.error();
  if (!rows->step()) return rows->status().error();
  return rows->integer(0);
}

/// SQLite's check of the pages, then ours: every row of it must mean something to this version.
Result<Counts> verified(const std::string& journal, TimePoint now) {
  Result<Database> db = Database::open(journal, Access::kReadOnly);
  if (!db) return db.error();
  if (Status sound = db->quick_check(); !sound) return sound.error();
  Counts counts;
  const Result<std::int64_t> schema = db->user_version();
  if (!schema) return schema.error();
  counts.schema = *schema;
  auto opened = SqliteJournal::open_read_only(journal);
  if (!opened) return opened.error();
  if (const Result<Memory> memory = (*opened)->load(now); !memory) return memory.error();
  for (int skip = 0;; skip += kPage) {
    const auto page = (*opened)->orders({.limit = kPage, .skip = skip});
    if (!page) return page.error();
    counts.orders += static_cast<std::int64_t>(page->size());
    for (const Order& order : *page) counts.open += order.open() ? 1 : 0;
    if (page->size() < static_cast<std::size_t>(kPage)) break;
  }
  const Result<std::int64_t> decisions = count(*db, "decisions");
  const Result<std::int64_t> events = count(*db, "events");
  if (!decisions || !events) return decisions ? events.error() : decisions.error();
  counts.decisions = *decisions;
  counts.events = *events;
  return counts;
}

Status verify(const std::string& journal, const JournalCommand& command, TimePoint now) {
  const Result<Counts> counts = verified(journal, now);
  if (command.json) {
    JsonWriter out;
    out.begin_object().key("file").string(journal).key("ok").boolean(counts.has_value());
    if (counts) {
      out.key("schema").integer(counts->schema).key("orders").integer(counts->orders);
      out.key("open_orders").integer(counts->open).key("decisions").integer(counts->decisions);
      out.key("events").integer(counts->events);
    } else {
      out.key("error").string(counts.error().message);
    }
    std::printf("%s\n", out.end_object().take().c_str());
  } else if (counts) {
    std::printf("%s: ok, schema %lld, %lld orders (%lld open), %lld decisions, %lld events\n",
                journal.c_str(), static_cast<long long>(counts->schema),
                static_cast<long long>(counts->orders), static_cast<long long>(counts->open),
                static_cast<long long>(counts->decisions), static_cast<long long>(counts->events));
  }
  return counts ? ok() : Status(counts.error());
}

/// One JSON object a line, newest first: it streams, and a line is a row whatever reads it.
template <class Read>
Status lines(const JournalCommand& command, Read read) {
  HistoryQuery query;
  query.from = command.from;
  query.to = command.to;
  query.limit = kPage;
  for (;; query.skip += kPage) {
    const auto rows = read(query);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      JsonWriter out;
      write_json(out, row);
      std::printf("%s\n", out.take().c_str());
    }
    if (rows->size() < static_cast<std::size_t>(kPage)) return ok();
  }
}

Status export_rows(const std::string& file, const JournalCommand& command) {
  auto journal = SqliteJournal::open_read_only(file);
  if (!journal) return journal.error();
  Journal& past = **journal;
  if (command.table == "orders") {
    return lines(command, [&](const HistoryQuery& query) { return past.orders(query); });
  }
  if (command.table == "decisions") {
    return lines(command, [&](const HistoryQuery& query) { return past.decisions(query); });
  }
  return lines(command, [&](const HistoryQuery& query) { return past.events(query); });
}

}  // namespace

int run_journal(const JournalCommand& command, TimePoint now) {
  std::string file = command.what == JournalCommand::kBackup ? "" : command.file;
  if (file.empty()) {
    const std::optional<Config> config = config_or_complaint(command.config);
    if (!config) return kExitConfig;
    file = config->state + "/journal.db";
  }
  const auto run = [&]() -> Status {
    switch (command.what) {
      case JournalCommand::kBackup:
        return backup(file, command);
      case JournalCommand::kVerify:
        return verify(file, command, now);
      case JournalCommand::kExport:
        return export_rows(file, command);
    }
    return ok();
  };
  const Status done = run();
  if (!done) std::fprintf(stderr, "penstock: %s\n", done.error().message.c_str());
  return done ? kExitDone : kExitFailed;
}

}  // namespace penstock
