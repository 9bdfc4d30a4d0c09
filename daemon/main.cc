// Composition happens here, once.
#include <cstdio>

int main() {
  std::puts("penstock " PENSTOCK_VERSION);
  return 0;
}
