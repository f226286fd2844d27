// The order in which a sum over rows visits them.
#pragma once

#include <array>
#include <cstddef>
#include <numeric>
#include <span>

#include "core/interrupt.hpp"

namespace slimline {

// f(block) for the numbers begin to end - 1 in blocks of kRows, or fewer at the end. Every four
// neighbours in a whole block lie a quarter of all apart: memory answers one core faster where it
// is asked in several places.
template <std::size_t kRows, class F>
void visit_blocks(std::size_t begin, std::size_t end, F&& f) {
  static_assert(kRows % 4 == 0);
  std::array<std::size_t, kRows> block;
  const std::size_t quarter = (end - begin) / kRows * (kRows / 4);
  for (std::size_t k = 0; k < quarter; k += kRows / 4) {
    check_interrupt();
    for (std::size_t j = 0; j < kRows; ++j) block[j] = begin + j % 4 * quarter + k + j / 4;
    f(std::span<const std::size_t>(block));
  }
  const std::size_t rest = begin + 4 * quarter;
  std::iota(block.begin(), block.end(), rest);
  if (rest < end) f(std::span<const std::size_t>(block).first(end - rest));
}

}  // namespace slimline
