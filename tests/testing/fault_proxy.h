// FaultProxy: stands between the daemon and the sandbox, and now and then loses a request, an
// answer, or half of one, at the level of bytes.
//
//   FaultProxy proxy(sandbox_address, seed);
//   api_address_ = proxy.address();
//   proxy.share = 0.1;                      // of the requests meet with a fault; 0: none
//
// One thread serves all connections (RawServer). `share` may be set from another thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "tests/testing/random.h"
#include "tests/testing/raw_server.h"

namespace penstock::testing {

class FaultProxy {
 public:
  FaultProxy(std::string upstream, std::uint64_t seed);

  std::string address() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  std::size_t faults() const { return faults_; }

  std::atomic<double> share = 0;

 private:
  RawServer::Reply answer(const RawServer::Exchange& exchange);
  /// The whole answer, to the end of the connection; "" when there was none.
  std::string forward(const RawServer::Exchange& exchange) const;

  std::string upstream_;  ///< HOST:PORT
  Random random_;
  std::atomic<std::size_t> faults_ = 0;
  RawServer server_;
};

}  // namespace penstock::testing
