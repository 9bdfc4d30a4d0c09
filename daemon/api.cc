#include "daemon/api.h"

#include <algorithm>
#include <array>

#include "daemon/api_json.h"
#include "daemon/api_query.h"
#include "daemon/gzip.h"
#include "daemon/metrics_page.h"
#include "daemon/page_files.h"
#include "daemon/plan.h"

namespace penstock {
namespace {

ServerResponse json_page(JsonWriter& out) {
  ServerResponse response;
  response.body = out.take() + "\n";
  return response;
}

ServerResponse plain(int status, std::string text) {
  ServerResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

ServerResponse not_ticked() {
  return api_refusal(503, "not-ready", "the first tick has not ended yet; try again soon");
}

void write_next(JsonWriter& out, const std::string& next) {
  out.key("next");
  next.empty() ? out.null() : out.string(next);
}

/// What an instance must be to be listed; "" asks nothing.
struct InstanceFilter {
  std::string account, instance, policy, product, zone, action, reason;

  bool accepts(const InstanceView& view) const {
    const Instance& its = *view.instance;
    const auto is = [](const std::string& wanted, std::string_view value) {
      return wanted.empty() || wanted == value;
    };
    return is(account, its.key.account) && is(instance, its.key.id) && is(policy, view.policy) &&
           is(product, to_string(its.product)) && is(zone, its.zone) &&
           is(action, to_string(view.decision.action)) &&
           is(reason, to_string(view.decision.reason.code));
  }
};

/// A page of the past, newest first. One row more is read than shown, to know whether there is
/// another page; the cursor is the last row's date and how many rows of that date were shown, since
/// one tick writes many rows of one date.
template <class Row, class Read, class DateOf>
ServerResponse history_page(const char* name, HistoryQuery query, int limit,
                            const std::optional<ApiQuery::Place>& place, Read read,
                            DateOf date_of) {
  if (place) {
    query.to = std::min(query.to.value_or(TimePoint::max()), place->at + Duration{1});
    query.skip = place->skip;
  }
  query.limit = limit + 1;
  const Result<std::vector<Row>> rows = read(query);
  if (!rows) return api_refusal(503, "no-history", rows.error().message);
  const auto end = std::min(rows->size(), static_cast<std::size_t>(limit));
  JsonWriter out;
  out.begin_object().key(name).begin_array();
  for (std::size_t i = 0; i < end; ++i) write_json(out, (*rows)[i]);
  out.end_array();
  std::string next;
  if (end < rows->size()) {
    ApiQuery::Place after{date_of((*rows)[end - 1]), 0};
    for (std::size_t i = end; i > 0 && date_of((*rows)[i - 1]) == after.at; --i) ++after.skip;
    if (place && place->at == after.at) after.skip += place->skip;
    next = cursor_of(after);
  }
  write_next(out, next);
  out.end_object();
  return json_page(out);
}

ServerResponse nothing_here() {
  return api_refusal(404, "not-found", "there is nothing here; see / and /api/v1/status");
}

/// What is asked of the past of all instances, or of one.
HistoryQuery history_of_instances(ApiQuery& query) {
  HistoryQuery past;
  past.account = query.text("account");
  past.instance = query.text("instance_id");
  past.from = query.time("from");
  past.to = query.time("to");
  return past;
}

}  // namespace

struct Api::Route {
  std::string_view method, path;
  ServerResponse (Api::*serve)(const ServerRequest&) const;
  Asks asks = Asks::kRead;
  bool any_host = false;  ///< scrapers and probes may use any name

