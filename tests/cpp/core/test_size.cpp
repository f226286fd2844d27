// Products that do not fit into memory throw before anything is allocated by them.
#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>

#include "core/workspace.hpp"
#include "slimline/matrix.hpp"
#include "slimline/size.hpp"

namespace slimline {

constexpr std::size_t kHalf = std::size_t{1} << 32U;  // squared, it wraps to 0

TEST_CASE("products are exact, or throw") {
  const std::size_t most = PTRDIFF_MAX;
  CHECK(checked_product(std::size_t{6}) == 6);
  CHECK(checked_product(std::size_t{6}, std::size_t{0}, std::size_t{7}) == 0);
  CHECK(checked_product(most, std::size_t{1}) == most);
  CHECK(checked_product(most / 2, std::size_t{2}) == most - 1);
  CHECK_THROWS_AS(checked_product(most + 1), std::length_error);
  CHECK_THROWS_AS(checked_product(most / 2 + 1, std::size_t{2}), std::length_error);
  CHECK_THROWS_AS(checked_product(kHalf, kHalf), std::length_error);
  CHECK_THROWS_AS(checked_product(kHalf, kHalf, std::size_t{0}), std::length_error);
  CHECK(checked_product(std::size_t{0}, kHalf, kHalf) == 0);
}

TEST_CASE("no memory of a size that has wrapped") {
  CHECK_THROWS_AS(Matrix<float>(kHalf, kHalf), std::length_error);
  CHECK_THROWS_AS(AlignedBuffer<double>(std::size_t{PTRDIFF_MAX} / 4), std::length_error);
  Workspace workspace;
  const Workspace::Scope scope(workspace);
  CHECK_THROWS_AS(workspace.take_matrix<float>(4, std::size_t{1} << 60U), std::length_error);
  CHECK_THROWS_AS(workspace.take<std::uint8_t>(kHalf, kHalf), std::length_error);
  CHECK(workspace.n_blocks() == 0);
}

}  // namespace slimline
