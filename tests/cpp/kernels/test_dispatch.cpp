#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "kernels/dispatch.hpp"
#include "slimline/isa.hpp"

namespace slimline {

TEST_CASE("the most capable available table is active unless SLIMLINE_ISA says otherwise") {
  const char* forced = std::getenv("SLIMLINE_ISA");
  const std::string expected = forced != nullptr ? forced : available_isas().back();
  CHECK(active_isa() == expected);
  CHECK(available_isas().front() == "baseline");
  CHECK(kernels::active_table().name == expected);
}

}  // namespace slimline
