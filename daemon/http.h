// Http: many requests at once, all answers back. The only way out to the network.
//
//   std::vector<HttpResponse> answers = http.fetch_all(requests);   // answers[i] is requests[i]'s
//
// One real implementation (CurlHttp, curl_http.cc) and simulated ones in tests and daemon/sim.
// Called from the loop thread only; it blocks until every request has ended or timed out.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metrics/units.h"

namespace penstock {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// Transport security and client identity. Certificates are always verified.
struct HttpTls {
  std::string ca_file;  ///< empty = the system's
  std::string client_cert_file;
  std::string client_key_file;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< https anywhere, http on loopback (checked where it is configured)
  HttpHeaders headers;
  std::string body;
  Duration timeout = 10s;
  std::size_t max_bytes = 64U << 20;  ///< a longer answer is a failure, never a truncation
  HttpTls tls;
  /// Sent at most once, on a connection of its own: a client library may silently repeat a request
  /// when a kept-alive connection closes under it, and a change must never be repeated.
  bool once = false;
};

struct HttpResponse {
  int status = 0;  ///< 0 when there was no complete answer
  HttpHeaders headers;
  std::string body;
  std::string failure;  ///< why there was none; empty if there was one
  /// With a failure: the request certainly never reached the server (no connection was made).
  bool never_sent = false;
  /// With a failure: there was an answer, longer than the request's max_bytes.
  bool too_long = false;
  Duration elapsed{};

  bool complete() const { return failure.empty(); }
  /// Header value by case-insensitive name.
  std::optional<std::string_view> header(std::string_view name) const;
};

class Http {
 public:
  virtual ~Http() = default;
  virtual std::vector<HttpResponse> fetch_all(std::span<const HttpRequest> requests) = 0;
};

/// Percent-encodes one query or form component.
std::string url_encode(std::string_view text);

}  // namespace penstock
