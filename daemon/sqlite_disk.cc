#include "daemon/sqlite_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

namespace penstock {
namespace {

using Answer = FileStore::Answer;

constexpr int kLongestName = 512;
constexpr int kSector = 4096;

/// What the connections to one file share: its lock and the index of its write-ahead log.
struct Shared {
  int openers = 0;
  int shared_locks = 0;
  int strongest = SQLITE_LOCK_NONE;  ///< RESERVED or more, held by one
  const void* holder = nullptr;
  struct Slot {
    int shared = 0;
    bool exclusive = false;
  };
  std::array<Slot, SQLITE_SHM_NLOCK> slots{};
  int mapped = 0;
  std::vector<std::unique_ptr<std::vector<char>>> regions;
};

struct Mounted {
  FileStore* store = nullptr;
  sqlite3_vfs vfs{};
  std::map<std::string, Shared> files;
  std::uint64_t random = 1;
};

/// SQLite's own list of file systems is global, and so is this: one at a time.
Mounted& mounted() {
  static Mounted only;
  return only;
}

struct OpenFile {
  std::string name;
  FileStore::Handle handle = 0;
  int level = SQLITE_LOCK_NONE;
  bool mapped = false;
  std::array<bool, SQLITE_SHM_NLOCK> holds_shared{}, holds_exclusive{};

