// `penstock support-bundle`: one text file with what somebody needs who shall find a fault.
//
//   return run_support({.config = "/etc/penstock/penstock.toml", .file = "penstock-support.txt"},
//   now);
//
// One file of plain text, so that it can be read before it is sent. It holds the configuration,
// policies, the daemon's own view and its metrics; no secret is read into it, and should one stand
// in a file all the same it is blotted out.
#pragma once

#include <string>
#include <vector>

#include "daemon/secret.h"
#include "metrics/units.h"

namespace penstock {

struct SupportCommand {
  std::string config;
  std::string file;  ///< "" = penstock-support-DATE.txt here
};

int run_support(const SupportCommand& command, TimePoint now);

/// `text` without any of `secrets`, and without the values of a configuration's `headers`.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace penstock
