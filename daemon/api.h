// Api: the daemon's HTTP: /metrics, health, and /api/v1, over daemon/server.h.
//
//   Api api({.version = PENSTOCK_VERSION, .access = rules}, {board, instruments, clock, …});
//   auto server = HttpServer::start(options, [&](const ServerRequest& r) { return api.answer(r);
//   });
//
//   GET  /  /page/…                                                     (the status page)
//   GET  /metrics  /-/healthy  /-/ready
//   GET  /api/v1/status  /api/v1/plan
//   GET  /api/v1/instances  /api/v1/decisions  /api/v1/orders  /api/v1/policies
//   GET  /api/v1/events  /api/v1/explain?instance_id=ID  /api/v1/openapi.json
//   POST /-/reload  /api/v1/{pause,resume,override,approve}             (with a token)
//
// Lists are paged: `limit` (100, at most 1,000) and `cursor`, the `next` of the page before; each
// names its filters when one is unknown. Reads come from the snapshot and from a journal of its
// own; pauses are written to the control folder, where the loop reads them before every order.
// explain answers 202 until the loop has put the explanation on the desk: ask again.
// answer() is called on the server's thread, one at a time, and touches nothing of the loop's.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/api_access.h"
#include "daemon/clock.h"
#include "daemon/explanation.h"
#include "daemon/journal.h"
#include "daemon/mailbox.h"
#include "daemon/pauses.h"
#include "daemon/server.h"
#include "daemon/snapshot.h"
#include "metrics/instruments.h"

namespace penstock {

struct ApiOptions {
  std::string version;
  AccessRules access;
};

/// What it reads and where it writes; all of it outlives the Api.
struct ApiWorld {
  const SnapshotBoard& board;
  const Instruments& instruments;
  Clock& clock;
  Journal* history;  ///< opened for reading, for this alone; nullptr: there is none
  const Pauses& pauses;
  Mailbox& mailbox;
  ExplainDesk& desk;
};

class Api {
 public:
  Api(ApiOptions options, ApiWorld world)
      : version_(std::move(options.version)),
        access_(std::make_shared<const AccessRules>(std::move(options.access))),
        world_(world) {}

  ServerResponse answer(const ServerRequest& request) const;

  /// Other rules from the next request on, as a reload brings them. From any thread.
  void admit_by(AccessRules rules);

  /// Method and path of everything that is served; a path that ends in "/" is a folder.
  static std::vector<std::pair<std::string_view, std::string_view>> routes();

 private:
  struct Route;
  static const Route kRoutes[];

  ServerResponse serve(const Route& route, const ServerRequest& request) const;
  ServerResponse page(const ServerRequest&) const;
  ServerResponse metrics(const ServerRequest&) const;
  ServerResponse healthy(const ServerRequest&) const;
  ServerResponse ready(const ServerRequest&) const;
  ServerResponse openapi(const ServerRequest&) const;
  ServerResponse status(const ServerRequest&) const;
  ServerResponse plan(const ServerRequest&) const;
  ServerResponse instances(const ServerRequest&) const;
  ServerResponse decisions(const ServerRequest&) const;
  ServerResponse orders(const ServerRequest&) const;
  ServerResponse policies(const ServerRequest&) const;
  ServerResponse events(const ServerRequest&) const;
  ServerResponse explain(const ServerRequest&) const;
  ServerResponse reload(const ServerRequest&) const;
  ServerResponse pause(const ServerRequest&) const;
  ServerResponse resume(const ServerRequest&) const;
  ServerResponse approve(const ServerRequest&) const;
  ServerResponse pin(const ServerRequest&) const;
  ServerResponse instruct(const ServerRequest&, Instruction::Kind) const;

  std::shared_ptr<const AccessRules> access() const;

  std::string version_;
  mutable std::mutex mutex_;  ///< of access_ alone
  std::shared_ptr<const AccessRules> access_;
  ApiWorld world_;
};

}  // namespace penstock
