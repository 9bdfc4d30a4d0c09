// Database and Statement: the little of SQLite that two files need, as owned values.
//
//   Result<Database> db = Database::open("journal.db", Access::kReadWrite);
//   Result<Statement> rows = db->prepare("SELECT id, name FROM t WHERE id > ?1");
//   rows->bind(1, std::int64_t{7});
//   while (rows->step()) use(rows->integer(0), rows->text(1));
//   if (!rows->status()) ...                         // why it ended early
//
// The only home of sqlite3.h is sqlite.cc. Errors say what to do. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "policies/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace penstock {

enum class Access { kReadOnly, kReadWrite };

class Statement {
 public:
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::optional<std::int64_t> value);
  Statement& bind_blob(int index, std::string_view bytes);
  /// True while there is a row; false at the end or after a failure.
  bool step();
  /// Runs to the end and makes it ready for the next binds.
  Status run();
  Status status() const;
  std::int64_t integer(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::string text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string file_;
  int result_ = 0;
};

class Database {
 public:
  /// Opens, and creates when it may write. Writers get WAL and, with `durable`, a commit that is on
  /// disk when it returns. A reader of a file that no daemon has open needs no write permission.
  static Result<Database> open(const std::string& file, Access access, bool durable = true);
  Status execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  /// "ok" from SQLite's own check of the file, or kRefused with what it found.
  Status quick_check();
  Result<std::int64_t> user_version();
  /// Writes a consistent copy; refuses to overwrite.
  Status copy_to(const std::string& file);
  const std::string& file() const { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;
  std::string file_;
};

/// BEGIN IMMEDIATE … COMMIT; rolls back when it is left without commit().
class WriteTransaction {
 public:
  explicit WriteTransaction(Database& db) : db_(db), begun_(db.execute("BEGIN IMMEDIATE")) {}
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  const Status& begun() const { return begun_; }
  Status commit();

 private:
  Database& db_;
  Status begun_;
  bool done_ = false;
};

}  // namespace penstock
