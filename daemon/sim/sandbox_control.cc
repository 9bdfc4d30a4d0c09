// The sandbox's own side of SandboxFront: counters to scrape, the ledger, and switches.
#include <array>
#include <charconv>
#include <functional>

#include "daemon/json.h"
#include "daemon/sim/sandbox_front.h"

namespace penstock {
namespace {

constexpr double kReceivedShare = 0.11;
constexpr std::uint64_t kLoopbackBytesPerSecond = 12'500;
constexpr double kMostMbps = 1e6;
constexpr std::array<std::string_view, 3> kChangeWords{"Enable", "Processing", "WaitToEnable"};

ServerResponse json_answer(JsonWriter& json, int status = 200) {
  ServerResponse response;
  response.status = status;
  response.body = json.take() + "\n";
  return response;
}

ServerResponse problem(int status, const std::string& message) {
  JsonWriter json;
  json.begin_object().key("status").string("error").key("error").string(message).end_object();
  return json_answer(json, status);
}

ServerResponse done() {
  JsonWriter json;
  json.begin_object().key("status").string("ok").end_object();
  return json_answer(json);
}

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

void write_counts(JsonWriter& json, std::string_view name,
                  const std::map<std::string, std::uint64_t>& counts) {
  json.key(name).begin_object();
  for (const auto& [what, count] : counts) {
    json.key(what).integer(static_cast<std::int64_t>(count));
  }
  json.end_object();
}

void write_entry(JsonWriter& json, const LedgerEntry& entry) {
  json.begin_object();
  json.key("sequence").integer(static_cast<std::int64_t>(entry.sequence));
  json.key("at").string(format(entry.at));
  json.key("kind").string(to_string(entry.kind)).key("what").string(entry.what);
  json.key("instance_id").string(entry.instance_id).key("by").string(entry.by);
  json.key("from_mbps").integer(entry.from.count()).key("to_mbps").integer(entry.to.count());
  json.key("amount").string(format_amount(entry.amount)).key("currency").string(kCurrency);
  json.key("order_number").string(entry.order_number);
  if (entry.since != TimePoint{}) json.key("since").string(format(entry.since));
  json.end_object();
}

ServerResponse ledger_answer(SimCloud& cloud, const ServerRequest& request, TimePoint now) {
  cloud.settle(now);
  std::uint64_t since = 0;
  if (const std::string_view text = request.parameter("since"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), since);
    if (error != std::errc{} || end != text.data() + text.size()) {
      return problem(400, "\"since\" is the sequence number of an entry");
    }
  }
  const LedgerTotals& totals = cloud.ledger().totals();
  const SimBalance balance = cloud.balance(now);
  JsonWriter json;
  json.begin_object().key("now").string(format(now));
  json.key("month_seconds").number(static_cast<double>(cloud.settings().month.count()) / 1000);
  json.key("currency").string(kCurrency);
  json.key("charged").string(format_amount(totals.charged));
  json.key("charged_at_once").string(format_amount(totals.charged_at_once));
  json.key("cash").string(format_amount(balance.cash));
  write_counts(json, "changes", totals.changes);
  write_counts(json, "effects", totals.effects);
  write_counts(json, "violations", totals.violations);
  json.key("refusals").integer(static_cast<std::int64_t>(totals.refusals));
  json.key("entries").begin_array();
  for (const LedgerEntry& entry : cloud.ledger().entries()) {
    if (entry.sequence > since) write_entry(json, entry);
  }
  json.end_array().end_object();
  return json_answer(json);
}

void write_instance(JsonWriter& json, SimCloud& cloud, const std::string& id, TimePoint now) {
  const SimInstance& it = *cloud.instance(id);
  const SimChange change = *cloud.change(id, now);
  json.begin_object().key("instance_id").string(id).key("name").string(it.name);
  json.key("product").string(to_string(it.product)).key("zone").string(it.zone);
  json.key("charge").string(it.charge == Charge::kPrepaid ? "PREPAID" : "POSTPAID");
  json.key("internet_charge").string(internet_charge_word(it.product, it.internet));
  json.key("type").string(it.type).key("status").string(it.status);
  json.key("cap_mbps").integer(change.cap.count());
  json.key("change").string(kChangeWords[static_cast<std::size_t>(change.change)]);
  json.key("modified_mbps");
  if (change.modified) {
    json.integer(change.modified->count());
  } else {
    json.null();
  }
  json.key("limit_mbps").integer(cloud.limit(it).value_or(-1));
  json.key("included_mbps").integer(cloud.included(it).count());
  json.key("demand_mbps").number(cloud.demand(id, now));
  json.key("expires");
  if (it.expires) {
    json.string(format(*it.expires));
  } else {
    json.null();
  }
  json.key("auto_renew").boolean(it.auto_renew).end_object();
}

ServerResponse instances_answer(SimCloud& cloud, TimePoint now) {
  JsonWriter json;
  json.begin_object().key("instances").begin_array();
  for (const std::string& id : cloud.ids()) write_instance(json, cloud, id, now);
  json.end_array().end_object();
  return json_answer(json);
}

ServerResponse faults_answer(const Faults& faults) {
  JsonWriter json;
  json.begin_object().key("kinds").begin_array();
  for (const FaultKind kind : all_fault_kinds()) json.string(to_string(kind));
  json.end_array().key("active").begin_array();
  for (const Fault& fault : faults.active()) {
    json.begin_object().key("kind").string(to_string(fault.kind));
    if (fault.count) json.key("count").integer(*fault.count);
    json.key("share").number(fault.share);
    json.key("action").string(fault.action).key("instance").string(fault.instance);
    if (fault.until) json.key("until").string(format(*fault.until));
    json.end_object();
  }
  json.end_array().end_object();
  return json_answer(json);
}

ServerResponse index_page() {
  ServerResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.body = R"(<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<title>penstock sandbox</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:48em;
margin:2em auto;padding:0 1em}code{background:#f2f2f2;padding:.1em .3em}dt{margin-top:.8em}</style>
<h1>penstock sandbox</h1>
<p>A local API that behaves like the provider's: signatures, states, orders, bills and errors, with
live demand. Nothing here costs anything.</p>
<dl>
<dt><code>POST /api/v2/vm</code>, <code>/api/v2/bmc</code>, <code>/api/v2/zbc</code></dt>
<dd>The provider's API. Key <code>sandbox-id</code>, password <code>sandbox-password</code>, or
token <code>sandbox-token</code>.</dd>
<dt><a href="/metrics"><code>GET /metrics</code></a></dt>
<dd>What each instance's network card counts: <code>node_network_transmit_bytes_total</code> with
<code>device="eth0"</code> and <code>instance_id</code>.</dd>
<dt><a href="/sandbox/instances"><code>GET /sandbox/instances</code></a></dt>
<dd>The fleet as it is now.</dd>
<dt><a href="/sandbox/ledger"><code>GET /sandbox/ledger</code></a></dt>
<dd>Each accepted change, charge, refusal and violation; <code>?since=N</code> for what came after
entry N.</dd>
<dt><code>POST /sandbox/demand</code></dt>
<dd><code>{"ID": 500}</code> makes an instance want 500 Mbps, <code>{"ID": null}</code> gives its
own demand back.</dd>
<dt><code>POST /sandbox/console</code></dt>
<dd>What a person does by hand: <code>{"ID": {"cap_mbps": 300}}</code>,
<code>{"ID": {"status": "STOPPED"}}</code>, <code>{"ID": {"vanish": true}}</code>.</dd>
<dt><code>POST /sandbox/account</code></dt>
<dd><code>{"deposit": 100}</code>.</dd>
<dt><a href="/sandbox/fault"><code>GET</code></a>, <code>POST</code> and <code>DELETE
/sandbox/fault</code></dt>
<dd><code>{"kind": "lost-answer", "count": 1, "action": "ModifyInstanceBandwidth"}</code>; also
<code>share</code> (of calls), <code>seconds</code> (how long it lasts), <code>instance</code>,
<code>delay_seconds</code>, <code>status</code>, <code>part</code>. DELETE clears all.</dd>
</dl>
)";
  return response;
}

