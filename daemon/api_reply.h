// ApiReply: one HTTP answer of the API, read and judged, whatever a server or gateway sent.
//
//   ApiReply reply = read_reply(http_response);
//   if (reply.ok) use(reply.document->root()["response"]);  else say(reply.code, reply.message);
//
// Pure; nothing in it trusts the answer. Plain value.
#pragma once

#include <optional>
#include <string>

#include "daemon/api_error.h"
#include "daemon/http.h"
#include "daemon/json.h"

namespace penstock {

struct ApiReply {
  bool ok = false;      ///< HTTP 200 with a `response` object
  int status = 0;       ///< 0 = no answer
  std::string code;     ///< normalised; of our own making where the API gave none; "" = bare status
  std::string message;  ///< the server's text, made printable and cut; never to be decided on
  std::string request_id;                ///< made of [A-Za-z0-9-] only
  std::optional<JsonDocument> document;  ///< when the body was JSON
  bool limited = false;                  ///< too many requests
  bool blocked = false;                  ///< a network layer in front of the API refuses us as such
  bool never_sent = false;               ///< no connection was made
  Duration silence{};                    ///< Retry-After, at most a minute
  std::optional<TimePoint> server_time;  ///< the Date header

  /// The code, or the HTTP status where there is none: what Error::code carries.
  std::string code_or_status() const { return code.empty() ? std::to_string(status) : code; }
};

ApiReply read_reply(const HttpResponse& http);

/// "Sun, 06 Nov 1994 08:49:37 GMT"; nullopt for anything else.
std::optional<TimePoint> parse_http_date(std::string_view text);

}  // namespace penstock
