// y = activation(scale * (q(x) W_q') + b), W_q pruned int8 weights in blocks of four along the
// inputs, rows of x quantized to u7 at run time. The same bits as the dense Int8Layer's with the
// same weights, on every instruction set.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "slimline/layers/activation.hpp"
#include "slimline/layers/sparse_rows.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

class Workspace;
namespace kernels {
struct RowScale;
}

class SparseInt8Layer {
 public:
  // weight: in -127..127, unit 4; scale, bias: (n_out); all are copied.
  SparseInt8Layer(SparseRowsView<std::int8_t> weight, std::span<const float> scale,
                  std::span<const float> bias, const std::string& activation);
  // What a file keeps, computed in blocks of four.
  SparseInt8Layer(const KeptUnits<std::int8_t>& weight, std::span<const float> scale,
                  std::span<const float> bias, const std::string& activation);

  std::size_t n_in() const { return weight_.n_in(); }
  std::size_t n_out() const { return weight_.n_out(); }
  // X: (m, n_in) finite, out: (m, n_out). Thread-safe; a row's result depends on that row alone.
  void forward(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;

 private:
  void check_and_sum();
  void forward_block(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;
  void forward_row(const float* x, float* y, Workspace& workspace) const;

  kernels::RowScale quantize(const float* x, std::uint8_t* row) const;
  void to_float(const std::int32_t* sums, kernels::RowScale row, float* y) const;

  SparseRows<std::int8_t> weight_;
  std::vector<std::int32_t> sums_;  // of the weights of each output, for zero points
  std::vector<float> scale_;
  std::vector<float> bias_;
  FusedActivation activation_;
};

}  // namespace slimline