  Shared& shared() const { return mounted().files[name]; }
};

/// What SQLite allocates for a file.
struct Raw {
  sqlite3_file base;
  OpenFile* file;
};

OpenFile& of(sqlite3_file* raw) {
  return *reinterpret_cast<Raw*>(raw)->file;
}

int code_of(Answer answer, int io_error) {
  switch (answer) {
    case Answer::kOk:
      return SQLITE_OK;
    case Answer::kFull:
      return SQLITE_FULL;
    case Answer::kReadOnly:
      return SQLITE_READONLY;
    case Answer::kMissing:
      return SQLITE_CANTOPEN;
    case Answer::kIoError:
      return io_error;
  }
  return io_error;
}

// ---- One file ----

int unlock(sqlite3_file* raw, int level) {
  OpenFile& file = of(raw);
  Shared& shared = file.shared();
  if (shared.holder == &file && level <= SQLITE_LOCK_SHARED) {
    shared.holder = nullptr;
    shared.strongest = SQLITE_LOCK_NONE;
  }
  if (level == SQLITE_LOCK_NONE && file.level >= SQLITE_LOCK_SHARED) --shared.shared_locks;
  file.level = std::min(file.level, level);
  return SQLITE_OK;
}

int lock(sqlite3_file* raw, int level) {
  OpenFile& file = of(raw);
  Shared& shared = file.shared();
  if (level <= file.level) return SQLITE_OK;
  const bool other = shared.holder != nullptr && shared.holder != &file;
  if (level == SQLITE_LOCK_SHARED) {
    if (other && shared.strongest >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    ++shared.shared_locks;
  } else {
    if (other || (level == SQLITE_LOCK_EXCLUSIVE && shared.shared_locks > 1)) return SQLITE_BUSY;
    shared.holder = &file;
    shared.strongest = level;
  }
  file.level = level;
  return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* raw, int* out) {
  *out = of(raw).shared().holder != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int shm_unmap(sqlite3_file* raw, int /*remove*/) {
  OpenFile& file = of(raw);
  Shared& shared = file.shared();
  if (!file.mapped) return SQLITE_OK;
  file.mapped = false;
  for (std::size_t i = 0; i < shared.slots.size(); ++i) {
    if (file.holds_shared.at(i)) --shared.slots.at(i).shared;
    if (file.holds_exclusive.at(i)) shared.slots.at(i).exclusive = false;
  }
  if (--shared.mapped == 0) shared.regions.clear();
  return SQLITE_OK;
}

int close_file(sqlite3_file* raw) {
  OpenFile* file = reinterpret_cast<Raw*>(raw)->file;
  shm_unmap(raw, 0);
  unlock(raw, SQLITE_LOCK_NONE);
  mounted().store->close(file->handle);
  if (--file->shared().openers == 0) mounted().files.erase(file->name);
  delete file;
  return SQLITE_OK;
}

int read_file(sqlite3_file* raw, void* into, int count, sqlite3_int64 offset) {
  std::size_t got = 0;
  const std::span<char> bytes(static_cast<char*>(into), static_cast<std::size_t>(count));
  const Answer answer = mounted().store->read(of(raw).handle, offset, bytes, got);
  if (answer != Answer::kOk) return code_of(answer, SQLITE_IOERR_READ);
  return got == bytes.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* raw, const void* from, int count, sqlite3_int64 offset) {
  const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(count));
  return code_of(mounted().store->write(of(raw).handle, offset, bytes), SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* raw, sqlite3_int64 size) {
  return code_of(mounted().store->truncate(of(raw).handle, size), SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* raw, int /*flags*/) {
  return code_of(mounted().store->sync(of(raw).handle), SQLITE_IOERR_FSYNC);
}

int file_size(sqlite3_file* raw, sqlite3_int64* out) {
  std::int64_t size = 0;
  const Answer answer = mounted().store->size(of(raw).handle, size);
  *out = size;
  return code_of(answer, SQLITE_IOERR_FSTAT);
}

int file_control(sqlite3_file* /*raw*/, int /*operation*/, void* /*argument*/) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file* /*raw*/) {
  return kSector;
}
int device_characteristics(sqlite3_file* /*raw*/) {
  return 0;
}

// ---- The index of the write-ahead log: memory that the connections share ----

int shm_map(sqlite3_file* raw, int region, int size, int extend, void volatile** out) {
  OpenFile& file = of(raw);
  Shared& shared = file.shared();
  if (!file.mapped) {
    file.mapped = true;
    ++shared.mapped;
  }
  *out = nullptr;
  while (static_cast<int>(shared.regions.size()) <= region) {
    if (extend == 0) return SQLITE_OK;
    shared.regions.push_back(
        std::make_unique<std::vector<char>>(static_cast<std::size_t>(size), '\0'));
  }
  *out = shared.regions[static_cast<std::size_t>(region)]->data();
  return SQLITE_OK;
}

int shm_lock(sqlite3_file* raw, int first, int count, int flags) {
  OpenFile& file = of(raw);
  auto& slots = file.shared().slots;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  const auto begin = static_cast<std::size_t>(first);
  const auto end = begin + static_cast<std::size_t>(count);
  for (std::size_t i = begin; i < end; ++i) {
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
      if (exclusive && file.holds_exclusive.at(i)) slots.at(i).exclusive = false;
      if (!exclusive && file.holds_shared.at(i)) --slots.at(i).shared;
      (exclusive ? file.holds_exclusive : file.holds_shared).at(i) = false;
      continue;
    }
    const int others = slots.at(i).shared - (file.holds_shared.at(i) ? 1 : 0);
    const bool taken = slots.at(i).exclusive && !file.holds_exclusive.at(i);
    if (taken || (exclusive && others > 0)) return SQLITE_BUSY;
  }
  if ((flags & SQLITE_SHM_UNLOCK) != 0) return SQLITE_OK;
  for (std::size_t i = begin; i < end; ++i) {
    if (exclusive) {
      slots.at(i).exclusive = file.holds_exclusive.at(i) = true;
    } else if (!file.holds_shared.at(i)) {
      ++slots.at(i).shared;
      file.holds_shared.at(i) = true;
    }
  }
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file* /*raw*/) {}

constexpr sqlite3_io_methods kMethods{.iVersion = 2,
                                      .xClose = close_file,
                                      .xRead = read_file,
                                      .xWrite = write_file,
                                      .xTruncate = truncate_file,
                                      .xSync = sync_file,
                                      .xFileSize = file_size,
                                      .xLock = lock,
                                      .xUnlock = unlock,
                                      .xCheckReservedLock = check_reserved_lock,
                                      .xFileControl = file_control,
                                      .xSectorSize = sector_size,
                                      .xDeviceCharacteristics = device_characteristics,
                                      .xShmMap = shm_map,
                                      .xShmLock = shm_lock,
                                      .xShmBarrier = shm_barrier,
                                      .xShmUnmap = shm_unmap,
                                      .xFetch = nullptr,
                                      .xUnfetch = nullptr};

// ---- The file system ----

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* raw, int flags, int* out) {
  Raw& target = *reinterpret_cast<Raw*>(raw);
  target.base.pMethods = nullptr;
  // Nothing penstock does needs a file without a name.
  if (name == nullptr) return SQLITE_CANTOPEN;
  FileStore::Handle handle = 0;
  const Answer answer = mounted().store->open(name, (flags & SQLITE_OPEN_CREATE) != 0, handle);
  if (answer != Answer::kOk) return code_of(answer, SQLITE_CANTOPEN);
  auto file = std::make_unique<OpenFile>();
  file->name = name;
  file->handle = handle;
  ++file->shared().openers;
  target.file = file.release();
  target.base.pMethods = &kMethods;
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* /*vfs*/, const char* name, int /*sync*/) {
  const Answer answer = mounted().store->remove(name);
  return answer == Answer::kMissing ? SQLITE_IOERR_DELETE_NOENT
                                    : code_of(answer, SQLITE_IOERR_DELETE);
}

int access_file(sqlite3_vfs* /*vfs*/, const char* name, int /*flags*/, int* out) {
  bool there = false;
  const Answer answer = mounted().store->exists(name, there);
  *out = there ? 1 : 0;
  return code_of(answer, SQLITE_IOERR_ACCESS);
}

int full_name(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
  const int length = std::snprintf(out, static_cast<std::size_t>(size), "%s", name);
  return length < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

/// The same in every run: salts of the log come from here.
int randomness(sqlite3_vfs* /*vfs*/, int count, char* out) {
  for (int i = 0; i < count; ++i) {
    std::uint64_t& state = mounted().random;
    state = state * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    out[i] = static_cast<char>(state >> 56U);
  }
  return count;
}

int no_sleep(sqlite3_vfs* /*vfs*/, int microseconds) {
  return microseconds;
}

int no_time(sqlite3_vfs* /*vfs*/, double* out) {
  *out = 0;
  return SQLITE_OK;
}

}  // namespace

SqliteDisk::SqliteDisk(FileStore& store) {
  Mounted& here = mounted();
  assert(here.store == nullptr);
  here.store = &store;
  here.random = 1;
  here.vfs = {};
  here.vfs.iVersion = 1;
  here.vfs.szOsFile = sizeof(Raw);
  here.vfs.mxPathname = kLongestName;
  here.vfs.zName = "penstock-simulated";
  here.vfs.xOpen = open_file;
  here.vfs.xDelete = delete_file;
  here.vfs.xAccess = access_file;
  here.vfs.xFullPathname = full_name;
  here.vfs.xRandomness = randomness;
  here.vfs.xSleep = no_sleep;
  here.vfs.xCurrentTime = no_time;
  sqlite3_initialize();
  sqlite3_vfs_register(&here.vfs, 1);
  // SQLite's generator is seeded once in a process: from here, so that runs do not differ.
  sqlite3_randomness(0, nullptr);
}

SqliteDisk::~SqliteDisk() {
  Mounted& here = mounted();
  assert(here.files.empty());
  sqlite3_vfs_unregister(&here.vfs);
  here.store = nullptr;
  sqlite3_randomness(0, nullptr);
}

}  // namespace penstock
