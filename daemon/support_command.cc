#include "daemon/support_command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "daemon/ask.h"
#include "daemon/check.h"
#include "daemon/curl_http.h"
#include "daemon/exit_code.h"
#include "daemon/settings.h"
#include "daemon/sqlite_journal.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

/// Shorter ones would blot out ordinary words.
constexpr std::size_t kShortestSecret = 6;

void section(std::string& out, const std::string& title, const std::string& body) {
  out += "\n===== " + title + " =====\n" + body;
  if (!out.ends_with('\n')) out += '\n';
}

std::string file_text(const std::string& path) {
  const Result<std::string> text = read_settings_file(path);
  return text ? *text : path + ": " + text.error().message;
}

std::string system_text() {
  utsname name{};
  uname(&name);
  std::string out = std::string("penstock ") + PENSTOCK_VERSION + "\n" + name.sysname + " " +
                    name.release + " " + name.machine + "\n";
  return out + file_text("/etc/os-release");
}

/// Names, sizes, modes and owners; no contents.
std::string listing(const std::string& folder) {
  std::string out;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    struct stat seen{};
    if (lstat(it->path().c_str(), &seen) != 0) continue;
    char line[128];
    std::snprintf(line, sizeof line, "%04o %5u:%-5u %12lld  ", seen.st_mode & 07777U, seen.st_uid,
                  seen.st_gid, static_cast<long long>(seen.st_size));
    out += line + it->path().string() + "\n";
  }
  if (error) out += folder + ": " + error.message() + "\n";
  return out;
}

std::string asked(DaemonClient& daemon, const std::string& path) {
  const Result<std::string> body = daemon.get(path);
  return body ? *body : "not to be had: " + body.error().message;
}

std::vector<std::string> secrets_of(const Config& config, const Environment& environment) {
  std::vector<std::string> out;
  const auto add = [&](const Secret& secret) {
    if (secret.expose().size() >= kShortestSecret) out.emplace_back(secret.expose());
  };
  for (const AccountConfig& account : config.accounts) {
    const Result<Credentials> credentials = load_credentials(account, environment);
    if (!credentials) continue;
    add(credentials->access_key_id());
    add(credentials->access_key_password());
    add(credentials->token());
  }
  for (const SourceConfig& source : config.sources) {
    for (const std::string& file : {source.basic_password_file, source.bearer_token_file}) {
      if (file.empty()) continue;
      const Result<Secret> secret = read_secret_file(file);
      if (secret) add(*secret);
    }
  }
  for (const ApiToken& token : all_tokens(config)) {
    const Result<Secret> secret = read_secret_file(token.file);
    if (secret) add(*secret);
  }
  return out;
}

std::string bundle(const SupportCommand& command, const Config* config, TimePoint now) {
  std::string out =
      "Penstock support bundle of " + format(now) + ". Plain text: read it before you send it.\n";
  section(out, "system", system_text());
  section(out, command.config, file_text(command.config));
  section(out, "check", text_of(check({.config = command.config}, process_environment())));
  if (config == nullptr) return out;
  std::error_code error;
  for (fs::directory_iterator it(config->policies, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".toml") section(out, it->path(), file_text(it->path()));
  }
  section(out, "state folder " + config->state, listing(config->state));
  const auto journal = SqliteJournal::open_read_only(config->state + "/journal.db");
  section(out, "journal", journal ? "opens" : journal.error().message);
  CurlHttp http;
  DaemonClient daemon(http, address_of(*config));
  for (const char* path :
       {"/api/v1/status", "/api/v1/policies", "/api/v1/plan", "/api/v1/instances?limit=1000",
        "/api/v1/orders?limit=1000", "/api/v1/decisions?limit=1000", "/api/v1/events?limit=1000",
        "/metrics"}) {
    section(out, path, asked(daemon, path));
  }
  return out;
}

}  // namespace

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "(secret)");
    }
  }
  // Headers are documented never to carry secrets, and people put them there.
  for (std::size_t at = text.find("headers"); at != std::string::npos;
       at = text.find("headers", at + 1)) {
    const std::size_t line = std::min(text.find('\n', at), text.size());
    const std::size_t equals = text.find('=', at);
    if (equals == std::string::npos || equals > line) continue;
    text.replace(equals + 1, line - equals - 1, " (left out)");
  }
  return text;
}

int run_support(const SupportCommand& command, TimePoint now) {
  const Result<std::string> source = read_settings_file(command.config);
  std::optional<Config> config;
  if (source) config = read_config(*source, command.config, process_environment()).config;
  std::string text = bundle(command, config ? &*config : nullptr, now);
  if (config) text = without_secrets(std::move(text), secrets_of(*config, process_environment()));
  const std::string file = command.file.empty()
                               ? "penstock-support-" + format(now).substr(0, 10) + ".txt"
                               : command.file;
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool written = fd >= 0;
  for (std::size_t at = 0; written && at < text.size();) {
    const ssize_t wrote = write(fd, text.data() + at, text.size() - at);
    written = wrote > 0;
    at += static_cast<std::size_t>(std::max<ssize_t>(wrote, 0));
  }
  const int error = errno;
  if (fd >= 0) close(fd);
  if (!written) {
    std::fprintf(stderr, "penstock: %s cannot be written: %s\n", file.c_str(),
                 std::generic_category().message(error).c_str());
    return kExitFailed;
  }
  std::printf("%s: %zu bytes of plain text; read it before you send it\n", file.c_str(),
              text.size());
  return config ? kExitDone : kExitConfig;
}

}  // namespace penstock
