// Dropout (Srivastava et al., JMLR 2014). A key and the position of an output decide whether it is
// dropped.
#pragma once

#include <cstddef>
#include <cstdint>

#include "slimline/matrix.hpp"

namespace slimline {

// A number in [0, 1) for each place of each dropout: splitmix64's finalizer of a counter.
inline float hashed_uniform(std::uint64_t key, std::uint64_t place) {
  std::uint64_t z = key + place * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return static_cast<float>((z ^ (z >> 31U)) >> 40U) * 0x1.0p-24F;
}

// to = from with a share `rate` of the entries zero, the others scaled up.
inline void drop_outputs(std::uint64_t key, float rate, MatrixView<const float> from,
                         MatrixView<float> to) {
  const float scale = 1 / (1 - rate);
  for (std::size_t i = 0; i < from.rows(); ++i) {
    for (std::size_t j = 0; j < from.cols(); ++j) {
      const bool kept = hashed_uniform(key, i * from.cols() + j) >= rate;
      to(i, j) = kept ? from(i, j) * scale : 0.0F;
    }
  }
}

}  // namespace slimline
