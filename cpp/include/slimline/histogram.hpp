// Counts the values of each feature by bins, for monitors.
#pragma once

#include <cstddef>
#include <cstdint>

#include "slimline/matrix.hpp"

namespace slimline {

inline constexpr std::size_t kMaxEdges = 255;

// Adds every value of X (m, d) to counts (d, E + 2). Row f of edges (d, E) ascends and holds no
// NaN. A value x of feature f goes to the bin whose number is that of the edges e <= x, NaN to the
// last one. Throws std::invalid_argument when shapes do not fit or E is not in 1..kMaxEdges.
void add_to_histogram(MatrixView<const float> X, MatrixView<const float> edges,
                      MatrixView<std::int64_t> counts);

}  // namespace slimline
