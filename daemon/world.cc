#include "daemon/world.h"

#include <algorithm>
#include <utility>

#include "daemon/cloud_quoter.h"
#include "daemon/prometheus_source.h"
#include "daemon/scrape_source.h"
#include "daemon/secret.h"
#include "daemon/traffic_source.h"

namespace penstock {
namespace {

Result<std::string> read_secret(const std::string& path) {
  Result<Secret> secret = read_secret_file(path);
  if (!secret) return secret.error();
  return std::string(secret->expose());
}

/// Jitter differs from start to start and from host to host; nothing else hangs on it.
std::uint64_t jitter_seed(Clock& clock) {
  return static_cast<std::uint64_t>(clock.wall().time_since_epoch().count()) ^
         static_cast<std::uint64_t>(clock.monotonic().count()) << 20U;
}

ApiObserver observer_of(Telemetry& telemetry) {
  return [&telemetry](const ApiObservation& seen) {
    telemetry.api_request(seen.product, seen.action, seen.code, seen.elapsed);
  };
}

}  // namespace

std::shared_ptr<const InForce> in_force_of(const Settings& settings) {
  auto set = std::make_shared<InForce>();
  set->policies = settings.policies;
  set->limits = settings.config.limits;
  set->tariffs = settings.config.tariffs;
  for (const AccountConfig& account : settings.config.accounts) {
    set->accounts[account.name] = {account.billing_month, account.money_words};
  }
  return set;
}

World::World(const Settings& settings, Clock& clock, Http& http, Telemetry& telemetry)
    : cloud_(std::make_unique<ZenlayerCloud>(
          settings.config.accounts, http, clock,
          ApiClientOptions{.seed = jitter_seed(clock), .observer = observer_of(telemetry)})),
      quoter_(std::make_unique<CloudQuoter>(*cloud_, settings.config.accounts)),
      sources_(make_sources(settings, sources_before_)) {}

World::~World() = default;

std::vector<SampleSource*> World::sources() const {
  std::vector<SampleSource*> all;
  for (const Source& each : sources_) all.push_back(each.source.get());
  return all;
}

void World::reload(const Settings& settings) {
  cloud_->reload(settings.config.accounts);
  quoter_->reload(settings.config.accounts);
  sources_before_ = std::exchange(sources_, make_sources(settings, sources_));
}

World::Sources World::make_sources(const Settings& settings, Sources& before) {
  Sources made;
  for (const SourceConfig& config : settings.config.sources) {
    const auto same = std::ranges::find_if(before, [&](const Source& each) {
      return each.source != nullptr && each.config == config;
    });
    if (same == before.end()) {
      made.push_back({config, make_source(config)});
    } else {
      same->source->reload_secrets();
      made.push_back(std::move(*same));
    }
  }
  return made;
}

std::unique_ptr<SampleSource> World::make_source(const SourceConfig& config) {
  switch (config.kind) {
    case SourceKind::kPrometheus:
      return std::make_unique<PrometheusSource>(config, read_secret);
    case SourceKind::kScrape:
      return std::make_unique<ScrapeSource>(config, read_secret);
    case SourceKind::kProvider:
      return std::make_unique<TrafficSource>(config, *cloud_);
  }
  return nullptr;
}

}  // namespace penstock
