#include "daemon/pauses.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <system_error>

namespace penstock {
namespace {

namespace fs = std::filesystem;

/// More files than this in the folder is no longer somebody's instruction.
constexpr std::size_t kMostInstructions = 10'000;
constexpr std::size_t kMostBytes = 4096;

std::string encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
      out += c;
    } else {
      std::array<char, 4> hex{};
      std::snprintf(hex.data(), hex.size(), "%%%02x", byte);
      out += hex.data();
    }
  }
  return out;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ec == std::errc{}) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

using Kind = Instruction::Kind;

struct Form {
  std::string_view word;
  Kind kind;
  Scope scope;
  int names;  ///< how many follow, each after an `@`
};
constexpr std::array kForms = {
    Form{"pause-all", Kind::kPause, Scope::kFleet, 0},
    Form{"pause-policy", Kind::kPause, Scope::kPolicy, 1},
    Form{"pause-instance", Kind::kPause, Scope::kInstance, 2},
    Form{"pin", Kind::kPin, Scope::kInstance, 2},
    Form{"approve", Kind::kApproval, Scope::kInstance, 2},
    Form{"resume-all", Kind::kResume, Scope::kFleet, 0},
    Form{"resume-account", Kind::kResume, Scope::kAccount, 1},
    Form{"resume-instance", Kind::kResume, Scope::kInstance, 2},
};

std::optional<Instruction> parse_name(std::string_view file) {
  const std::string_view word = file.substr(0, file.find('@'));
  const auto form = std::ranges::find(kForms, word, &Form::word);
  if (form == kForms.end()) return std::nullopt;
  if (std::ranges::count(file, '@') != form->names) return std::nullopt;
  Instruction instruction;
  instruction.kind = form->kind;
  instruction.scope = form->scope;
  if (form->names == 0) return instruction;
  const std::size_t last = file.rfind('@');
  const std::string name = decode(file.substr(last + 1));
  if (name.empty()) return std::nullopt;
  if (form->scope == Scope::kAccount) {
    instruction.account = name;
  } else {
    instruction.name = name;
  }
  if (form->names == 2) {
    instruction.account = decode(file.substr(word.size() + 1, last - word.size() - 1));
  }
  return instruction;
}

/// One `key=value` per line; what it does not know it leaves out. A date that cannot be read is no
/// end at all: doubt pauses.
void parse_text(const std::string& text, Instruction& out) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    if (key == "until") out.until = parse_time(value);
    if (key == "at") out.at = parse_time(value).value_or(TimePoint{});
    if (key == "cap") out.cap = parse_bandwidth(value).value_or(Mbps{});
    if (key == "up-to") out.up_to = parse_money(value).value_or(Money{});
    if (key == "reason") out.reason = value;
    if (key == "by") out.by = value;
  }
}

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text.substr(0, 512);
}

std::string text_of(const Instruction& instruction) {
  std::string out;
  if (instruction.until) out += "until=" + format(*instruction.until) + "\n";
  if (instruction.kind == Kind::kPin) out += "cap=" + format(instruction.cap) + "\n";
  if (instruction.kind == Kind::kApproval) out += "up-to=" + format(instruction.up_to) + "\n";
  if (!instruction.reason.empty()) out += "reason=" + one_line(instruction.reason) + "\n";
  if (!instruction.by.empty()) out += "by=" + one_line(instruction.by) + "\n";
  if (instruction.at != TimePoint{}) out += "at=" + format(instruction.at) + "\n";
  return out;
}

Error failed(const std::string& what, int error) {
  return Error{ErrorKind::kRefused, what + ": " + std::generic_category().message(error), "", ""};
}

/// Writes beside it and renames: a reader sees the whole instruction or none.
Status write_file(const std::string& path, const std::string& text) {
  const std::string draft = path + ".draft-" + std::to_string(getpid());
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return failed(draft + " cannot be written", errno);
  // The folder keeps strangers out; the daemon must read what another member of its group wrote.
  fchmod(fd, 0644);
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = written && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!synced || rename(draft.c_str(), path.c_str()) != 0) {
    unlink(draft.c_str());
    return failed(path + " cannot be written", synced ? errno : error);
  }
  return ok();
}

bool expired(const Instruction& instruction, TimePoint now) {
  return instruction.until && *instruction.until <= now;
}

/// Doubt about an approval is no approval.
bool complete(const Instruction& approval) {
  return approval.up_to > Money{} && approval.until && approval.at != TimePoint{};
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return text;
}