/// One family of counters, one line per instance.
void write_family(std::string& text, std::string_view name, std::string_view help,
                  std::string_view type, const std::function<void(std::string&)>& lines) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  lines(text);
}

void write_line(std::string& text, std::string_view name, std::string_view device,
                std::string_view id, const std::string& value) {
  text.append(name).append("{");
  if (!device.empty()) text.append("device=\"").append(device).append("\",");
  text.append("instance_id=\"").append(label_value(id)).append("\"} ").append(value).append("\n");
}

}  // namespace

ServerResponse SandboxFront::control(const ServerRequest& request, TimePoint now) {
  const std::string& path = request.path;
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (path == "/" && get) return index_page();
  if (path == "/metrics" && get) return metrics(now);
  if (path == "/sandbox/instances" && get) return instances_answer(cloud_, now);
  if (path == "/sandbox/ledger" && get) return ledger_answer(cloud_, request, now);
  if (path == "/sandbox/fault" && get) return faults_answer(faults_);
  if (path == "/sandbox/fault" && post) return post_fault(request, now);
  if (path == "/sandbox/demand" && post) return post_demand(request, now);
  if (path == "/sandbox/console" && post) return post_console(request, now);
  if (path == "/sandbox/account" && post) return post_account(request, now);
  if (path == "/sandbox/fault" && request.method == "DELETE") {
    faults_.clear();
    apply_conditions(now);
    return done();
  }
  return problem(404, "no such path or method; GET / says what there is");
}

ServerResponse SandboxFront::post_fault(const ServerRequest& request, TimePoint now) {
  const Result<JsonDocument> body = JsonDocument::parse(request.body);
  if (!body) return problem(400, body.error().message);
  const Result<Fault> fault = parse_fault(body->root(), now);
  if (!fault) return problem(400, fault.error().message);
  if (fault->kind == FaultKind::kCounterReset) {
    for (const std::string& id : cloud_.ids()) counter_base_[id] = cloud_.bytes_sent(id, now);
    return done();
  }
  faults_.add(*fault);
  apply_conditions(now);
  return done();
}

