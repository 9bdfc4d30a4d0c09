// SandboxClient: asks a SandboxFront in process, signed like any client, and reads the JSON back.
//
//   SandboxClient client(front, now);
//   auto reply = client.vm("DescribeInstances", R"({"pageSize":100})");
//   reply.status; reply.code(); reply.response()["totalCount"].integer();
//
// Single-threaded; borrows the front.
#pragma once

#include <string>
#include <utility>

#include "daemon/json.h"
#include "daemon/server.h"
#include "daemon/signing.h"
#include "daemon/sim/sandbox_front.h"

namespace penstock {

struct SandboxReply {
  ServerResponse raw;
  std::optional<JsonDocument> json;  ///< absent where the body is none

  int status() const { return raw.status; }
  std::string code() const {
    return json ? std::string(json->root()["code"].string().value_or("")) : "";
  }
  JsonValue response() const { return json ? json->root()["response"] : JsonValue(); }
};

class SandboxClient {
 public:
  SandboxClient(SandboxFront& front, TimePoint start) : now(start), front_(front) {}

  SandboxReply vm(const std::string& action, const std::string& body,
                  const std::string& version = "2026-04-01") {
    return call("vm", action, body, version);
  }
  SandboxReply bmc(const std::string& action, const std::string& body,
                   const std::string& version = "2026-02-01") {
    return call("bmc", action, body, version);
  }
  SandboxReply zbc(const std::string& action, const std::string& body) {
    return call("zbc", action, body, "2024-08-08");
  }
  SandboxReply get(const std::string& path) { return send({.method = "GET", .path = path}); }
  SandboxReply post(const std::string& path, const std::string& body) {
    return send({.method = "POST", .path = path, .body = body});
  }
  SandboxReply remove(const std::string& path) { return send({.method = "DELETE", .path = path}); }

  SandboxReply call(const std::string& service, const std::string& action, const std::string& body,
                    const std::string& version) {
    return send(signed_request(service, action, body, version));
  }
  SandboxReply send(const ServerRequest& request) {
    SandboxReply reply{front_.answer(request, now), std::nullopt};
    Result<JsonDocument> json = JsonDocument::parse(reply.raw.body);
    if (json) reply.json.emplace(std::move(*json));
    return reply;
  }
  ServerRequest signed_request(const std::string& service, const std::string& action,
                               const std::string& body, const std::string& version) const {
    const std::string timestamp =
        std::to_string(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
    ServerRequest request{.method = "POST", .path = "/api/v2/" + service, .body = body};
    request.headers = {
        {"Host", "127.0.0.1:1"},       {"Content-Type", "application/json"},
        {"X-ZC-Action", action},       {"X-ZC-Version", version},
        {"x-zc-timestamp", timestamp}, {"X-Zc-Signature-Method", std::string(kSignatureMethod)}};
    const SignedRequest what{
        .headers = {{"content-type", "application/json"}, {"host", "127.0.0.1:1"}},
        .body = body,
        .timestamp = timestamp};
    const SandboxKeys keys;
    request.headers.emplace_back("Authorization", authorization(keys.id, keys.password, what));
    return request;
  }

  TimePoint now;

 private:
  SandboxFront& front_;
};

}  // namespace penstock
