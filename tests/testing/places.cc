#include "tests/testing/places.h"

namespace penstock::testing {

const char* const kSourceDir = PENSTOCK_SOURCE_DIR;
const char* const kBinary = PENSTOCK_BINARY;

}  // namespace penstock::testing
