// The request target of HTTP, "/path?query", taken apart.
//
//   ServerRequest request;
//   bool served = read_target("/api/v1/orders?since=5m", request);   // path and query are set
//
// Pure functions.
#pragma once

#include <string_view>

#include "daemon/server.h"

namespace penstock {

/// Sets the request's path and query, percent-decoded (what is no escape stays as it is; "+" is a
/// blank in the query). False if it is no target we serve, such as one with a NUL in its path.
bool read_target(std::string_view target, ServerRequest& request);

}  // namespace penstock
