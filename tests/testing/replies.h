// Data files of tests/: replies in the provider's wire format and the like, by name.
//
//   http_answers = api_ok(read_reply("vm_instances.json"));
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/testing/places.h"

namespace penstock {

/// The whole of tests/replies/NAME; a missing file fails the test.
inline std::string read_reply(const std::string& name) {
  const std::string path = std::string(testing::kSourceDir) + "/tests/replies/" + name;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace penstock