ServerResponse SandboxFront::post_demand(const ServerRequest& request, TimePoint now) {
  const Result<JsonDocument> body = JsonDocument::parse(request.body);
  if (!body || !body->root().is_object()) return problem(400, "expected {\"ID\": mbps}");
  std::vector<std::pair<std::string, std::optional<double>>> wanted;
  for (const auto& [id, value] : body->root().members()) {
    const std::optional<double> mbps = value.number();
    if (value.exists() && !(mbps && *mbps >= 0 && *mbps <= kMostMbps)) {
      return problem(400, "demand is a number of Mbps, or null for the instance's own");
    }
    if (cloud_.instance(id) == nullptr) {
      return problem(404, "there is no instance \"" + std::string(id) + "\"");
    }
    wanted.emplace_back(std::string(id), mbps);
  }
  for (const auto& [id, mbps] : wanted) cloud_.set_demand(id, mbps, now);
  return done();
}

ServerResponse SandboxFront::post_console(const ServerRequest& request, TimePoint now) {
  const Result<JsonDocument> body = JsonDocument::parse(request.body);
  if (!body || !body->root().is_object()) {
    return problem(400, R"(expected {"ID": {"cap_mbps": 300}}, {"status": …} or {"vanish": true})");
  }
  for (const auto& [id, deed] : body->root().members()) {
    if (cloud_.instance(id) == nullptr) {
      return problem(404, "there is no instance \"" + std::string(id) + "\"");
    }
    if (const auto status = deed["status"].string()) {
      cloud_.console_status(id, std::string(*status), now);
    }
    if (const auto cap = deed["cap_mbps"].integer()) {
      const auto answer = cloud_.console_modify(id, Mbps{*cap}, now);
      if (const auto* no = std::get_if<Refusal>(&answer)) return problem(409, no->code);
    }
    if (deed["vanish"].boolean().value_or(false)) cloud_.vanish(id, now);
  }
  return done();
}

ServerResponse SandboxFront::post_account(const ServerRequest& request, TimePoint now) {
  const Result<JsonDocument> body = JsonDocument::parse(request.body);
  const auto text = body ? body->root()["deposit"].decimal() : std::nullopt;
  const auto amount = text ? parse_money_amount(*text) : std::nullopt;
  if (!amount) return problem(400, "expected {\"deposit\": 100}");
  cloud_.deposit(*amount, now);
  return done();
}

ServerResponse SandboxFront::metrics(TimePoint now) {
  ServerResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  const FaultTarget scrape{"metrics", ""};
  if (const auto late = faults_.strike(FaultKind::kLatency, {"metrics", "", true})) {
    response.delay = late->delay;
  }
  if (faults_.strike(FaultKind::kMetricsGone, scrape)) {
    response.status = 503;
    response.body = "metrics are switched off\n";
    return response;
  }
  const auto part = faults_.strike(FaultKind::kMetricsPart, scrape);
  const bool nan = faults_.strike(FaultKind::kMetricsNan, scrape).has_value();
  std::vector<std::string> ids;
  std::size_t seen = 0;
  for (const std::string& id : cloud_.ids()) {
    // A stopped machine runs no exporter.
    if (cloud_.instance(id)->status != "RUNNING") continue;
    const bool missing = part && static_cast<double>(seen % 100) < part->part * 100;
    seen += 37;  // spreads what is missing over the fleet
    if (!missing) ids.push_back(id);
  }
  const auto since_start = static_cast<double>((now - cloud_.time().origin).count()) / 1000;
  const std::string loopback = std::to_string(
      static_cast<std::uint64_t>(since_start * static_cast<double>(kLoopbackBytesPerSecond)));
  const auto sent = [&](const std::string& id) {
    const std::uint64_t bytes = cloud_.bytes_sent(id, now);
    const auto base = counter_base_.find(id);
    return base == counter_base_.end() ? bytes : bytes - base->second;
  };
  const auto per_device = [&](std::string_view name, double share) {
    return [&, name, share](std::string& text) {
      for (const std::string& id : ids) {
        const auto bytes = share == 1
                               ? sent(id)
                               : static_cast<std::uint64_t>(static_cast<double>(sent(id)) * share);
        write_line(text, name, "eth0", id, nan ? "NaN" : std::to_string(bytes));
        write_line(text, name, "lo", id, loopback);
      }
    };
  };
  write_family(response.body, "node_network_transmit_bytes_total",
               "Network device statistic transmit_bytes.", "counter",
               per_device("node_network_transmit_bytes_total", 1));
  write_family(response.body, "node_network_receive_bytes_total",
               "Network device statistic receive_bytes.", "counter",
               per_device("node_network_receive_bytes_total", kReceivedShare));
  write_family(response.body, "sandbox_demand_mbps", "What the instance would send if it could.",
               "gauge", [&](std::string& text) {
                 for (const std::string& id : ids) {
                   JsonWriter number;
                   number.number(cloud_.demand(id, now));
                   write_line(text, "sandbox_demand_mbps", "", id, number.take());
                 }
               });
  return response;
}

}  // namespace penstock