  /// A path that ends in "/" serves what is below it.
  bool serves(std::string_view asked) const {
    const bool folder = path.size() > 1 && path.ends_with('/');
    return folder ? asked.starts_with(path) : asked == path;
  }
};

const Api::Route Api::kRoutes[] = {
    {"GET", "/metrics", &Api::metrics, Asks::kMetrics, true},
    {"GET", "/-/healthy", &Api::healthy, Asks::kNothing, true},
    {"GET", "/-/ready", &Api::ready, Asks::kNothing, true},
    {"POST", "/-/reload", &Api::reload, Asks::kOperate},
    {"GET", "/", &Api::page, Asks::kNothing},
    {"GET", "/page/", &Api::page, Asks::kNothing},
    {"GET", "/api/v1/openapi.json", &Api::openapi, Asks::kNothing},
    {"GET", "/api/v1/status", &Api::status},
    {"GET", "/api/v1/plan", &Api::plan},
    {"GET", "/api/v1/instances", &Api::instances},
    {"GET", "/api/v1/decisions", &Api::decisions},
    {"GET", "/api/v1/orders", &Api::orders},
    {"GET", "/api/v1/policies", &Api::policies},
    {"GET", "/api/v1/events", &Api::events},
    {"GET", "/api/v1/explain", &Api::explain},
    {"POST", "/api/v1/pause", &Api::pause, Asks::kOperate},
    {"POST", "/api/v1/resume", &Api::resume, Asks::kOperate},
    {"POST", "/api/v1/override", &Api::pin, Asks::kOperate},
    {"POST", "/api/v1/approve", &Api::approve, Asks::kApprove},
};

std::vector<std::pair<std::string_view, std::string_view>> Api::routes() {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  for (const Route& route : kRoutes) all.emplace_back(route.method, route.path);
  return all;
}

ServerResponse Api::answer(const ServerRequest& request) const {
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  const Route* route = std::find_if(std::begin(kRoutes), std::end(kRoutes),
                                    [&](const Route& each) { return each.serves(request.path); });
  ServerResponse response;
  if (route == std::end(kRoutes)) {
    response = nothing_here();
  } else if (route->method != method) {
    response = api_refusal(405, "wrong-method", "use " + std::string(route->method));
    response.headers.emplace_back("Allow", route->method);
  } else {
    response = serve(*route, request);
  }
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

ServerResponse Api::serve(const Route& route, const ServerRequest& request) const {
  const auto rules = access();
  if (auto refusal = refuse_host(request, *rules); refusal && !route.any_host) {
    return *std::move(refusal);
  }
  Admission admission = admit(request, route.asks, *rules);
  if (admission.refusal) return *std::move(admission.refusal);
  if (admission.token.empty()) return (this->*route.serve)(request);
  ServerRequest named = request;
  named.token_name = std::move(admission.token);
  return (this->*route.serve)(named);
}

void Api::admit_by(AccessRules rules) {
  auto fresh = std::make_shared<const AccessRules>(std::move(rules));
  const std::lock_guard lock(mutex_);
  access_ = std::move(fresh);
}

std::shared_ptr<const AccessRules> Api::access() const {
  const std::lock_guard lock(mutex_);
  return access_;
}

ServerResponse Api::page(const ServerRequest& request) const {
  auto file = page_file(request.path);
  return file ? *std::move(file) : nothing_here();
}

ServerResponse Api::openapi(const ServerRequest&) const {
  ServerResponse response;
  response.body = openapi_json();
  return response;
}

ServerResponse Api::metrics(const ServerRequest& request) const {
  ServerResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.next_block =
      metrics_page(world_.instruments, world_.board.latest(), world_.clock.wall());
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!accepts_gzip(request.header("accept-encoding"))) return response;
  if (auto packed = gzip_blocks(response.next_block)) {
    response.next_block = std::move(packed);
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

ServerResponse Api::healthy(const ServerRequest&) const {
  return plain(200, "healthy\n");
}

ServerResponse Api::ready(const ServerRequest&) const {
  const auto snapshot = world_.board.latest();
  if (snapshot == nullptr) return plain(503, "not ready: the first tick has not ended yet\n");
  if (!snapshot->ready) {
    return plain(503, "not ready: the journal, a list and a first gathering are not all read\n");
  }
  return plain(200, "ready\n");
}

ServerResponse Api::status(const ServerRequest& request) const {
  ApiQuery query(request);
  if (auto refusal = query.refusal()) return *std::move(refusal);
  const auto snapshot = world_.board.latest();
  if (snapshot == nullptr) return not_ticked();
  JsonWriter out;
  out.begin_object();
  out.key("version").string(version_);
  out.key("now").string(format(world_.clock.wall()));
  write_status_fields(out, *snapshot);
  out.end_object();
  return json_page(out);
}

ServerResponse Api::plan(const ServerRequest& request) const {
  ApiQuery query(request);
  if (auto refusal = query.refusal()) return *std::move(refusal);
  const auto snapshot = world_.board.latest();
  if (snapshot == nullptr) return not_ticked();
  ServerResponse response;
  response.body = plan_json(*snapshot, {}) + "\n";
  return response;
}

ServerResponse Api::instances(const ServerRequest& request) const {
  ApiQuery query(request);
  const InstanceFilter filter{
      query.text("account"), query.text("instance_id"), query.text("policy"), query.text("product"),
      query.text("zone"),    query.text("action"),      query.text("reason")};
  const int limit = query.limit();
  const std::optional<InstanceKey> after = query.after_instance();
  if (auto refusal = query.refusal()) return *std::move(refusal);
  const auto snapshot = world_.board.latest();
  if (snapshot == nullptr) return not_ticked();

  const auto& all = snapshot->instances;
  auto view = all.begin();
  if (after) {
    view = std::upper_bound(
        all.begin(), all.end(), *after,
        [](const InstanceKey& key, const InstanceView& each) { return key < each.instance->key; });
  }
  JsonWriter out;
  out.begin_object();
  out.key("at").string(format(snapshot->at));
  out.key("instances").begin_array();
  std::string next;
  const InstanceView* last = nullptr;
  for (int shown = 0; view != all.end(); ++view) {
    if (!filter.accepts(*view)) continue;
    if (shown++ == limit) {
      next = cursor_of(last->instance->key);
      break;
    }
    write_json(out, *view);
    last = &*view;
  }
  out.end_array();
  write_next(out, next);
  out.end_object();
  return json_page(out);
}

ServerResponse Api::decisions(const ServerRequest& request) const {
  ApiQuery query(request);
  HistoryQuery past = history_of_instances(query);
  const int limit = query.limit();
  const auto place = query.after_place();
  if (auto refusal = query.refusal()) return *std::move(refusal);
  if (world_.history == nullptr) return api_refusal(503, "no-history", "there is no journal");
  return history_page<DecisionRow>(
      "decisions", past, limit, place,
      [&](const HistoryQuery& q) { return world_.history->decisions(q); },
      [](const DecisionRow& row) { return row.at; });
}

ServerResponse Api::orders(const ServerRequest& request) const {
  ApiQuery query(request);
  HistoryQuery past = history_of_instances(query);
  past.open_only = query.truth("open");
  const int limit = query.limit();
  const auto place = query.after_place();
  if (auto refusal = query.refusal()) return *std::move(refusal);
  if (world_.history == nullptr) return api_refusal(503, "no-history", "there is no journal");
  return history_page<Order>(
      "orders", past, limit, place,
      [&](const HistoryQuery& q) { return world_.history->orders(q); },
      [](const Order& order) { return order.planned_at; });
}

ServerResponse Api::events(const ServerRequest& request) const {
  ApiQuery query(request);
  HistoryQuery past;
  past.from = query.time("from");
  past.to = query.time("to");
  const int limit = query.limit();
  const auto place = query.after_place();
  if (auto refusal = query.refusal()) return *std::move(refusal);
  if (world_.history == nullptr) return api_refusal(503, "no-history", "there is no journal");
  return history_page<EventRow>(
      "events", past, limit, place,
      [&](const HistoryQuery& q) { return world_.history->events(q); },
      [](const EventRow& event) { return event.at; });
}

ServerResponse Api::explain(const ServerRequest& request) const {
  ApiQuery query(request);
  const std::string id = query.text("instance_id");
  const std::string account = query.text("account");
  if (auto refusal = query.refusal()) return *std::move(refusal);
  if (id.empty()) return api_refusal(400, "wrong-query", "instance_id: expected an instance's id");
  const auto snapshot = world_.board.latest();
  if (snapshot == nullptr) return not_ticked();
  const InstanceView* view = nullptr;
  for (const InstanceView& each : snapshot->instances) {
    const InstanceKey& key = each.instance->key;
    if (key.id != id || (!account.empty() && key.account != account)) continue;
    if (view != nullptr) {
      return api_refusal(409, "ambiguous", "several accounts have that id; name one by account");
    }
    view = &each;
  }
  if (view == nullptr) {
    return api_refusal(404, "no-such-instance", "no account lists an instance of that id");
  }
  const auto found = world_.desk.find(view->instance->key, snapshot->tick);
  if (found == nullptr) {
    if (!world_.desk.ask(view->instance->key)) {
      return api_refusal(503, "busy", "too many explanations are being made; try again soon");
    }
    world_.mailbox.post({Command::Kind::kLook, "explain"});
    ServerResponse later = api_refusal(202, "being-made", "asked; ask again in a moment");
    later.headers.emplace_back("Retry-After", "1");
    return later;
  }
  JsonWriter out;
  out.begin_object().key("instance");
  write_json(out, *view);
  write_fields(out, *found);
  out.end_object();
  return json_page(out);
}

ServerResponse Api::policies(const ServerRequest& request) const {
  ApiQuery query(request);
  if (auto refusal = query.refusal()) return *std::move(refusal);
  const auto snapshot = world_.board.latest();
  if (snapshot == nullptr) return not_ticked();
  JsonWriter out;
  out.begin_object();
  out.key("at").string(format(snapshot->at));
  out.key("policies").begin_array();
  for (const PolicyView& policy : snapshot->policies) write_json(out, policy);
  out.end_array();
  out.end_object();
  return json_page(out);
}

}  // namespace penstock
