#include "daemon/daemon_client.h"

#include <fstream>

#include "daemon/json.h"
#include "daemon/secret.h"

namespace penstock {
namespace {

constexpr int kAwaitTries = 300;
constexpr Duration kAwaitPause = 100ms;

Error unreachable(const std::string& address, const std::string& why) {
  return {ErrorKind::kTransient,
          "no daemon answers at " + address + " (" + why +
              "); is `penstock run` running, and does --config name its configuration?",
          "", ""};
}

}  // namespace

std::string address_file(const std::string& state_folder) {
  return state_folder + "/address";
}

DaemonAddress address_of(const Config& config, const Environment& environment) {
  DaemonAddress where{.address = config.listen, .tokens = all_tokens(config)};
  if (const auto file = environment("PENSTOCK_TOKEN_FILE"); file && !file->empty()) {
    // What it may do is for the daemon to say.
    where.tokens = {{"$PENSTOCK_TOKEN_FILE",
                     *file,
                     {TokenScope::kRead, TokenScope::kOperate, TokenScope::kApprove}}};
  }
  where.tls = !config.tls_cert_file.empty();
  where.ca_file = config.tls_cert_file;
  std::ifstream in(address_file(config.state));
  std::string address;
  if (std::getline(in, address) && !address.empty() && address.size() < 256)
    where.address = address;
  return where;
}

Result<std::string> DaemonClient::get(const std::string& path) {
  HttpRequest request;
  request.url = path;
  Result<std::string> answer = call(request);
  if (answer || answer.error().code != "401") return answer;
  if (Status signed_now = sign(request, TokenScope::kRead); !signed_now) return signed_now.error();
  return call(std::move(request));
}

Result<std::string> DaemonClient::await(const std::string& path, Clock& clock) {
  for (int i = 0; i < kAwaitTries; ++i) {
    if (i > 0) clock.sleep(kAwaitPause);
    Result<std::string> answer = get(path);
    if (answer || answer.error().code != "202") return answer;
  }
  return Error{ErrorKind::kRefused,
               "the daemon is busy with a tick that does not end; see its log and penstock status",
               "202", ""};
}

Result<std::string> DaemonClient::post(const std::string& path, const std::string& json,
                                       TokenScope scope) {
  HttpRequest request;
  request.method = "POST";
  request.url = path;
  request.body = json;
  request.headers.emplace_back("Content-Type", "application/json");
  if (Status signed_now = sign(request, scope); !signed_now) return signed_now.error();
  return call(std::move(request));
}

Status DaemonClient::sign(HttpRequest& request, TokenScope scope) const {
  Result<Secret> token = find_token(address_.tokens, scope);
  if (!token) return token.error();
  request.headers.emplace_back("Authorization", "Bearer " + std::string(token->expose()));
  return ok();
}

Result<std::string> DaemonClient::call(HttpRequest request) {
  request.url = (address_.tls ? "https://" : "http://") + address_.address + request.url;
  request.tls.ca_file = address_.ca_file;
  request.timeout = address_.timeout;
  std::vector<HttpResponse> answers = http_.fetch_all({&request, 1});
  HttpResponse& answer = answers.front();
  if (!answer.complete()) return unreachable(address_.address, answer.failure);
  if (answer.status == 200) return std::move(answer.body);
  std::string words = "HTTP " + std::to_string(answer.status);
  if (Result<JsonDocument> document = JsonDocument::parse(answer.body)) {
    if (auto message = document->root()["error"].string()) words = printable(*message, 1024);
  }
  return Error{ErrorKind::kRefused, "the daemon refused: " + words, std::to_string(answer.status),
               ""};
}

}  // namespace penstock
