// Ask: what every command that shows the running daemon's view begins and ends with.
//
//   return ask_daemon(command.config, [&](DaemonClient& daemon) -> Status {
//     Result<Rows> orders = all_rows(daemon, "/api/v1/orders", {{"open", "true"}}, "orders", 200);
//     if (!orders) return orders.error();
//     ...                                                       // print
//     return ok();
//   });
//
// Says on stderr why there is nothing to show, and returns the exit code that interfaces promise.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/daemon_client.h"
#include "daemon/json.h"

namespace penstock {

/// The configuration without its policies: a broken policy must not blind whoever looks for the
/// cause. Says on stderr what is wrong with it; nullopt then.
std::optional<Config> config_or_complaint(const std::string& file);

/// Reads the configuration, makes a client of it and runs `show`.
int ask_daemon(const std::string& config, const std::function<Status(DaemonClient& daemon)>& show);

using Query = std::vector<std::pair<std::string, std::string>>;
/// "PATH?name=value&…", percent-encoded; empty values are left out.
std::string with_query(const std::string& path, const Query& query);

Result<JsonDocument> ask_json(DaemonClient& daemon, const std::string& path);

/// Rows of a paged list, which live in the pages.
struct Rows {
  std::vector<JsonDocument> pages;
  std::vector<JsonValue> rows;
  bool more = false;  ///< there are further ones
};
Result<Rows> all_rows(DaemonClient& daemon, const std::string& path, const Query& query,
                      const std::string& name, std::size_t most);

/// The instance that a person means by `text`: an id, or a name that only one has. The error says
/// what is like it. `account` may be empty.
struct InstanceChosen {
  std::string account, id, name;
};
Result<InstanceChosen> choose_instance(DaemonClient& daemon, const std::string& text,
                                       const std::string& account);

/// Writes a value as it was read.
void copy_json(JsonWriter& out, const JsonValue& value);

/// A JSON string's text or a dash; of what commands print of answers.
std::string text_or_dash(const JsonValue& value);
/// A time without what is beyond its seconds: nobody reads milliseconds in a table.
std::string second_of(const JsonValue& value);
/// "3h 12m" since the RFC 3339 time in `value`; a dash where there is none.
std::string age_of(const JsonValue& value, TimePoint now);

}  // namespace penstock