/// Everything in the folder, expired or not. Nearly always empty, and looked at in every tick.
Standing read_all(const std::string& folder) {
  Standing all;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(folder.c_str()), closedir);
  if (!open) {
    if (errno != ENOENT) all.unreadable = failed(folder + " cannot be read", errno).message;
    return all;
  }
  while (true) {
    errno = 0;
    const dirent* const entry = readdir(open.get());
    if (entry == nullptr) break;
    std::optional<Instruction> instruction = parse_name(entry->d_name);
    if (!instruction) continue;  // a draft, or nothing of ours
    if (all.instructions.size() == kMostInstructions) {
      all.unreadable = folder + " holds too many files";
      return all;
    }
    parse_text(content_of(folder + "/" + entry->d_name), *instruction);
    // A pin must say how much; one that does not is read as a pause of that instance.
    if (instruction->kind == Kind::kPin && instruction->cap <= Mbps{0}) {
      instruction->kind = Kind::kPause;
    }
    if (instruction->kind == Kind::kApproval && !complete(*instruction)) continue;
    all.instructions.push_back(*std::move(instruction));
  }
  if (errno != 0) all.unreadable = failed(folder + " cannot be read", errno).message;
  // The order of a directory means nothing: the same folder always reads the same.
  std::ranges::sort(all.instructions, {}, &Instruction::file_name);
  return all;
}

}  // namespace

std::string Instruction::file_name() const {
  for (const Form& form : kForms) {
    if (form.kind != kind || form.scope != scope) continue;
    std::string out(form.word);
    if (form.names == 2) out += "@" + encode(account);
    if (form.names >= 1) out += "@" + encode(scope == Scope::kAccount ? account : name);
    return out;
  }
  return "";
}

std::string Instruction::identity() const {
  return file_name() + "@" + std::to_string(at.time_since_epoch().count());
}

bool Instruction::concerns(const InstanceKey& key) const {
  return scope == Scope::kInstance && name == key.id && (account.empty() || account == key.account);
}

const Instruction* Standing::pause_of_fleet() const {
  for (const Instruction& each : instructions) {
    if (each.kind == Kind::kPause && each.scope == Scope::kFleet) return &each;
  }
  return nullptr;
}

const Instruction* Standing::pause_of_policy(std::string_view name) const {
  for (const Instruction& each : instructions) {
    if (each.kind == Kind::kPause && each.scope == Scope::kPolicy && each.name == name) {
      return &each;
    }
  }
  return nullptr;
}

const Instruction* Standing::pause_of(const InstanceKey& key) const {
  for (const Instruction& each : instructions) {
    if (each.kind == Kind::kPause && each.concerns(key)) return &each;
  }
  return nullptr;
}

const Instruction* Standing::pin_of(const InstanceKey& key) const {
  for (const Instruction& each : instructions) {
    if (each.kind == Kind::kPin && each.concerns(key)) return &each;
  }
  return nullptr;
}

const Instruction* Standing::approval_of(const InstanceKey& key) const {
  // One account's own goes before one that names no account: the order of the files.
  const Instruction* found = nullptr;
  for (const Instruction& each : instructions) {
    if (each.kind == Kind::kApproval && each.concerns(key)) found = &each;
  }
  return found;
}

Status Pauses::prepare() const {
  std::error_code error;
  if (fs::exists(folder_, error)) return ok();
  fs::create_directory(folder_, error);
  if (error) return failed(folder_ + " cannot be made", error.value());
  chmod(folder_.c_str(), 0770);
  return ok();
}

Status Pauses::give(const Instruction& instruction) const {
  const std::string name = instruction.file_name();
  if (name.empty() || (instruction.scope == Scope::kInstance && instruction.name.empty())) {
    return Error{ErrorKind::kInvalid, "this cannot be said of that", "", ""};
  }
  if (name.size() > 255) return Error{ErrorKind::kInvalid, "the name is too long", "", ""};
  if (Status made = prepare(); !made) return made;
  return write_file(folder_ + "/" + name, text_of(instruction));
}

Result<bool> Pauses::lift(const Instruction& instruction) const {
  const std::string path = folder_ + "/" + instruction.file_name();
  if (unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return failed(path + " cannot be removed", errno);
}

Standing Pauses::read(TimePoint now) const {
  Standing standing = read_all(folder_);
  std::erase_if(standing.instructions, [&](const Instruction& each) { return expired(each, now); });
  return standing;
}

Standing Pauses::sweep(TimePoint now, std::vector<Instruction>& ended) const {
  Standing standing = read_all(folder_);
  std::erase_if(standing.instructions, [&](Instruction& each) {
    if (!expired(each, now)) return false;
    const Result<bool> lifted = lift(each);
    if (lifted && *lifted) ended.push_back(std::move(each));
    return true;
  });
  return standing;
}

}  // namespace penstock
