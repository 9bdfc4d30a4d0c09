#include "daemon/file_changes.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace penstock {
namespace {

namespace fs = std::filesystem;

/// A file is whole when its writer closes it or renames it into place.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                  IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

/// A file that was just created is not whole yet, and a link, which is, is created and no more.
bool only_begun(const inotify_event& event, const fs::path& folder, const std::string& name) {
  if ((event.mask & IN_CREATE) == 0 || (event.mask & IN_ISDIR) != 0) return false;
  std::error_code ignored;
  return !fs::is_symlink(folder / name, ignored);
}

std::string folder_of(const std::string& file) {
  const fs::path parent = fs::path(file).parent_path();
  return parent.empty() ? "." : parent.string();
}

}  // namespace

bool matters(const WatchedFolder& folder, const std::string& name) {
  if (name == "..data") return true;
  if (!folder.file.empty()) return name == folder.file;
  return name.ends_with(".toml") && !name.starts_with(".");
}

std::vector<WatchedFolder> watched_files(const Settings& settings) {
  const std::string& config = settings.config.file;
  std::vector<WatchedFolder> out{{folder_of(config), fs::path(config).filename().string()}};
  fs::path policies(settings.config.policies);
  if (!policies.has_filename()) policies = policies.parent_path();
  std::error_code ignored;
  if (fs::is_directory(policies, ignored)) out.push_back({policies.string(), ""});
  out.push_back({folder_of(policies.string()), policies.filename().string()});
  return out;
}

InotifyFolders::InotifyFolders() : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

InotifyFolders::~InotifyFolders() {
  if (fd_ >= 0) close(fd_);
}

std::vector<std::string> InotifyFolders::watch(const std::vector<WatchedFolder>& folders) {
  std::vector<std::string> failures;
  std::vector<Watch> next;
  for (const WatchedFolder& folder : folders) {
    const int id = fd_ < 0 ? -1 : inotify_add_watch(fd_, folder.path.c_str(), kEvents);
    if (id < 0) {
      failures.push_back(folder.path + ": " + std::generic_category().message(errno));
      continue;
    }
    next.push_back({id, folder});
  }
  for (const Watch& old : watches_) {
    if (std::ranges::find(next, old.id, &Watch::id) == next.end()) inotify_rm_watch(fd_, old.id);
  }
  watches_ = std::move(next);
  return failures;
}

bool InotifyFolders::matters_here(int id, const std::string& name) const {
  return std::ranges::any_of(
      watches_, [&](const Watch& watch) { return watch.id == id && matters(watch.folder, name); });
}

bool InotifyFolders::take() {
  constexpr std::size_t kRoom = 16 * (sizeof(inotify_event) + 256);
  bool changed = false;
  alignas(inotify_event) std::array<char, kRoom> buffer{};
  for (;;) {
    const ssize_t length = fd_ < 0 ? 0 : read(fd_, buffer.data(), buffer.size());
    if (length <= 0) return changed;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(length);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* text = buffer.data() + at + sizeof event;
      const std::string name(text, strnlen(text, event.len));
      at += sizeof event + event.len;
      // Lost events may have been any; a folder that went away may be back under its name.
      const bool any = (event.mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) != 0;
      const auto watch = std::ranges::find(watches_, event.wd, &Watch::id);
      const bool begun = watch != watches_.end() && only_begun(event, watch->folder.path, name);
      changed = changed || any || (!begun && matters_here(event.wd, name));
    }
  }
}

bool FileChanges::due(Duration monotonic) {
  if (events_.take()) {
    last_ = monotonic;
    if (!first_) first_ = monotonic;
  }
  if (!first_ || (monotonic - *last_ < kCalm && monotonic - *first_ < kLongest)) return false;
  first_.reset();
  last_.reset();
  return true;
}

}  // namespace penstock
