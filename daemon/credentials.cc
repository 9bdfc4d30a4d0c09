#include "daemon/credentials.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace penstock {
namespace {

constexpr const char* kIdVariable = "ZENLAYERCLOUD_ACCESS_KEY_ID";
constexpr const char* kPasswordVariable = "ZENLAYERCLOUD_ACCESS_KEY_PASSWORD";
constexpr const char* kTokenVariable = "ZENLAYER_TOKEN";

Error invalid(const AccountConfig& account, const std::string& message) {
  return {.kind = ErrorKind::kInvalid,
          .message = "account " + account.name + ": " + message,
          .code = {},
          .request_id = {}};
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

/// Nothing when unset or empty: an empty variable is how shells unset one for a child.
std::optional<Secret> variable(const Environment& environment, const char* name) {
  const std::string text = trimmed(environment(name).value_or(""));
  if (text.empty() || text.find_first_of("\r\n \t") != std::string::npos) return std::nullopt;
  return Secret(text);
}

std::optional<Credentials> from_environment(const Environment& environment) {
  auto id = variable(environment, kIdVariable);
  auto password = variable(environment, kPasswordVariable);
  if (id && password) return Credentials::key_pair(std::move(*id), std::move(*password));
  auto token = variable(environment, kTokenVariable);
  if (token) return Credentials::bearer_token(std::move(*token));
  return std::nullopt;
}

Result<Credentials> from_files(const AccountConfig& account, const std::string& first,
                               const std::string& second) {
  Result<Secret> one = read_secret_file(first);
  if (!one) return invalid(account, one.error().message);
  if (second.empty()) return Credentials::bearer_token(std::move(*one));
  Result<Secret> two = read_secret_file(second);
  if (!two) return invalid(account, two.error().message);
  return Credentials::key_pair(std::move(*one), std::move(*two));
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Credentials Credentials::key_pair(Secret id, Secret password) {
  Credentials credentials;
  credentials.id_ = std::move(id);
  credentials.password_ = std::move(password);
  return credentials;
}

Credentials Credentials::bearer_token(Secret token) {
  Credentials credentials;
  credentials.token_ = std::move(token);
  return credentials;
}

bool Credentials::same_as(const Credentials& other) const {
  return id_.same_as(other.id_) && password_.same_as(other.password_) &&
         token_.same_as(other.token_);
}

std::string Credentials::redact(std::string_view text) const {
  // The id is no secret, but nothing good comes of spreading it either.
  return redacted(redacted(redacted(text, password_), token_), id_);
}

std::string secret_path(const std::string& name, const std::string& folder,
                        const Environment& environment) {
  const std::filesystem::path path(name);
  if (path.is_absolute()) return name;
  const std::string given = environment("CREDENTIALS_DIRECTORY").value_or("");
  if (!given.empty()) {
    std::string there = (std::filesystem::path(given) / path).string();
    if (exists(there)) return there;
  }
  std::string beside = (std::filesystem::path(folder) / path).string();
  // The package's own folder of secrets, for commands that root runs without systemd's help.
  std::string kept = (std::filesystem::path(folder) / "credentials" / path).string();
  return !exists(beside) && exists(kept) ? kept : beside;
}

Result<Credentials> load_credentials(const AccountConfig& account, const Environment& environment) {
  const bool pair = !account.access_key_id_file.empty();
  const std::string& first_name = pair ? account.access_key_id_file : account.token_file;
  std::string first, second;
  if (!first_name.empty()) {
    first = secret_path(first_name, account.folder, environment);
    if (pair) second = secret_path(account.access_key_password_file, account.folder, environment);
    // Files that are there but cannot be used are an error: falling back would hide it.
    if (exists(first) || (pair && exists(second))) return from_files(account, first, second);
  }
  if (auto credentials = from_environment(environment)) return std::move(*credentials);
  if (first.empty()) {
    return invalid(account, std::string("no credentials: name access_key_id_file and "
                                        "access_key_password_file, or token_file, or set ") +
                                kIdVariable + " and " + kPasswordVariable);
  }
  return invalid(account, "no credentials: there is no " + first +
                              (second.empty() ? std::string() : " and no " + second) + "; create " +
                              (second.empty() ? "it" : "them") + " with mode 600");
}

}  // namespace penstock
