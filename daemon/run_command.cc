#include "daemon/run_command.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <optional>
#include <utility>

#include "daemon/api.h"
#include "daemon/curl_http.h"
#include "daemon/daemon_client.h"
#include "daemon/demand_store.h"
#include "daemon/exit_code.h"
#include "daemon/file_changes.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/mailbox.h"
#include "daemon/process.h"
#include "daemon/prometheus_telemetry.h"
#include "daemon/settings.h"
#include "daemon/sqlite_journal.h"
#include "daemon/state_lock.h"
#include "daemon/systemd.h"
#include "daemon/world.h"

namespace penstock {
namespace {

/// One descriptor that is readable when any of several is: what ends the loop's sleep.
class WakeSet {
 public:
  explicit WakeSet(std::initializer_list<int> fds) : fd_(epoll_create1(EPOLL_CLOEXEC)) {
    for (int fd : fds) {
      epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
      if (fd >= 0) epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event);
    }
  }
  ~WakeSet() { close(fd_); }
  WakeSet(const WakeSet&) = delete;
  WakeSet& operator=(const WakeSet&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "penstock: %s\n", message.c_str());
  return code;
}

/// Bodies of the API are a few names and a reason.
constexpr std::size_t kMaxBody = 16U << 10;
constexpr std::size_t kMostClients = 1000;
constexpr std::size_t kMostQueued = 64;

ServerOptions server_options(const Config& config) {
  ServerOptions options;
  options.max_body = kMaxBody;
  // Clients get half of the files: the journal and the sources' connections keep theirs.
  options.max_connections = static_cast<unsigned>(
      std::min(kMostClients, std::max<std::size_t>(raise_file_limit() / 2, 1)));
  options.listen = config.listen;
  options.max_queued = kMostQueued;
  // Probes and whoever stops spending do not wait behind large pages.
  options.urgent = [](const ServerRequest& request) {
    return request.path.starts_with("/-/") || request.method == "POST";
  };
  options.tls_cert_file = config.tls_cert_file;
  options.tls_key_file = config.tls_key_file;
  for (const std::string& range : config.allow_from) {
    if (auto parsed = parse_address_range(range)) options.allow_from.push_back(*std::move(parsed));
  }
  return options;
}

void note_access(const Config& config) {
  for (const std::string& note : token_notes(all_tokens(config))) {
    log_warn("api_token", {{"note", note}});
  }
  const bool reads = reading_needs_token(config) || config.metrics_need_token;
  if (reads && all_tokens(config).empty()) {
    log_warn("api_token", {{"note", "reading needs a token and there is none: nobody can"}});
  }
}

/// The address for the commands, while the daemon runs: with port 0 nothing else tells it.
class AddressFile {
 public:
  AddressFile(const std::string& state_folder, const std::string& address)
      : path_(address_file(state_folder)) {
    std::ofstream(path_) << address << '\n';
  }
  ~AddressFile() { unlink(path_.c_str()); }
  AddressFile(const AddressFile&) = delete;
  AddressFile& operator=(const AddressFile&) = delete;

 private:
  std::string path_;
};

/// Reads everything again; what does not check or cannot be changed while running leaves all as it
/// was.
class Reloader {
 public:
  Reloader(Settings& settings, World& world, Loop& loop, Api& api, Instruments& instruments,
           FolderEvents& events)
      : settings_(settings),
        world_(world),
        loop_(loop),
        api_(api),
        instruments_(instruments),
        changes_(events) {
    watch();
  }

  /// Looks for changes of the files that are in force now, unless the configuration forbids it.
  void watch() {
    const bool wanted = settings_.config.watch_files;
    for (const std::string& why :
         changes_.watch(wanted ? watched_files(settings_) : std::vector<WatchedFolder>{})) {
      log_warn("watch", {{"error", why}, {"effect", "changes there need a reload by hand"}});
    }
  }

  bool files_changed(Duration monotonic) { return changes_.due(monotonic); }

  void reload(const std::string& by) {
    systemd_reloading();
    SettingsRead read = read_settings(settings_.config.file, process_environment());
    std::vector<std::string> refusals;
    for (const Problem& problem : read.problems) refusals.push_back(headline(problem));
    if (read.settings) refusals = reload_refusals(settings_.config, read.settings->config);
    for (const std::string& why : refusals) log_error("reload_refused", {{"reason", why}});
    instruments_.config_loaded(refusals.empty());
    if (refusals.empty()) {
      settings_ = std::move(*read.settings);
      set_log_level(settings_.config.log_level);
      world_.reload(settings_);
      loop_.reload(in_force_of(settings_), world_.sources(), by);
      api_.admit_by(access_rules(settings_.config));
      note_access(settings_.config);
      log_info("reloaded", {{"by", by}, {"policies", std::to_string(settings_.policies.size())}});
    }
    // Anew also after a refusal: what is watched may have been replaced.
    watch();
    systemd_ready();
  }

