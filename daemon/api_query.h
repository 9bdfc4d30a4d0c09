// The query of a list request: filters, `limit` and `cursor`, each checked.
//
//   ApiQuery query(request);
//   const std::string policy = query.text("policy");
//   const int limit = query.limit();
//   if (auto refusal = query.refusal()) return *refusal;      // after all have been read
//
// An unknown parameter is an error that names the known ones: a filter that is silently ignored
// shows more than was asked for. Keeps a reference to the request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/server.h"
#include "metrics/units.h"
#include "policies/instance.h"

namespace penstock {

class ApiQuery {
 public:
  static constexpr int kDefaultLimit = 100;
  static constexpr int kMaxLimit = 1000;

  explicit ApiQuery(const ServerRequest& request) : request_(request) {}

  std::string text(std::string_view name);  ///< "" if absent
  bool truth(std::string_view name);        ///< "true", "false" or absent
  std::optional<TimePoint> time(std::string_view name);
  int limit();
  /// `cursor` of instance lists: the last instance of the page before.
  std::optional<InstanceKey> after_instance();
  /// `cursor` of the past: rows dated at most then, and how many of them have been shown.
  struct Place {
    TimePoint at;
    int skip = 0;
  };
  std::optional<Place> after_place();

  /// What is wrong with the query; read everything first.
  std::optional<ServerResponse> refusal();

 private:
  std::string_view read(std::string_view name);
  void wrong(std::string_view name, std::string_view expected);

  const ServerRequest& request_;
  std::vector<std::string> known_;
  std::string problem_;
};

std::string cursor_of(const InstanceKey& key);
std::string cursor_of(const ApiQuery::Place& place);

}  // namespace penstock
