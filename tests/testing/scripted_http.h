// ScriptedHttp: answers requests by a test's own function and remembers what was asked.
//
//   ScriptedHttp http([](const HttpRequest& request) {
//     return action_of(request) == "DescribeInstances" ? api_ok(R"({"totalCount":0,"dataSet":[]})")
//                                                      : api_error(404,
//                                                      "INVALID_INSTANCE_NOT_FOUND");
//   });
//   ScriptedHttp queue({api_error(429, "REQUEST_LIMIT_EXCEEDED"), api_ok("{}")});   // in turn
//
// A script that runs out answers as a refused connection. Single-threaded.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/http.h"
#include "tests/testing/virtual_clock.h"

namespace penstock {

/// A complete answer.
inline HttpResponse reply(int status, std::string body, HttpHeaders headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

/// The provider's success envelope around a `response` object.
inline HttpResponse api_ok(const std::string& response) {
  return reply(200, R"({"requestId":"T1","response":)" + response + "}");
}

/// The provider's failure envelope.
inline HttpResponse api_error(int status, const std::string& code, HttpHeaders headers = {}) {
  return reply(status, R"({"requestId":"T2","code":")" + code + R"(","message":"refused"})",
               std::move(headers));
}

/// The request never left: no connection was made.
inline HttpResponse no_connection() {
  HttpResponse response;
  response.failure = "could not connect";
  response.never_sent = true;
  return response;
}

/// The request may have been carried out, but no answer came.
inline HttpResponse lost_answer() {
  HttpResponse response;
  response.failure = "timed out";
  return response;
}

inline std::string header_of(const HttpRequest& request, std::string_view name) {
  HttpResponse carrier;
  carrier.headers = request.headers;
  return std::string(carrier.header(name).value_or(""));
}

inline std::string action_of(const HttpRequest& request) {
  return header_of(request, "x-zc-action");
}

class ScriptedHttp final : public Http {
 public:
  using Answer = std::function<HttpResponse(const HttpRequest&)>;

  explicit ScriptedHttp(Answer answer) : answer_(std::move(answer)) {}
  explicit ScriptedHttp(std::vector<HttpResponse> script)
      : answer_([script = std::move(script), next = std::size_t{0}](const HttpRequest&) mutable {
          return next < script.size() ? script[next++] : no_connection();
        }) {}

  std::vector<HttpResponse> fetch_all(std::span<const HttpRequest> requests) override {
    batches.push_back(requests.size());
    std::vector<HttpResponse> answers;
    Duration longest{};
    for (const HttpRequest& request : requests) {
      seen.push_back(request);
      answers.push_back(answer_(request));
      longest = std::max(longest, answers.back().elapsed);
    }
    if (clock != nullptr) clock->advance(longest);
    return answers;
  }

  /// How many requests carried this action.
  std::size_t count(std::string_view action) const {
    std::size_t n = 0;
    for (const HttpRequest& request : seen) n += action_of(request) == action ? 1 : 0;
    return n;
  }

  std::vector<HttpRequest> seen;     ///< every request, in order
  std::vector<std::size_t> batches;  ///< how many went out together
  VirtualClock* clock = nullptr;     ///< moved by the longest `elapsed` of a batch

 private:
  Answer answer_;
};

}  // namespace penstock
