// Between float32 and 8-bit integers, the same bits on every instruction set.
#pragma once

#include <cstdint>
#include <span>

#include "slimline/matrix.hpp"

namespace slimline {

// Rows to u7: X(i, j) ~ scale[i] * (q(i, j) - zero_point[i]) with q in 0..127 and zero exact. X
// must be finite. scale is > 0; a row of zeros has scale 1.
void quantize_rows(MatrixView<const float> X, MatrixView<std::uint8_t> q, std::span<float> scale,
                   std::span<std::int32_t> zero_point);

enum class Per { kChannel, kTensor };

// Weights (n_out, n_in) to s8: W(i, j) ~ scale[i] * q(i, j), q in -127..127 rounded half to even,
// scale = max|w| / 127 over the row or over all rows; 1 where all are zero. W must be finite.
void quantize_weight(MatrixView<const float> W, Per per, MatrixView<std::int8_t> q,
                     std::span<float> scale);

}  // namespace slimline
