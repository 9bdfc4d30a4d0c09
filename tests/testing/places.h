// Where the tests find the repository and the built program.
//
//   read_file(std::string(kSourceDir) + "/metrics/README.md");
//
// Constants of one source file, so that the other objects do not depend on the folder they are
// built in and several checkouts share them.
#pragma once

namespace penstock::testing {

extern const char* const kSourceDir;  ///< the repository
extern const char* const kBinary;     ///< the penstock executable of this build

}  // namespace penstock::testing
