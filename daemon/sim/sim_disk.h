// SimDisk: a disk in memory that knows what was synced, loses the rest when the power goes, and
// fails when it is told to.
//
//   SimDisk disk;
//   const SqliteDisk mounted(disk);
//   disk.fault = [](DiskOp op, const std::string& name) { return SimDisk::Answer::kFull; };
//   disk.halt();                      // the process is gone: handles of before answer nothing
//   disk.power_cut(random);           // … and so is what it had not synced, in part
//   disk.resume();
//
// Unsynced writes survive a power cut one by one, in any combination, whole or torn at a sector;
// names appear and go at once. Single-threaded; copies are independent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sim/random.h"
#include "daemon/sqlite_disk.h"

namespace penstock {

enum class DiskOp : std::uint8_t {
  kOpen,
  kRead,
  kWrite,
  kTruncate,
  kSync,
  kSize,
  kRemove,
  kExists,
};

class SimDisk final : public FileStore {
 public:
  Answer open(const std::string& name, bool create, Handle& handle) override;
  void close(Handle handle) override;
  Answer read(Handle handle, std::int64_t offset, std::span<char> into, std::size_t& got) override;
  Answer write(Handle handle, std::int64_t offset, std::string_view bytes) override;
  Answer truncate(Handle handle, std::int64_t size) override;
  Answer sync(Handle handle) override;
  Answer size(Handle handle, std::int64_t& size) override;
  Answer remove(const std::string& name) override;
  Answer exists(const std::string& name, bool& there) override;

  /// Asked before every operation; kOk lets it happen.
  std::function<Answer(DiskOp op, const std::string& name)> fault;
  std::function<Answer(DiskOp op, const std::string& name)> first_fault;  ///< asked before that

  /// From here on every operation fails, until resume().
  void halt() { halted_ = true; }
  void resume() { halted_ = false; }
  bool halted() const { return halted_; }
  void power_cut(Random& random);

  /// A bad sector: reads of this page of this file are damaged until healed.
  void damage(const std::string& name, std::int64_t page) { damaged_.insert({name, page}); }
  void heal() { damaged_.clear(); }
  bool damaged() const { return !damaged_.empty(); }

  /// What lies there and would be read now; nullopt: no such file.
  std::optional<std::string> content(const std::string& name) const;
  /// Only the files, synced or not: neither handles nor faults.
  SimDisk copy() const;
  /// As it is now, as another file; where there is none, none is there afterwards.
  void copy_file(const std::string& from, const std::string& to);
  std::size_t bytes() const;
  std::uint64_t operations() const { return operations_; }

 private:
  struct Change {
    std::int64_t offset = 0;
    std::string bytes;
    std::optional<std::int64_t> cut;  ///< a truncation to this size instead
  };
  struct File {
    std::string now, durable;
    std::vector<Change> unsynced;
  };
  static void apply(const Change& change, std::string& to);
  Answer ask(DiskOp op, const std::string& name);
  File* at(Handle handle);

  std::map<std::string, File> files_;
  std::map<Handle, std::string> handles_;
  Handle last_handle_ = 0;
  std::uint64_t operations_ = 0;
  bool halted_ = false;
  std::set<std::pair<std::string, std::int64_t>> damaged_;
};

}  // namespace penstock
