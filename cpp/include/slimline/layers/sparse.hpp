// y = activation(x W' + b) in float32, W in compressed rows: one row an output.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "slimline/layers/activation.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

class Workspace;

class SparseLayer {
 public:
  // weight: (n_out, n_in) with indices inside; bias: (n_out); both are copied.
  SparseLayer(CsrView<float, std::int32_t> weight, std::span<const float> bias,
              const std::string& activation);

  std::size_t n_in() const { return n_in_; }
  std::size_t n_out() const { return bias_.size(); }
  // X: (m, n_in), out: (m, n_out). Thread-safe; a row's result depends on that row alone.
  void forward(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;

 private:
  void forward_block(MatrixView<const float> X, MatrixView<float> out, float* xt) const;
  void forward_row(const float* x, float* y) const;

  std::size_t n_in_;
  std::vector<float> values_;
  std::vector<std::int32_t> indices_;
  std::vector<std::size_t> row_begin_;  // n_out + 1
  std::vector<float> bias_;
  ActivationFunction activation_;
};

}  // namespace slimline
