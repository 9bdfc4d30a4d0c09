#include "daemon/sqlite.h"

#include <sqlite3.h>

#include <filesystem>
#include <system_error>

namespace penstock {
namespace {

/// What a person can do about a failure, in one line.
Error failure(int code, const char* detail, const std::string& file) {
  const int primary = code & 0xff;
  std::string what = file + ": " + (detail != nullptr ? detail : sqlite3_errstr(code));
  std::string advice;
  switch (primary) {
    case SQLITE_FULL:
      advice = "the disk is full: free space there";
      break;
    case SQLITE_IOERR:
      advice = "the disk cannot be read or written: look at the kernel's log";
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      advice = "check that the folder exists and that penstock's user may write to it";
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      advice = "the file is damaged: stop penstock, move the file away and put a copy in its place";
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      advice = "another program holds the file";
      break;
    default:
      break;
  }
  if (!advice.empty()) what += " (" + advice + ")";
  const bool passes = primary == SQLITE_FULL || primary == SQLITE_IOERR || primary == SQLITE_BUSY ||
                      primary == SQLITE_LOCKED;
  return Error{passes ? ErrorKind::kTransient : ErrorKind::kRefused, what, sqlite3_errstr(code),
               ""};
}

/// The characters that end a path in a URI, escaped.
std::string uri_path(const std::string& file) {
  std::string out;
  for (const char c : file) {
    if (c == '%') {
      out += "%25";
    } else if (c == '?') {
      out += "%3f";
    } else if (c == '#') {
      out += "%23";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}
void Database::Close::operator()(sqlite3* db) const {
  sqlite3_close_v2(db);
}

Statement& Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data() != nullptr ? text.data() : "",
                      text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int index, std::optional<std::int64_t> value) {
  if (value) return bind(index, *value);
  sqlite3_bind_null(statement_.get(), index);
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), index, bytes.data() != nullptr ? bytes.data() : "",
                      bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

bool Statement::step() {
  result_ = sqlite3_step(statement_.get());
  return result_ == SQLITE_ROW;
}

Status Statement::run() {
  while (step()) {
  }
  const Status outcome = status();
  sqlite3_reset(statement_.get());
  return outcome;
}

Status Statement::status() const {
  if (result_ == SQLITE_ROW || result_ == SQLITE_DONE || result_ == SQLITE_OK) return ok();
  return failure(result_, sqlite3_errmsg(sqlite3_db_handle(statement_.get())), file_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

std::string Statement::text(int column) const {
  // Blobs come this way as well: the bytes are taken by length, never by a terminator.
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr || size <= 0) return "";
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

Result<Database> Database::open(const std::string& file, Access access, bool durable) {
  Database opened;
  opened.file_ = file;
  const bool writes = access == Access::kReadWrite;
  int flags = SQLITE_OPEN_NOMUTEX |
              (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  std::string name = file;
  std::error_code ignored;
  if (!writes && !std::filesystem::exists(file + "-wal", ignored)) {
    // Nobody writes it now: without this a reader would have to create the WAL's index file.
    name = "file:" + uri_path(file) + "?immutable=1";
    flags |= SQLITE_OPEN_URI;
  }
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags, nullptr);
  opened.db_.reset(raw);
  if (code != SQLITE_OK) {
    return failure(code, raw != nullptr ? sqlite3_errmsg(raw) : nullptr, file);
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 2000);
  std::string setup = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";
  if (writes) {
    setup += "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;";
    setup += durable ? "PRAGMA synchronous = FULL;" : "PRAGMA synchronous = NORMAL;";
  } else {
    setup += "PRAGMA query_only = ON;";
  }
  if (Status done = opened.execute(setup); !done) return done.error();
  return opened;
}

Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return ok();
  return failure(code, sqlite3_errmsg(db_.get()), file_);
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  if (code != SQLITE_OK) return failure(code, sqlite3_errmsg(db_.get()), file_);
  Statement statement;
  statement.statement_.reset(raw);
  statement.file_ = file_;
  return statement;
}

Status Database::quick_check() {
  Result<Statement> check = prepare("PRAGMA quick_check(1)");
  if (!check) return check.error();
  if (!check->step()) {
    const Status why = check->status();
    return why ? Status(failure(SQLITE_CORRUPT, "the check gave no answer", file_)) : why;
  }
  const std::string found = check->text(0);
  if (found == "ok") return ok();
  return failure(SQLITE_CORRUPT, found.c_str(), file_);
}

Result<std::int64_t> Database::user_version() {
  Result<Statement> read = prepare("PRAGMA user_version");
  if (!read) return read.error();
  if (!read->step()) return read->status().error();
  return read->integer(0);
}

Status Database::copy_to(const std::string& file) {
  // A reader may not write at all, and that would include the copy.
  if (Status may = execute("PRAGMA query_only = OFF;"); !may) return may;
  Result<Statement> copy = prepare("VACUUM INTO ?1");
  if (!copy) return copy.error();
  return copy->bind(1, std::string_view(file)).run();
}

WriteTransaction::~WriteTransaction() {
  // A rollback that fails leaves nothing to do: closing or the next open rolls back.
  if (begun_ && !done_) static_cast<void>(db_.execute("ROLLBACK"));
}

Status WriteTransaction::commit() {
  if (!begun_) return begun_;
  Status written = db_.execute("COMMIT");
  done_ = written.has_value();
  return written;
}

}  // namespace penstock
