// Gradients of a layer whose sums over the rows are in double, and rounded once.
#include <algorithm>
#include <vector>

#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"
#include "network/layer.hpp"

namespace slimline {
namespace {

using kernels::kPanel;

// Inputs and outputs that the kernel of outer products takes at a time.
constexpr std::size_t kInputs = 4;
constexpr std::size_t kOutputs = 8;

}  // namespace

void TrainedLayer::bias_gradient_wide(MatrixView<const float> slopes,
                                      std::span<const double> shares) {
  const auto axpy = kernels::active_table().f32.axpy_wide;
  std::vector<double> sums(width());
  for (std::size_t i = 0; i < slopes.rows(); ++i)
    axpy(shares[i], slopes.row(i), sums.data(), width());
  std::transform(sums.begin(), sums.end(), bias_.gradient.data(),
                 [](double sum) { return static_cast<float>(sum); });
}

void TrainedLayer::backward_wide(MatrixView<const float> a, MatrixView<const float> slopes,
                                 std::span<const double> shares, int n_threads) {
  if (int8_) a = int8_->inputs();
  bias_gradient_wide(slopes, shares);
  const std::size_t n_blocks = chunk_count(n_in_, kInputs);
  const std::size_t first_slope = n_blocks * kInputs;
  Matrix<double> rows(a.rows(), first_slope + width());
  for (std::size_t i = 0; i < a.rows(); ++i) {
    double* row = rows.row(i);
    for (std::size_t k = 0; k < n_in_; ++k) row[k] = shares[i] * static_cast<double>(a(i, k));
    std::copy_n(slopes.row(i), width(), row + first_slope);
  }
  const auto outer = kernels::active_table().outer_4x8;
  parallel_for(n_blocks, 1, n_threads, [&](std::size_t block, std::size_t, std::size_t) {
    const double* inputs = rows.row(0) + block * kInputs;
    for (std::size_t j = 0; j < width(); j += kOutputs) {
      double sums[kInputs * kOutputs] = {};
      outer(inputs, rows.row(0) + first_slope + j, rows.rows(), rows.cols(), sums, kOutputs);
      for (std::size_t k = 0; k < std::min(kInputs, n_in_ - block * kInputs); ++k) {
        float* to = weight_.gradient.data() + (j / kPanel * n_in_ + block * kInputs + k) * kPanel +
                    j % kPanel;
        for (std::size_t c = 0; c < kOutputs; ++c)
          to[c] = static_cast<float>(sums[k * kOutputs + c]);
      }
    }
  });
}

void TrainedLayer::backward_wide(const Batch& a, MatrixView<const float> slopes,
                                 std::span<const double> shares, int n_threads) {
  bias_gradient_wide(slopes, shares);
  const auto axpy = kernels::active_table().f32.axpy_wide;
  parallel_for(n_panels_, 1, n_threads, [&](std::size_t p, std::size_t, std::size_t) {
    std::vector<double> sums(checked_product(n_in_, kPanel));
    for (std::size_t i = 0; i < a.rows(); ++i) {
      const SparseRow row = a.row(i);
      for (std::size_t k = 0; k < row.size; ++k) {
        axpy(shares[i] * static_cast<double>(row.values[k]), slopes.row(i) + p * kPanel,
             sums.data() + static_cast<std::size_t>(row.indices[k]) * kPanel, kPanel);
      }
    }
    std::transform(sums.begin(), sums.end(), weight_.gradient.data() + p * n_in_ * kPanel,
                   [](double sum) { return static_cast<float>(sum); });
  });
}

}  // namespace slimline
