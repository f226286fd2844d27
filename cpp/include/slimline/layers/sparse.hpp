// y = activation(x W' + b) in float32, W pruned: single weights or blocks of four.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "slimline/layers/activation.hpp"
#include "slimline/layers/sparse_rows.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

class Workspace;

class SparseLayer {
 public:
  // bias: (n_out); both are copied.
  SparseLayer(SparseRowsView<float> weight, std::span<const float> bias,
              const std::string& activation);

  std::size_t n_in() const { return weight_.n_in(); }
  std::size_t n_out() const { return weight_.n_out(); }
  // X: (m, n_in), out: (m, n_out). Thread-safe; a row's result depends on that row alone.
  void forward(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;

 private:
  void forward_block(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;
  void forward_row(const float* x, float* y, Workspace& workspace) const;

  SparseRows<float> weight_;
  std::vector<float> bias_;
  ActivationFunction activation_;
};

}  // namespace slimline
