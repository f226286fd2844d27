// Runs the tests on the instruction set that SLIMLINE_ISA names; exits with 77 (CTest: skipped)
// when this CPU lacks it, and with 1 when another one is active.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "slimline/isa.hpp"

int main(int argc, char** argv) {
  if (const char* forced = std::getenv("SLIMLINE_ISA")) {
    const auto isas = slimline::available_isas();
    if (std::find(isas.begin(), isas.end(), forced) == isas.end()) {
      std::printf("this CPU does not run %s\n", forced);
      return 77;
    }
    if (slimline::active_isa() != forced) return 1;
    std::printf("instruction set: %s\n", forced);
  }
  return doctest::Context(argc, argv).run();
}
