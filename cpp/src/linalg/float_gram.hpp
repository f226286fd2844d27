// weighted_gram in float32, for preconditioners: twice as fast, and less exact.
#pragma once

#include <span>

#include "slimline/matrix.hpp"

namespace slimline {

// H = sum_k h[k] (x_rows[k], 1)(x_rows[k], 1)', the lower triangle; H has X.cols() + 1 rows. Sums
// of a block of rows are in float32, sums of blocks in double. The result does not depend on the
// number of threads.
void float_gram(MatrixView<const float> X, std::span<const std::size_t> rows,
                std::span<const double> h, MatrixView<double> H, int n_threads);

}  // namespace slimline
