#include "daemon/settings.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <system_error>

#include "daemon/clock.h"
#include "daemon/series_selector.h"
#include "policies/policy_file.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

/// More than any configuration needs; a device or a log named by mistake is not read whole.
constexpr std::uintmax_t kMostBytes = 4U << 20;

Problem whole_file(const std::string& file, const std::string& message) {
  Problem problem;
  problem.file = file;
  problem.message = message;
  return problem;
}

/// The file's text, or why it cannot be read and what to do.
std::optional<std::string> read_text(const std::string& path, std::vector<Problem>& problems) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    problems.push_back(whole_file(path, "is a folder, not a file"));
    return {};
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    problems.push_back(whole_file(path, std::string("cannot be read: ") + std::strerror(errno)));
    return {};
  }
  std::string text(kMostBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMostBytes) {
    problems.push_back(whole_file(path, "is larger than 4 MiB: not a configuration"));
    return {};
  }
  return text;
}

/// What is wrong with a query for a source of this kind. PromQL is the server's to judge.
std::function<std::string(const std::string&)> complaint_of(SourceKind kind) {
  switch (kind) {
    case SourceKind::kPrometheus:
      return [](const std::string&) { return std::string(); };
    case SourceKind::kScrape:
      return [](const std::string& query) {
        const Result<SeriesSelector> selector = SeriesSelector::parse(query);
        return selector ? std::string() : selector.error().message;
      };
    case SourceKind::kProvider:
      return {};
  }
  return {};
}

/// What a policy may refer to in the configuration around it.
Lookups lookups_in(const Config& config) {
  Lookups lookups{.zone = load_time_zone};
  lookups.sources.emplace();
  for (const SourceConfig& source : config.sources) {
    lookups.sources->push_back({source.name, complaint_of(source.kind)});
  }
  lookups.accounts.emplace();
  for (const AccountConfig& account : config.accounts) lookups.accounts->push_back(account.name);
  return lookups;
}

PoliciesRead read_with(const std::string& path, const Lookups& lookups) {
  PoliciesRead read;
  std::vector<std::string> files;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (const auto& entry : fs::directory_iterator(path, error)) {
      if (entry.path().extension() == ".toml") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
  } else {
    files.push_back(path);
  }
  if (error) read.problems.push_back(whole_file(path, "cannot be listed: " + error.message()));
  std::vector<PolicyText> texts;
  for (const std::string& file : files) {
    if (auto text = read_text(file, read.problems)) texts.push_back({file, std::move(*text)});
  }
  read.files = texts.size();
  PolicySet set = load_policies(texts, lookups);
  read.problems.insert(read.problems.end(), set.problems.begin(), set.problems.end());
  if (read.problems.empty()) read.policies = std::move(set.policies);
  return read;
}

}  // namespace

PoliciesRead read_policies(const std::string& path) {
  return read_with(path, {.zone = load_time_zone});
}

SettingsRead read_settings(const std::string& config_file, const Environment& environment) {
  SettingsRead read;
  std::optional<std::string> text = read_text(config_file, read.problems);
  if (!text) {
    return read;
  }
  ConfigRead config = read_config(*text, config_file, environment);
  read.problems = std::move(config.problems);
  if (!config.config) return read;
  PoliciesRead policies = read_with(config.config->policies, lookups_in(*config.config));
  read.problems.insert(read.problems.end(), policies.problems.begin(), policies.problems.end());
  Settings settings{std::move(*config.config), std::move(policies.policies)};
  if (read.problems.empty()) read.settings = std::move(settings);
  return read;
}

}  // namespace penstock
