// Who may call: the provider's checks of signature, time and token.
//
//   std::optional<Refusal> no = check_access(request, keys, now);
//
// The text that was signed is built from what the client says it signed (SignedHeaders), as the
// provider's documents describe it, not by the daemon's own signer: an error there must not be
// repeated here. Pure functions.
#pragma once

#include <optional>
#include <string>

#include "daemon/server.h"
#include "daemon/sim/sim_cloud.h"
#include "metrics/units.h"

namespace penstock {

/// Published with the sandbox; they open nothing else.
struct SandboxKeys {
  std::string id = "sandbox-id";
  std::string password = "sandbox-password";
  std::string token = "sandbox-token";
};

/// Signed requests must be at most this old, or early.
inline constexpr std::chrono::minutes kSignatureAge{5};

/// Nothing if the request may pass.
std::optional<Refusal> check_access(const ServerRequest& request, const SandboxKeys& keys,
                                    TimePoint now);

}  // namespace penstock
