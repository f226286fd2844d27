#include "slimline/layers/sparse_int8.hpp"

#include <algorithm>
#include <numeric>

#include "core/parallel.hpp"
#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "layers/row_blocks.hpp"
#include "slimline/error.hpp"
#include "slimline/gemm.hpp"

namespace slimline {

using kernels::kBlock;
using kernels::kSparseRows;

SparseInt8Layer::SparseInt8Layer(SparseRowsView<std::int8_t> weight, std::span<const float> scale,
                                 std::span<const float> bias, const std::string& activation)
    : weight_(weight),
      scale_(scale.begin(), scale.end()),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  require(weight.unit == kBlock, "int8 weights must come in blocks of 4");
  check_and_sum();
}

SparseInt8Layer::SparseInt8Layer(const KeptUnits<std::int8_t>& weight, std::span<const float> scale,
                                 std::span<const float> bias, const std::string& activation)
    : weight_(weight, kBlock),
      scale_(scale.begin(), scale.end()),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  check_and_sum();
}

void SparseInt8Layer::check_and_sum() {
  require(n_in() <= kMaxDepthU7, "an int8 layer must have at most 131072 inputs");
  require(scale_.size() == n_out(), "scale must have one entry for each row of weight");
  require(bias_.size() == n_out(), "bias must have one entry for each row of weight");
  const auto all = weight_.values();
  require(std::none_of(all.begin(), all.end(), [](int w) { return w < -127; }),
          "weight must lie in [-127, 127], got -128");
  sums_.reserve(n_out());
  for (std::size_t o = 0; o < n_out(); ++o) {
    const auto values = weight_.values(o);
    sums_.push_back(std::accumulate(values.begin(), values.end(), std::int32_t{0}));
  }
}

void SparseInt8Layer::forward(MatrixView<const float> X, MatrixView<float> out,
                              Workspace& workspace) const {
  for_row_blocks(
      X.rows(),
      [&](std::size_t begin, std::size_t end) {
        forward_block(X.slice(begin, end), out.slice(begin, end), workspace);
      },
      [&](std::size_t i) { forward_row(X.row(i), out.row(i), workspace); });
}

// Up to kSparseRows rows at once: quantized, then blocks of four inputs gathered over the rows.
void SparseInt8Layer::forward_block(MatrixView<const float> X, MatrixView<float> out,
                                    Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const kernels::KernelTable& table = kernels::active_table();
  const std::size_t width = weight_.width();
  auto* rows = workspace.take<std::uint8_t>(width, X.rows());
  kernels::RowScale row_scale[kSparseRows];
  for (std::size_t r = 0; r < X.rows(); ++r) {
    row_scale[r] = quantize(X.row(r), rows + r * width);
  }
  auto* xt = workspace.take<std::uint8_t>(width, kSparseRows);
  table.sparse.transpose(rows, width, X.rows(), width / kBlock, xt);
  // An odd number of cache lines: the rows of sums, written side by side, spread over the sets.
  constexpr std::size_t kLine = 64 / sizeof(std::int32_t);
  const std::size_t ldy = (chunk_count(n_out(), kLine) | 1U) * kLine;
  auto* sums = workspace.take<std::int32_t>(kSparseRows, ldy);
  table.sparse.int8_rows(weight_.view(), xt, sums, ldy);
  for (std::size_t r = 0; r < X.rows(); ++r) {
    to_float(sums + r * ldy, row_scale[r], out.row(r));
  }
}

void SparseInt8Layer::forward_row(const float* x, float* y, Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  auto* row = workspace.take<std::uint8_t>(weight_.width());
  auto* sums = workspace.take<std::int32_t>(n_out());
  const kernels::RowScale row_scale = quantize(x, row);
  kernels::active_table().sparse.int8_row(weight_.view(), row, sums);
  to_float(sums, row_scale, y);
}

kernels::RowScale SparseInt8Layer::quantize(const float* x, std::uint8_t* row) const {
  std::fill(row + n_in(), row + weight_.width(), std::uint8_t{0});
  return kernels::active_table().quantize.quantize_row(x, n_in(), row);
}

void SparseInt8Layer::to_float(const std::int32_t* sums, kernels::RowScale row, float* y) const {
  const kernels::Outputs outputs{.column_sum = sums_.data(),
                                 .scale = scale_.data(),
                                 .bias = bias_.data(),
                                 .relu = activation_.relu};
  kernels::active_table().quantize.to_float(sums, row, outputs, n_out(), y);
  if (activation_.rest != nullptr) activation_.rest(y, n_out());
}

}  // namespace slimline
