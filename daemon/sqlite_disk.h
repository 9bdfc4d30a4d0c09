// SqliteDisk: while it lives, SQLite keeps its files in a FileStore instead of on the disk.
//
//   SimDisk disk;
//   const SqliteDisk mounted(disk);
//   auto journal = SqliteJournal::open("/state/journal.db");       // lies in `disk`
//
// For the simulator, which must see every file operation, lose what was not synced, and refuse
// writes. Databases must be closed before it goes. While it lives no other thread may open a
// database; the store must outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace penstock {

/// Files as SQLite needs them: by name while they are opened, by handle after that.
class FileStore {
 public:
  enum class Answer { kOk, kFull, kReadOnly, kIoError, kMissing };
  using Handle = std::uint64_t;

  virtual ~FileStore() = default;
  virtual Answer open(const std::string& name, bool create, Handle& handle) = 0;
  virtual void close(Handle handle) = 0;
  /// Bytes behind the end are zero; `got` says how many were there.
  virtual Answer read(Handle handle, std::int64_t offset, std::span<char> into,
                      std::size_t& got) = 0;
  virtual Answer write(Handle handle, std::int64_t offset, std::string_view bytes) = 0;
  virtual Answer truncate(Handle handle, std::int64_t size) = 0;
  virtual Answer sync(Handle handle) = 0;
  virtual Answer size(Handle handle, std::int64_t& size) = 0;
  virtual Answer remove(const std::string& name) = 0;
  virtual Answer exists(const std::string& name, bool& there) = 0;
};

class SqliteDisk {
 public:
  explicit SqliteDisk(FileStore& store);
  ~SqliteDisk();
  SqliteDisk(const SqliteDisk&) = delete;
  SqliteDisk& operator=(const SqliteDisk&) = delete;
};

}  // namespace penstock
