// serve(): a server on a port of its own that must come up, for tests that then talk to it.
//
//   const auto server = serve(echo, {.max_connections = 40});
//   EXPECT_EQ(status_of(ask(server->address(), get("/"))), 200);
//
// The server runs until it is destroyed; null, with a failure of the test, where it did not start.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "daemon/server.h"

namespace penstock::testing {

inline std::unique_ptr<HttpServer> serve(HttpServer::Handler handler,
                                         const ServerOptions& options = {}) {
  Result<std::unique_ptr<HttpServer>> server = HttpServer::start(options, std::move(handler));
  EXPECT_TRUE(server) << (server ? "" : server.error().message);
  return server ? std::move(*server) : nullptr;
}

}  // namespace penstock::testing