 private:
  Settings& settings_;
  World& world_;
  Loop& loop_;
  Api& api_;
  Instruments& instruments_;
  FileChanges changes_;
};

std::string status_line(const Snapshot& snapshot) {
  return std::to_string(snapshot.instances.size()) + " instances, " +
         std::to_string(snapshot.open_orders.size()) + " open orders";
}

}  // namespace

int run_daemon(const RunCommand& command, Signals& signals) {
  SettingsRead read = read_settings(command.config, process_environment());
  if (!read.settings) return fail(kExitConfig, "wrong configuration\n" + render(read.problems));
  Settings settings = std::move(*read.settings);
  set_log_level(command.debug ? LogLevel::kDebug : settings.config.log_level);

  Result<StateLock> lock = StateLock::take(settings.config.state);
  if (!lock) return fail(kExitFailed, lock.error().message);
  auto journal = SqliteJournal::open(settings.config.state + "/journal.db");
  if (!journal) return fail(kExitFailed, journal.error().message);
  auto history = SqliteJournal::open_read_only(settings.config.state + "/journal.db");
  if (!history) return fail(kExitFailed, history.error().message);
  DemandStore demand_store(settings.config.state + "/demand.db");
  if (const Status opened = demand_store.open(); !opened) {
    log_warn("demand", {{"error", opened.error().message}});
  } else if (demand_store.begun_anew()) {
    log_warn("demand", {{"reason", "the demand history was damaged and is begun anew"}});
  }

  Mailbox mailbox;
  ExplainDesk desk;
  InotifyFolders folders;
  const WakeSet wake{signals.fd(), mailbox.fd(), folders.fd()};
  SystemClock clock(wake.fd());
  CurlHttp http;
  Instruments instruments(PENSTOCK_VERSION);
  instruments.config_loaded(true);
  for (const SourceConfig& source : settings.config.sources) instruments.expect_source(source.name);
  PrometheusTelemetry telemetry(instruments);
  const Pauses pauses(settings.config.state);
  if (const Status made = pauses.prepare(); !made) return fail(kExitFailed, made.error().message);
  World world(settings, clock, http, telemetry);
  Loop loop(
      {.clock = clock,
       .http = http,
       .cloud = world.cloud(),
       .quoter = world.quoter(),
       .journal = **journal,
       .demand_store = &demand_store,
       .pauses = pauses,
       .telemetry = telemetry,
       .sources = world.sources()},
      {.tick = settings.config.tick, .list_every = std::max(settings.config.tick, Duration{60s})});
  if (Status started = loop.start(in_force_of(settings)); !started) {
    return fail(kExitFailed, started.error().message);
  }
  Api api({.version = PENSTOCK_VERSION, .access = access_rules(settings.config)},
          {loop.board(), instruments, clock, history->get(), pauses, mailbox, desk});
  note_access(settings.config);
  auto server =
      HttpServer::start(server_options(settings.config),
                        [&api](const ServerRequest& request) { return api.answer(request); });
  if (!server) return fail(kExitFailed, server.error().message);
  const AddressFile address(settings.config.state, (*server)->address());
  // Scripts look for "listening HOST:PORT"; the words behind it keep a closing quote off the port.
  log_info("start", {{"msg", "listening " + (*server)->address() + " for metrics and API"},
                     {"version", PENSTOCK_VERSION}});

  Reloader reloader(settings, world, loop, api, instruments, folders);
  bool stopping = false;
  std::string reload_by;  // who asked for one; carried out between two ticks
  const auto stop = [&] {
    const Signals::Seen seen = signals.take();
    stopping = stopping || seen.stop;
    if (seen.reload) reload_by = "SIGHUP";
    for (const auto& wanted : mailbox.take()) {
      if (wanted.kind == penstock::Command::Kind::kReload) reload_by = wanted.by;
    }
    if (reloader.files_changed(clock.monotonic())) reload_by = "changed files";
    for (const InstanceKey& key : desk.asked()) {
      if (auto explanation = loop.explain(key)) desk.put(std::move(explanation));
    }
    return stopping;
  };
  const auto before_tick = [&] {
    if (const std::string by = std::exchange(reload_by, ""); !by.empty()) reloader.reload(by);
  };
  bool announced = false;
  const auto after_tick = [&] {
    const auto snapshot = loop.board().latest();
    if (!std::exchange(announced, true)) systemd_ready();
    systemd_alive(snapshot ? status_line(*snapshot) : "starting");
  };
  loop.run({.stop = stop, .before_tick = before_tick, .after_tick = after_tick});
  systemd_stopping();
  log_info("stopped", {});
  return kExitDone;
}

}  // namespace penstock
