#include "slimline/quantize.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "core/interrupt.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

void require_finite(MatrixView<const float> X, const char* message) {
  for (std::size_t i = 0; i < X.rows(); ++i) {
    check_interrupt_at(i);
    const float* row = X.row(i);
    require(std::all_of(row, row + X.cols(), [](float x) { return std::isfinite(x); }), message);
  }
}

float largest_magnitude(const float* row, std::size_t n) {
  float largest = 0;
  for (std::size_t j = 0; j < n; ++j) largest = std::max(largest, std::abs(row[j]));
  return largest;
}

}  // namespace

void quantize_rows(MatrixView<const float> X, MatrixView<std::uint8_t> q, std::span<float> scale,
                   std::span<std::int32_t> zero_point) {
  require(q.rows() == X.rows() && q.cols() == X.cols() && scale.size() == X.rows() &&
              zero_point.size() == X.rows(),
          "the outputs must have the shape of X");
  require_finite(X, "X must be finite, got NaN or infinity");
  for (std::size_t i = 0; i < X.rows(); ++i) {
    check_interrupt_at(i);
    const auto row = kernels::active_table().quantize.quantize_row(X.row(i), X.cols(), q.row(i));
    scale[i] = row.scale;
    zero_point[i] = row.zero_point;
  }
}

void quantize_weight(MatrixView<const float> W, Per per, MatrixView<std::int8_t> q,
                     std::span<float> scale) {
  require(q.rows() == W.rows() && q.cols() == W.cols() && scale.size() == W.rows(),
          "the outputs must have the shape of W");
  require_finite(W, "W must be finite, got NaN or infinity");
  float all = 0;
  for (std::size_t i = 0; i < W.rows(); ++i) {
    check_interrupt_at(i);
    scale[i] = largest_magnitude(W.row(i), W.cols());
    all = std::max(all, scale[i]);
  }
  for (std::size_t i = 0; i < W.rows(); ++i) {
    check_interrupt_at(i);
    const float largest = per == Per::kTensor ? all : scale[i];
    // A smaller scale than FLT_MIN would lose precision in the division below.
    scale[i] = largest == 0 ? 1.0F : std::max(largest / 127.0F, FLT_MIN);
    for (std::size_t j = 0; j < W.cols(); ++j) {
      const float value = std::nearbyint(W(i, j) / scale[i]);
      q(i, j) = static_cast<std::int8_t>(std::clamp(value, -127.0F, 127.0F));
    }
  }
}

}  // namespace slimline
