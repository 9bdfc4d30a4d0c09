// Bytes -> a request ("METHOD TARGET", header lines, an empty line, the body) to the daemon's API.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/api.h"
#include "daemon/exposition_text.h"
#include "daemon/json.h"
#include "daemon/log.h"
#include "daemon/request_target.h"
#include "tests/testing/fleet_snapshot.h"
#include "tests/testing/virtual_clock.h"

namespace penstock {
namespace {

/// A past of a few rows, some of one date.
class FewRows final : public Journal {
 public:
  Result<Memory> load(TimePoint) override { return Memory{}; }
  Status commit(const JournalEntry&) override { return ok(); }
  Status prune(TimePoint) override { return ok(); }
  Result<std::vector<Order>> orders(const HistoryQuery& query) override {
    return rows<Order>(query);
  }
  Result<std::vector<DecisionRow>> decisions(const HistoryQuery& query) override {
    return rows<DecisionRow>(query);
  }
  Result<std::vector<EventRow>> events(const HistoryQuery&) override {
    return std::vector<EventRow>{};
  }

 private:
  template <class Row>
  static std::vector<Row> rows(const HistoryQuery& query) {
    assert(query.limit > 0 && query.skip >= 0);
    return std::vector<Row>(static_cast<std::size_t>(std::min(query.limit, 5)));
  }
};

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

struct World {
  World() {
    set_log_level(LogLevel::kError);
    board.publish(std::make_shared<const Snapshot>(testing::fleet_snapshot()));
  }
  SnapshotBoard board;
  Instruments instruments{"0"};
  VirtualClock clock{testing::fleet_snapshot_at()};
  FewRows history;
  Pauses pauses{"/dev/null"};  // nothing can be written there
  Mailbox mailbox;
  ExplainDesk desk;
  AccessRules access{
      .hosts = {"name.example"},
      .tokens = {{{"t", "t", {TokenScope::kRead, TokenScope::kOperate, TokenScope::kApprove}},
                  []() -> Result<Secret> { return Secret("t"); }}}};
  Api api{{"0", access}, {board, instruments, clock, &history, pauses, mailbox, desk}};
};

void feed(std::string_view text) {
  static World world;
  ServerRequest request;
  const std::string_view first = take_line(text);
  const std::size_t blank = std::min(first.find(' '), first.size());
  request.method = first.substr(0, blank);
  if (!read_target(first.substr(std::min(blank + 1, first.size())), request)) return;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    request.headers.emplace_back(line.substr(0, colon),
                                 line.substr(std::min(colon + 1, line.size())));
  }
  request.body = text;

  const ServerResponse response = world.api.answer(request);
  assert(response.status >= 200 && response.status < 600);
  const bool has_token = request.header("Authorization").ends_with("t");
  assert(request.method != "POST" || has_token || response.status >= 400);
  if (response.content_type == "application/json") {
    assert(JsonDocument::parse(response.body));
  } else if (response.next_block) {
    std::string page;
    for (std::string block = response.next_block(); !block.empty(); block = response.next_block()) {
      page += block;
    }
    assert(parse_exposition(page, [](const ExpositionSample&) {}));
  }
  assert(world.mailbox.take().size() <= 1);
}

}  // namespace
}  // namespace penstock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::feed({reinterpret_cast<const char*>(data), size});
  return 0;
}
