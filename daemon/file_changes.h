// FileChanges: says that configuration or policy files have changed on the disk, once they are
// calm.
//
//   InotifyFolders folders;                          // the real one; tests inject their own
//   FileChanges changes(folders);
//   changes.watch(watched_files(settings));          // again after each reload
//   if (changes.due(clock.monotonic())) reload();    // between two ticks
//
// Folders are watched and not files: editors replace a file by renaming another over it, and a
// watch on the file would stay with the one that is gone. What changes again and again is waited
// for, but not for ever. Loop thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/settings.h"
#include "metrics/units.h"

namespace penstock {

struct WatchedFolder {
  std::string path;
  std::string file;  ///< only this name; "" = every *.toml
  bool operator==(const WatchedFolder&) const = default;
};

/// Does a change of this name matter? Drafts and backups of editors do not; Kubernetes replaces a
/// whole folder by renaming `..data`.
bool matters(const WatchedFolder& folder, const std::string& name);

/// The folders of a configuration and of its policies; of the latter the one above as well, so that
/// a folder which is replaced as a whole is noticed.
std::vector<WatchedFolder> watched_files(const Settings& settings);

class FolderEvents {
 public:
  virtual ~FolderEvents() = default;
  /// Watches these and nothing else; says why for each that cannot be watched.
  virtual std::vector<std::string> watch(const std::vector<WatchedFolder>& folders) = 0;
  /// Whether something that matters has changed since the last call; never blocks.
  virtual bool take() = 0;
};

class InotifyFolders final : public FolderEvents {
 public:
  InotifyFolders();
  ~InotifyFolders() override;
  InotifyFolders(const InotifyFolders&) = delete;
  InotifyFolders& operator=(const InotifyFolders&) = delete;

  std::vector<std::string> watch(const std::vector<WatchedFolder>& folders) override;
  bool take() override;
  int fd() const { return fd_; }  ///< readable when there is something to take; -1 without inotify

 private:
  struct Watch {
    int id;
    WatchedFolder folder;
  };
  bool matters_here(int id, const std::string& name) const;

  int fd_;
  std::vector<Watch> watches_;
};

class FileChanges {
 public:
  static constexpr Duration kCalm = std::chrono::seconds{1};
  static constexpr Duration kLongest = std::chrono::seconds{30};

  explicit FileChanges(FolderEvents& events) : events_(events) {}
  std::vector<std::string> watch(const std::vector<WatchedFolder>& folders) {
    return events_.watch(folders);
  }
  /// Takes note of what has changed. True once: calm for a second, or changing for half a minute.
  bool due(Duration monotonic);

 private:
  FolderEvents& events_;
  std::optional<Duration> first_, last_;
};

}  // namespace penstock
