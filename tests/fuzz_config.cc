// Bytes -> a configuration or problems; every problem can be shown, what is accepted is safe.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/address.h"
#include "daemon/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto nothing_set = [](const char*) { return std::optional<std::string>(); };
  const auto read = penstock::read_config(text, "/fuzz/penstock.toml", nothing_set);
  assert(read.config.has_value() == read.problems.empty());
  for (const penstock::Problem& problem : read.problems) {
    const std::string shown = penstock::render(problem);
    assert(shown.ends_with('\n') && shown.size() < 16'384);
    for (const char c : shown) assert(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  }
  if (!read.config) return 0;
  const penstock::Config& config = *read.config;
  const auto where = penstock::parse_host_port(config.listen);
  assert(where && where->port);
  assert(where->loopback || config.behind_tls_proxy || !config.tls_cert_file.empty());
  assert(!config.accounts.empty());
  for (const auto& account : config.accounts) assert(penstock::check_account(account));
  assert(config.policies.starts_with('/') && config.state.starts_with('/'));
  assert(penstock::reload_refusals(config, config).empty());
  return 0;
}
