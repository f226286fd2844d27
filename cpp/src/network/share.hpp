// The division of a training layer's products among threads, and into parts between which a step of
// many rows can be interrupted.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "kernels/table.hpp"

namespace slimline {

// Products below which waking a second thread costs more than it saves.
inline constexpr std::size_t kSerialProducts = std::size_t{1} << 19U;
// Panels and rows per chunk; a row chunk is a multiple of the kernels' tiles.
inline constexpr std::size_t kPanelChunk = 2;
inline constexpr std::size_t kRowChunk = 48;
// Products of a part after which a step can be interrupted: a hundredth of a second.
inline constexpr std::size_t kProductsAtOnce = std::size_t{1} << 28U;

// body(first row, end row, first panel, end panel), in parts after which it can be interrupted.
template <class Body>
void take_rows(std::size_t rows, std::size_t first, std::size_t last, std::size_t depth,
               const Body& body) {
  const std::size_t row_products =
      std::max<std::size_t>(1, (last - first) * kernels::kPanel * depth);
  const std::size_t chunks = std::max<std::size_t>(1, kProductsAtOnce / row_products / kRowChunk);
  for (std::size_t begin = 0; begin < rows; begin += chunks * kRowChunk) {
    check_interrupt();
    body(begin, std::min(rows, begin + chunks * kRowChunk), first, last);
  }
}

// The same shared: wide products by panels, others by rows.
template <class Body>
void share_products(std::size_t rows, std::size_t n_panels, std::size_t depth, int n_threads,
                    const Body& body) {
  if (n_threads == 1 || rows * n_panels * kernels::kPanel * depth < kSerialProducts) {
    take_rows(rows, 0, n_panels, depth, body);
  } else if (n_panels >= 4 * kPanelChunk) {
    parallel_for(n_panels, kPanelChunk, n_threads,
                 [&](std::size_t first, std::size_t last, std::size_t) {
                   take_rows(rows, first, last, depth, body);
                 });
  } else {
    parallel_for(rows, kRowChunk, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
      body(begin, end, 0, n_panels);
    });
  }
}

}  // namespace slimline
