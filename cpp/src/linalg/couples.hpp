// Which quads of int8 weights may be added in int16 before they are widened: couples.
#pragma once

#include <cstddef>
#include <cstdint>

namespace slimline {

// quads: n <= kernels::kBlockQuads of `width` columns by four weights. Writes the numbers of the
// quads to `order`, couples first (see Int8Panels), and returns how many couples there are.
std::uint8_t find_couples(const std::int8_t* quads, std::size_t n, std::size_t width,
                          std::uint8_t* order);

}  // namespace slimline
