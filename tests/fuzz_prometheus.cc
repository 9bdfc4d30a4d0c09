// Bytes -> an answer of Prometheus; what comes out must keep the promises of a TrafficAnswer.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "daemon/answer_builder.h"
#include "daemon/prometheus_source.h"
#include "daemon/prometheus_vector.h"

namespace penstock {
namespace {

const TimePoint kNow{std::chrono::seconds{1'767'225'600}};

void check(const TrafficAnswer& answer, const Policy& policy) {
  assert(answer.policy == &policy);
  std::set<std::string> keys;
  for (const KeyedSample& each : answer.samples) {
    assert(keys.insert(each.key).second);
    assert(!each.key.empty() && each.key.size() <= kMaxKeyBytes);
    assert(std::isfinite(each.sample.egress.mbps()) && each.sample.egress >= Rate{0});
    assert(each.sample.egress <= kImplausible);
    assert(each.sample.at >= kNow - policy.traffic.max_age);
    assert(each.sample.at <= kNow + kClockTolerance);
  }
  assert(answer.samples.empty() || !answer.error);
  for (const std::string& note : answer.notes) {
    assert(std::none_of(note.begin(), note.end(), [](char c) { return c >= 0 && c < ' '; }));
  }
}

void feed(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return;
  constexpr int kStatuses[] = {200, 200, 200, 400, 422, 503, 500, 401};
  Policy policy;
  policy.name = "p";
  policy.traffic.query = "q";
  policy.traffic.key = (data[0] & 0x80U) != 0 ? "job" : "instance_id";
  SourceConfig config;
  config.name = "fuzz";
  config.urls = {"http://a", "http://b"};
  config.union_urls = (data[0] & 0x40U) != 0;
  PrometheusSource source(config,
                          [](const std::string&) -> Result<std::string> { return std::string(); });
  HttpResponse response;
  response.status = kStatuses[data[0] & 7U];
  response.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  const PolicyQuestion question{&policy};
  source.begin({&question, 1}, kNow);
  std::size_t rounds = 0;
  for (auto requests = source.requests(); !requests.empty(); requests = source.requests()) {
    source.take(std::vector<HttpResponse>(requests.size(), response));
    ++rounds;
    assert(rounds <= config.urls.size() + 1);
  }
  for (const TrafficAnswer& answer : source.answers()) check(answer, policy);
  VectorReader reader;
  std::size_t series = 0;
  const auto range =
      reader.read_range(response.body, policy.traffic.key, [&](const RangeSeries& each) {
        assert(each.labels.size() <= 512);
        ++series;
      });
  assert(!range || range->series == series);
}

}  // namespace
}  // namespace penstock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::feed(data, size);
  return 0;
}
