#include "daemon/sim/sim_disk.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr std::int64_t kPage = 4096;
constexpr std::size_t kSector = 512;

}  // namespace

void SimDisk::apply(const Change& change, std::string& to) {
  if (change.cut) {
    to.resize(static_cast<std::size_t>(*change.cut), '\0');
    return;
  }
  const auto offset = static_cast<std::size_t>(change.offset);
  if (to.size() < offset + change.bytes.size()) to.resize(offset + change.bytes.size(), '\0');
  to.replace(offset, change.bytes.size(), change.bytes);
}

SimDisk::Answer SimDisk::ask(DiskOp op, const std::string& name) {
  ++operations_;
  for (const auto* each : {&first_fault, &fault}) {
    const Answer answer = halted_ || !*each ? Answer::kOk : (*each)(op, name);
    if (answer != Answer::kOk) return answer;
  }
  return halted_ ? Answer::kIoError : Answer::kOk;
}

SimDisk::File* SimDisk::at(Handle handle) {
  const auto found = handles_.find(handle);
  if (found == handles_.end()) return nullptr;
  const auto file = files_.find(found->second);
  return file != files_.end() ? &file->second : nullptr;
}

SimDisk::Answer SimDisk::open(const std::string& name, bool create, Handle& handle) {
  if (const Answer no = ask(DiskOp::kOpen, name); no != Answer::kOk) return no;
  if (!files_.contains(name)) {
    if (!create) return Answer::kMissing;
    files_[name] = {};
  }
  handle = ++last_handle_;
  handles_[handle] = name;
  return Answer::kOk;
}

void SimDisk::close(Handle handle) {
  handles_.erase(handle);
}

SimDisk::Answer SimDisk::read(Handle handle, std::int64_t offset, std::span<char> into,
                              std::size_t& got) {
  std::ranges::fill(into, '\0');
  got = 0;
  const File* file = at(handle);
  if (file == nullptr) return Answer::kIoError;
  const std::string& name = handles_.at(handle);
  if (const Answer no = ask(DiskOp::kRead, name); no != Answer::kOk) return no;
  const auto from = static_cast<std::size_t>(offset);
  if (from >= file->now.size()) return Answer::kOk;
  got = std::min(into.size(), file->now.size() - from);
  std::copy_n(file->now.begin() + offset, got, into.begin());
  if (damaged_.contains({name, offset / kPage})) {
    for (std::size_t i = 0; i < got; i += 7) into[i] = static_cast<char>(into[i] ^ 0x55);
  }
  return Answer::kOk;
}

SimDisk::Answer SimDisk::write(Handle handle, std::int64_t offset, std::string_view bytes) {
  File* file = at(handle);
  if (file == nullptr) return Answer::kIoError;
  if (const Answer no = ask(DiskOp::kWrite, handles_.at(handle)); no != Answer::kOk) return no;
  // What was written over a bad sector is good again.
  damaged_.erase({handles_.at(handle), offset / kPage});
  file->unsynced.push_back({offset, std::string(bytes), std::nullopt});
  apply(file->unsynced.back(), file->now);
  return Answer::kOk;
}

SimDisk::Answer SimDisk::truncate(Handle handle, std::int64_t size) {
  File* file = at(handle);
  if (file == nullptr) return Answer::kIoError;
  if (const Answer no = ask(DiskOp::kTruncate, handles_.at(handle)); no != Answer::kOk) return no;
  file->unsynced.push_back({0, "", size});
  apply(file->unsynced.back(), file->now);
  return Answer::kOk;
}

SimDisk::Answer SimDisk::sync(Handle handle) {
  File* file = at(handle);
  if (file == nullptr) return Answer::kIoError;
  if (const Answer no = ask(DiskOp::kSync, handles_.at(handle)); no != Answer::kOk) return no;
  for (const Change& change : file->unsynced) apply(change, file->durable);
  file->unsynced.clear();
  return Answer::kOk;
}

SimDisk::Answer SimDisk::size(Handle handle, std::int64_t& size) {
  const File* file = at(handle);
  if (file == nullptr) return Answer::kIoError;
  if (const Answer no = ask(DiskOp::kSize, handles_.at(handle)); no != Answer::kOk) return no;
  size = static_cast<std::int64_t>(file->now.size());
  return Answer::kOk;
}

SimDisk::Answer SimDisk::remove(const std::string& name) {
  if (const Answer no = ask(DiskOp::kRemove, name); no != Answer::kOk) return no;
  return files_.erase(name) > 0 ? Answer::kOk : Answer::kMissing;
}

SimDisk::Answer SimDisk::exists(const std::string& name, bool& there) {
  there = files_.contains(name);
  return ask(DiskOp::kExists, name);
}

void SimDisk::power_cut(Random& random) {
  for (auto& [name, file] : files_) {
    for (const Change& change : file.unsynced) {
      if (random.chance(0.5)) continue;
      Change part = change;
      if (!part.cut && part.bytes.size() > kSector && random.chance(0.3)) {
        const auto sectors = static_cast<std::int64_t>(part.bytes.size() / kSector);
        part.bytes.resize(static_cast<std::size_t>(random.range(1, sectors)) * kSector);
      }
      apply(part, file.durable);
    }
    file.unsynced.clear();
    file.now = file.durable;
  }
}

std::optional<std::string> SimDisk::content(const std::string& name) const {
  const auto found = files_.find(name);
  return found != files_.end() ? std::optional(found->second.now) : std::nullopt;
}

SimDisk SimDisk::copy() const {
  SimDisk other;
  other.files_ = files_;
  return other;
}

void SimDisk::copy_file(const std::string& from, const std::string& to) {
  const auto found = files_.find(from);
  if (found == files_.end()) {
    files_.erase(to);
    return;
  }
  files_[to] = {found->second.now, found->second.now, {}};
}

std::size_t SimDisk::bytes() const {
  std::size_t sum = 0;
  for (const auto& [name, file] : files_) sum += file.now.size();
  return sum;
}

}  // namespace penstock
