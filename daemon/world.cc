#include "daemon/world.h"

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
      sources_(make_sources(settings)) {}

World::~World() = default;

std::vector<SampleSource*> World::sources() const {
  std::vector<SampleSource*> all;
  for (const auto& source : sources_) all.push_back(source.get());
  return all;
}

void World::reload(const Settings& settings) {
  cloud_->reload(settings.config.accounts);
  quoter_->reload(settings.config.accounts);
  sources_before_ = std::exchange(sources_, make_sources(settings));
}

World::Sources World::make_sources(const Settings& settings) {
  Sources made;
  for (const SourceConfig& source : settings.config.sources) {
    switch (source.kind) {
      case SourceKind::kPrometheus:
        made.push_back(std::make_unique<PrometheusSource>(source, read_secret));
        break;
      case SourceKind::kScrape:
        made.push_back(std::make_unique<ScrapeSource>(source, read_secret));
        break;
      case SourceKind::kProvider:
        made.push_back(std::make_unique<TrafficSource>(source, *cloud_));
        break;
    }
  }
  return made;
}

}  // namespace penstock
