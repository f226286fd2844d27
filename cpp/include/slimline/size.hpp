// Sizes of memory. Numbers of rows, columns and steps come from outside, and a product of them may
// overflow std::size_t. Memory of a size that has overflowed is too small for what is then written
// to it. So every product that is the size of an allocation is computed here.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace slimline {

// The product of the factors; throws std::length_error where it is larger than any memory.
template <std::same_as<std::size_t>... Factors>
constexpr std::size_t checked_product(std::size_t first, Factors... rest) {
  constexpr auto kMost = static_cast<std::size_t>(PTRDIFF_MAX);
  std::size_t product = first;
  const auto times = [&product](std::size_t factor) {
    if (factor != 0 && product > kMost / factor) {
      throw std::length_error("an array of " + std::to_string(product) + " x " +
                              std::to_string(factor) + " entries is larger than any memory");
    }
    product *= factor;
  };
  (times(rest), ...);
  if (product > kMost) times(1);
  return product;
}

}  // namespace slimline
