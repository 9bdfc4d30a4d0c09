// Lines -> rows and damaged bytes of a journal -> a daemon that starts with it, and goes on.
//
//   orders|1|main|a|vm|PREPAID|edge|upgrade|100|125|sent|…    one row, in the columns' order; ~ is
//   NULL
//   @4096 00ff7a                                            bytes put over the file's, at an offset
//
// A journal is refused with what is wrong, or it is one to live with: whatever stood in it, some
// minutes of the real loop follow, and what is in it afterwards can be read again.
#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sim/sim_disk.h"
#include "daemon/sqlite.h"
#include "daemon/sqlite_journal.h"
#include "tests/testing/sim_world.h"

namespace {

using namespace penstock;

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool whole = end.ec == std::errc{} && end.ptr == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

/// What the table does not take is no row.
void insert(Database& db, std::string_view line) {
  const std::string_view table = take_until(line, '|');
  for (const std::string_view known : {"orders", "instances", "breakers", "decisions", "events"}) {
    if (table != known) continue;
    std::vector<std::string_view> values;
    for (bool more = true; more; values.push_back(take_until(line, '|'))) {
      more = line.find('|') != std::string_view::npos;
    }
    if (values.size() > 30) return;
    std::string sql = "INSERT OR REPLACE INTO " + std::string(known) + " VALUES (?1";
    for (std::size_t i = 2; i <= values.size(); ++i) sql += ", ?" + std::to_string(i);
    Result<Statement> row = db.prepare(sql + ")");
    if (!row) return;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int at = static_cast<int>(i) + 1;
      if (values[i] == "~") {
        row->bind(at, std::optional<std::int64_t>());
      } else if (const auto integer = number<std::int64_t>(values[i])) {
        row->bind(at, *integer);
      } else {
        row->bind(at, values[i]);
      }
    }
    (void)row->run();
  }
}

void damage(SimDisk& disk, const std::string& file, std::string_view line) {
  const auto offset = number<std::uint32_t>(take_until(line, ' '));
  std::string bytes;
  for (; line.size() >= 2; line.remove_prefix(2)) {
    if (const auto byte = number<std::uint8_t>(line.substr(0, 2), 16)) {
      bytes += static_cast<char>(*byte);
    }
  }
  SimDisk::Handle handle = 0;
  if (!offset || *offset > 1'000'000 || bytes.empty()) return;
  if (disk.open(file, false, handle) != SimDisk::Answer::kOk) return;
  (void)disk.write(handle, *offset, bytes);
  disk.close(handle);
}

constexpr const char* kEmpty = "/empty.db";

SimDisk disk_with_empty_journal() {
  SimDisk disk;
  const SqliteDisk mounted(disk);
  assert(SqliteJournal::open(kEmpty));
  return disk.copy();
}

void look_at(Journal& journal) {
  if (const auto orders = journal.orders({.limit = 100})) {
    for (const Order& order : *orders) (void)render(order.reason);
  }
  if (const auto decisions = journal.decisions({.limit = 100})) {
    for (const DecisionRow& row : *decisions) (void)(render(row.reason) + render(row.wish_reason));
  }
  (void)journal.events({.limit = 100});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SimDisk empty = disk_with_empty_journal();
  SimDisk disk = empty.copy();
  const SqliteDisk mounted(disk);
  testing::SimWorld world;
  const std::string file = world.folder.path() + "/journal.db";
  disk.copy_file(kEmpty, file);

  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> damages;
  {
    Result<Database> db = Database::open(file, Access::kReadWrite);
    assert(db);
    while (!text.empty()) {
      std::string_view line = take_until(text, '\n');
      if (line.starts_with('@')) {
        damages.push_back(line.substr(1));
      } else {
        insert(*db, line);
      }
    }
  }
  for (const std::string_view each : damages) damage(disk, file, each);

  {
    auto journal = SqliteJournal::open(file);
    assert(journal || !journal.error().message.empty());
    if (!journal) return 0;
    look_at(**journal);
    const auto memory = (*journal)->load(world.clock.wall());
    assert(memory || !memory.error().message.empty());
    if (!memory) return 0;
  }
  // Damage may be found out by any later read or write: each says so, and the daemon has its tests.
  if (!damages.empty()) return 0;
  world.add(testing::prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  world.add(testing::postpaid_vm("b", Mbps{300}, DemandShape::flat(40)));
  world.in_force.policies = {testing::saturation_policy("edge")};
  world.start();
  world.run(1min);
  world.restart();
  world.run(30s);
  look_at(*world.journal);
  assert(world.journal->load(world.clock.wall()));
  assert(world.journal->prune(world.clock.wall()));
  return 0;
}
