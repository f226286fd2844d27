#include "slimline/layers/sparse.hpp"

#include <algorithm>

#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "layers/row_blocks.hpp"
#include "slimline/error.hpp"

namespace slimline {

using kernels::kSparseRows;

namespace {

const kernels::SparseFloatKernels& float_kernels(std::size_t unit) {
  const kernels::SparseKernels& sparse = kernels::active_table().sparse;
  return unit == 1 ? sparse.f32 : sparse.f32_blocks;
}

}  // namespace

SparseLayer::SparseLayer(SparseRowsView<float> weight, std::span<const float> bias,
                         const std::string& activation)
    : weight_(weight), bias_(bias.begin(), bias.end()), activation_(make_activation(activation)) {
  require(bias.size() == n_out(), "bias must have one entry for each row of weight");
}

void SparseLayer::forward(MatrixView<const float> X, MatrixView<float> out,
                          Workspace& workspace) const {
  for_row_blocks(
      X.rows(),
      [&](std::size_t begin, std::size_t end) {
        forward_block(X.slice(begin, end), out.slice(begin, end), workspace);
      },
      [&](std::size_t i) { forward_row(X.row(i), out.row(i), workspace); });
  for (std::size_t i = 0; i < X.rows(); ++i) {
    float* y = out.row(i);
    for (std::size_t o = 0; o < n_out(); ++o) y[o] += bias_[o];
    activation_(y, n_out());
  }
}

// Up to kSparseRows rows at once, transposed so that each weight meets all of them in registers.
void SparseLayer::forward_block(MatrixView<const float> X, MatrixView<float> out,
                                Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  auto* xt = workspace.take<float>(weight_.width() * kSparseRows);
  kernels::active_table().sparse.transpose(X.data(), X.stride() * sizeof(float), X.rows(), n_in(),
                                           xt);
  std::fill(xt + n_in() * kSparseRows, xt + weight_.width() * kSparseRows, 0.0F);
  const auto& kernel = float_kernels(weight_.unit());
  if (X.rows() == kSparseRows) {
    kernel.rows(weight_.view(), xt, out.data(), out.stride());
    return;
  }
  auto* sums = workspace.take<float>(kSparseRows * n_out());
  kernel.rows(weight_.view(), xt, sums, n_out());
  for (std::size_t r = 0; r < X.rows(); ++r) std::copy_n(sums + r * n_out(), n_out(), out.row(r));
}

void SparseLayer::forward_row(const float* x, float* y, Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const std::size_t width = weight_.width();
  if (n_in() < width) {
    auto* wide = workspace.take<float>(width);
    std::fill(std::copy_n(x, n_in(), wide), wide + width, 0.0F);
    x = wide;
  }
  float_kernels(weight_.unit()).row(weight_.view(), x, y);
}

}  // namespace slimline
