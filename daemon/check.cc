#include "daemon/check.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "daemon/json.h"
#include "metrics/printable.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

/// "1 policy", "3 policies".
std::string count(std::size_t number, const std::string& one, const std::string& many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

template <class Named>
std::string names(const std::vector<Named>& all) {
  std::string text;
  for (const Named& each : all) text += (text.empty() ? " (" : ", ") + each.name;
  return text.empty() ? text : text + ")";
}

bool looks_like_config(const std::string& path, const std::string& text) {
  if (fs::path(path).filename().string().starts_with("penstock")) return true;
  const auto read = read_toml(text, path);
  const auto* root = std::get_if<TomlNode>(&read);
  return root != nullptr && root->find("account") != nullptr && root->find("policy") == nullptr;
}

void check_path(const std::string& path, const Config* config, const Environment& environment,
                CheckReport& report) {
  std::error_code ignored;
  const bool folder = fs::is_directory(path, ignored);
  const Result<std::string> text = folder ? Result<std::string>("") : read_settings_file(path);
  if (text && !folder && looks_like_config(path, *text)) {
    ConfigRead read = read_config(*text, path, environment);
    report.problems = std::move(read.problems);
    report.config = std::move(read.config);
    return;
  }
  PoliciesRead read = read_policies(path, config);
  report.problems = std::move(read.problems);
  report.policies = std::move(read.policies);
}

/// Who could read, where reading needs a token.
void note_readers(const Config& config, const std::vector<ApiToken>& tokens, CheckReport& report) {
  if (!reading_needs_token(config) && !config.metrics_need_token) return;
  const bool any = std::ranges::any_of(
      tokens, [](const ApiToken& token) { return token.has(TokenScope::kRead); });
  if (any) return;
  report.notes.push_back(
      std::string(reading_needs_token(config) ? "reading the API" : "/metrics") +
      " needs a token, and none has the scope read: add an [[api_token]] with it, or say "
      "read_needs_token = false");
}

/// Secrets are often readable by the service alone, so that they cannot be read here says nothing
/// certain; it is still the commonest cause of a first start that fails.
void note_secrets(const Config& config, const Environment& environment, CheckReport& report) {
  for (const AccountConfig& account : config.accounts) {
    const Result<Credentials> credentials = load_credentials(account, environment);
    if (!credentials) report.notes.push_back(credentials.error().message);
  }
  const auto note = [&](const std::string& owner, const std::string& file) {
    if (file.empty()) return;
    const Result<Secret> secret = read_secret_file(file);
    if (!secret) report.notes.push_back(owner + ": " + secret.error().message);
  };
  for (const SourceConfig& source : config.sources) {
    note("source " + source.name, source.basic_password_file);
    note("source " + source.name, source.bearer_token_file);
  }
  const std::vector<ApiToken> tokens = all_tokens(config);
  for (std::string& each : token_notes(tokens)) report.notes.push_back(std::move(each));
  note_readers(config, tokens, report);
}

void note_what_is_idle(CheckReport& report) {
  if (report.policies.empty() && report.ok()) {
    report.notes.emplace_back("there is no policy: nothing will be decided or ordered");
  }
}

std::string policy_summary(const std::vector<Policy>& policies) {
  const auto enforcing = static_cast<std::size_t>(
      std::count_if(policies.begin(), policies.end(),
                    [](const Policy& policy) { return policy.mode == Mode::kEnforce; }));
  return count(policies.size(), "policy", "policies") + names(policies) + ", " +
         std::to_string(enforcing) + " enforcing";
}

void write_problem(JsonWriter& json, const Problem& problem) {
  json.begin_object().key("file").string(problem.file);
  json.key("line").integer(static_cast<std::int64_t>(problem.at.line));
  json.key("column").integer(static_cast<std::int64_t>(problem.at.column));
  json.key("path").string(problem.path).key("message").string(problem.message);
  json.key("suggestion").string(problem.suggestion).key("source").string(problem.source);
  json.end_object();
}

}  // namespace

CheckReport check(const CheckOptions& options, const Environment& environment) {
  CheckReport report;
  if (options.path) {
    report.subject = *options.path;
    // Sources and accounts are checked against a configuration only if one was asked for.
    std::optional<Config> config;
    if (options.config) {
      const Result<std::string> text = read_settings_file(*options.config);
      if (text) config = read_config(*text, *options.config, environment).config;
    }
    check_path(*options.path, config ? &*config : nullptr, environment, report);
  } else {
    report.subject = config_path(options.config, environment);
    SettingsRead read = read_settings(report.subject, environment);
    report.problems = std::move(read.problems);
    if (read.settings) {
      report.config = std::move(read.settings->config);
      report.policies = std::move(read.settings->policies);
      note_what_is_idle(report);
    }
  }
  if (report.config) note_secrets(*report.config, environment, report);
  return report;
}

std::string text_of(const CheckReport& report) {
  if (!report.ok()) {
    std::set<std::string> files;
    for (const Problem& problem : report.problems) files.insert(problem.file);
    return render(report.problems) + count(report.problems.size(), "problem", "problems") + " in " +
           count(files.size(), "file", "files") + "\n";
  }
  std::string text = printable(report.subject) + ": ok\n";
  if (const auto& config = report.config) {
    text += "  " + count(config->accounts.size(), "account", "accounts") + names(config->accounts) +
            ", " + count(config->sources.size(), "source", "sources") + names(config->sources) +
            ", " + count(config->tariffs.size(), "tariff", "tariffs") + "\n";
  }
  if (!report.policies.empty()) text += "  " + policy_summary(report.policies) + "\n";
  for (const std::string& note : report.notes) text += "  note: " + note + "\n";
  return text;
}

std::string json_of(const CheckReport& report) {
  JsonWriter json;
  json.begin_object().key("ok").boolean(report.ok()).key("subject").string(report.subject);
  json.key("problems").begin_array();
  for (const Problem& problem : report.problems) write_problem(json, problem);
  json.end_array().key("policies").begin_array();
  for (const Policy& policy : report.policies) {
    json.begin_object().key("name").string(policy.name).key("file").string(policy.file);
    json.key("mode").string(policy.mode == Mode::kEnforce ? "enforce" : "observe");
    json.key("priority").integer(policy.priority).end_object();
  }
  json.end_array().key("notes").begin_array();
  for (const std::string& note : report.notes) json.string(note);
  json.end_array().end_object();
  return json.take();
}

}  // namespace penstock
