#include "daemon/settings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>

#include "daemon/clock.h"
#include "daemon/series_selector.h"
#include "metrics/printable.h"
#include "policies/policy_file.h"
#include "policies/toml_reader.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPolicyFiles = 1000;
/// The provider's traffic has 5-minute steps and was seen up to 10 minutes behind.
constexpr Duration kProviderDelay = std::chrono::minutes{15};

Error unreadable(const std::string& why) {
  return {.kind = ErrorKind::kInvalid, .message = "cannot be read: " + why};
}

/// Closes a descriptor that was opened here.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

Problem about(const std::string& file, std::string message) {
  return {.file = printable(file), .message = std::move(message)};
}

/// Zones are looked up once each, however many rules name them.
std::function<Result<TimeZone>(const std::string&)> remembering_zones() {
  auto known = std::make_shared<std::map<std::string, TimeZone>>();
  return [known](const std::string& name) -> Result<TimeZone> {
    if (auto found = known->find(name); found != known->end()) return found->second;
    Result<TimeZone> zone = load_time_zone(name);
    if (zone) known->emplace(name, *zone);
    return zone;
  };
}

std::string selector_complaint(const std::string& query) {
  const Result<SeriesSelector> selector = SeriesSelector::parse(query);
  return selector ? "" : selector.error().message;
}

KnownSource known(const SourceConfig& source) {
  KnownSource out{.name = source.name, .complaint = {}};
  switch (source.kind) {
    case SourceKind::kPrometheus:  // only the server can tell what it understands
      out.complaint = [](const std::string&) { return std::string(); };
      break;
    case SourceKind::kScrape:
      out.complaint = selector_complaint;
      break;
    case SourceKind::kProvider:
      out.least_max_age = kProviderDelay;
      break;
  }
  return out;
}

/// Messages name files the way the operator did: relative where the configuration was given so.
std::string shown_folder(const std::string& absolute, const std::string& config_file) {
  if (fs::path(config_file).is_absolute()) return absolute;
  std::error_code ignored;
  return fs::proximate(absolute, ignored).string();
}

Lookups lookups_in(const Config* config) {
  Lookups lookups{.zone = remembering_zones(), .sources = std::nullopt, .accounts = std::nullopt};
  if (config == nullptr) return lookups;
  lookups.sources.emplace();
  for (const SourceConfig& source : config->sources) lookups.sources->push_back(known(source));
  lookups.accounts.emplace();
  for (const AccountConfig& account : config->accounts) lookups.accounts->push_back(account.name);
  return lookups;
}

void add_file(const std::string& path, const std::string& shown, std::vector<PolicyText>& texts,
              std::vector<Problem>& problems) {
  Result<std::string> text = read_settings_file(path);
  if (text) {
    texts.push_back({printable(shown), *std::move(text)});
  } else {
    problems.push_back(about(shown, text.error().message));
  }
}

/// Whether the samples a policy reads are fresh and fine enough to buy bandwidth on.
bool may_raise(const Policy& policy, const std::vector<SourceConfig>& sources) {
  const bool named = !policy.traffic.source.empty();
  return std::ranges::none_of(sources, [&](const SourceConfig& source) {
    const bool read = named ? source.name == policy.traffic.source : sources.size() == 1;
    return read && source.kind == SourceKind::kProvider;
  });
}

void finish(std::span<const PolicyText> texts, const Config* config, PoliciesRead& read) {
  PolicySet set = load_policies(texts, lookups_in(config));
  read.files = texts.size();
  for (Problem& problem : set.problems) read.problems.push_back(std::move(problem));
  if (!read.problems.empty()) return;
  read.policies = std::move(set.policies);
  if (config == nullptr) return;
  for (Policy& policy : read.policies) policy.traffic.raises = may_raise(policy, config->sources);
}

PoliciesRead read_folder(const std::string& folder, const std::string& shown_as,
                         const Config* config) {
  PoliciesRead read;
  std::error_code failure;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    // Leavings of editors and package managers end differently or begin with a dot.
    if (name.ends_with(".toml") && !name.starts_with('.')) names.push_back(name);
  }
  if (failure) {
    read.problems.push_back(about(shown_as, "cannot be listed: " + failure.message() +
                                                "; make it, or name another folder by `policies`"));
  } else if (names.size() > kMostPolicyFiles) {
    read.problems.push_back(
        about(shown_as, "has more than " + std::to_string(kMostPolicyFiles) + " policy files"));
  }
  if (!read.problems.empty()) return read;
  std::sort(names.begin(), names.end());
  std::vector<PolicyText> texts;
  for (const std::string& name : names) {
    add_file((fs::path(folder) / name).string(), (fs::path(shown_as) / name).string(), texts,
             read.problems);
  }
  finish(texts, config, read);
  return read;
}

}  // namespace

std::string config_path(const std::optional<std::string>& given, const Environment& environment) {
  if (given && !given->empty()) return *given;
  const std::string set = environment("PENSTOCK_CONFIG").value_or("");
  return set.empty() ? "/etc/penstock/penstock.toml" : set;
}

Result<std::string> read_settings_file(const std::string& path) {
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return unreadable(std::strerror(errno));
  struct stat about_it{};
  if (fstat(file.fd, &about_it) != 0) return unreadable(std::strerror(errno));
  if (!S_ISREG(about_it.st_mode)) return unreadable("it is not a regular file");
  std::string text;
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t got = read(file.fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(std::strerror(errno));
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
    // One byte more than the parser takes is enough for it to refuse.
    if (text.size() > kLargestToml) return text;
  }
}

PoliciesRead read_policies(const std::string& path, const Config* config) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return read_folder(path, path, config);
  PoliciesRead read;
  std::vector<PolicyText> texts;
  add_file(path, path, texts, read.problems);
  finish(texts, config, read);
  return read;
}

SettingsRead read_settings(const std::string& config_file, const Environment& environment) {
  SettingsRead read;
  Result<std::string> text = read_settings_file(config_file);
  if (!text) {
    read.problems.push_back(about(config_file, text.error().message +
                                                   "; --config or $PENSTOCK_CONFIG names another, "
                                                   "penstock init writes one"));
    return read;
  }
  ConfigRead config = read_config(*text, config_file, environment);
  read.problems = std::move(config.problems);
  // Without a configuration nothing says where the policies are.
  if (!config.config) return read;
  const std::string& folder = config.config->policies;
  PoliciesRead policies = read_folder(folder, shown_folder(folder, config_file), &*config.config);
  for (Problem& problem : policies.problems) read.problems.push_back(std::move(problem));
  if (read.problems.empty()) {
    read.settings = Settings{*std::move(config.config), std::move(policies.policies)};
  }
  return read;
}

}  // namespace penstock
