// Bytes -> HTTP requests to the sandbox's front; whatever they are, it answers, and its books hold.
//
// The first line of the input is "METHOD PATH", then headers up to an empty line, then the body;
// a zero byte ends a request and lets an hour pass. Requests without an Authorization header are
// given the token, so that the fuzzer gets past the door.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/json.h"
#include "daemon/sim/sandbox_fleet.h"
#include "daemon/sim/sandbox_front.h"

namespace {

using namespace penstock;

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

ServerRequest request_of(std::string_view text) {
  ServerRequest request;
  std::string_view first = take_until(text, '\n');
  request.method = std::string(take_until(first, ' '));
  request.path = std::string(first);
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.empty()) break;
    const std::string_view name = take_until(line, ':');
    request.headers.emplace_back(std::string(name), std::string(line));
  }
  request.body = std::string(text);
  if (request.header("authorization").empty()) {
    request.headers.emplace_back("authorization", "Bearer sandbox-token");
  }
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  TimePoint now{std::chrono::seconds{1'767'225'600}};
  SimCloud cloud({}, sandbox_catalogue(), now);
  for (SimInstance& it : sandbox_fleet(12, cloud.time(), nullptr)) {
    // Short names, which a fuzzer can find.
    it.id = it.name;
    cloud.add(std::move(it), now);
  }
  const Money before = cloud.balance(now).cash;
  SandboxFront front(std::move(cloud), {});
  while (!text.empty()) {
    const ServerRequest request = request_of(take_until(text, '\0'));
    const ServerResponse response = front.answer(request, now);
    assert(response.status >= 200 && response.status < 600);
    assert(response.delay >= Duration::zero());
    if (response.content_type == "application/json" && response.status == 200 &&
        !front.faults().standing(FaultKind::kTruncated)) {
      assert(JsonDocument::parse(response.body) || response.body.size() < 2);
    }
    now += std::chrono::hours{1};
  }
  const Money after = front.cloud().balance(now).cash;
  Money deposits;
  for (const LedgerEntry& entry : front.cloud().ledger().entries()) {
    if (entry.what == "deposit") deposits += entry.amount;
  }
  assert(before + deposits - after == Money(front.cloud().ledger().totals().charged));
  return 0;
}
