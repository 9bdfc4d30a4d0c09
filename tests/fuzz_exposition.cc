// Bytes -> a selector (the first line) and two pages of counters (either half of the rest).
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "daemon/answer_builder.h"
#include "daemon/exposition_text.h"
#include "daemon/scrape_source.h"

namespace penstock {
namespace {

const TimePoint kNow{std::chrono::seconds{1'767'225'600}};

void read(std::string_view page) {
  const ExpositionLimits limits{.line_bytes = 4096, .labels = 8, .samples = 1000};
  std::size_t visited = 0;
  const Result<std::size_t> count = parse_exposition(
      page,
      [&](const ExpositionSample& sample) {
        ++visited;
        assert(!sample.name.empty() && sample.labels.size() <= limits.labels);
        std::set<std::string_view> names;
        for (const ExpositionLabel& label : sample.labels) {
          assert(!label.name.empty() && names.insert(label.name).second);
          assert(label.value.size() <= limits.line_bytes);
        }
      },
      limits);
  assert(visited <= limits.samples);
  assert(count ? *count == visited : count.error().message.starts_with("line "));
}

void feed(std::string_view text) {
  const std::size_t line = std::min(text.find('\n'), text.size());
  Policy policy;
  policy.name = "p";
  policy.traffic.query = text.substr(0, line);
  policy.traffic.key = "i";
  text.remove_prefix(std::min(line + 1, text.size()));
  read(text);

  SourceConfig config;
  config.name = "fuzz";
  config.targets = {{"http://a/metrics", ""}};
  ScrapeSource source(config,
                      [](const std::string&) -> Result<std::string> { return std::string(); });
  const PolicyQuestion question{&policy};
  HttpResponse pages[3];
  pages[0].body = text.substr(0, text.size() / 2);
  pages[1].body = text.substr(text.size() / 2);
  pages[2].body = text;
  TimePoint now = kNow;
  for (HttpResponse& page : pages) {
    for (int twice = 0; twice < 2; ++twice, now += 15s) {
      page.status = 200;
      source.begin({&question, 1}, now);
      while (!source.requests().empty()) source.take({&page, 1});
      const TrafficAnswer answer = source.answers().at(0);
      std::set<std::string> keys;
      for (const KeyedSample& each : answer.samples) {
        assert(keys.insert(each.key).second && !each.key.empty());
        assert(std::isfinite(each.sample.egress.mbps()) && each.sample.egress >= Rate{0});
        assert(each.sample.egress <= kImplausible && each.sample.span > Duration{0});
      }
    }
  }
}

}  // namespace
}  // namespace penstock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::feed({reinterpret_cast<const char*>(data), size});
  return 0;
}
