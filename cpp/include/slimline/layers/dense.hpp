// y = activation(x W' + b) in float32, every weight stored.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "slimline/gemm.hpp"
#include "slimline/kept_units.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

class Workspace;

class DenseLayer {
 public:
  // weight: (n_out, n_in), bias: (n_out); both are copied.
  DenseLayer(MatrixView<const float> weight, std::span<const float> bias,
             const std::string& activation);
  // Pruned weights that are computed as dense ones.
  DenseLayer(const KeptUnits<float>& weight, std::span<const float> bias,
             const std::string& activation);

  std::size_t n_in() const { return n_in_; }
  std::size_t n_out() const { return bias_.size(); }
  // X: (m, n_in), out: (m, n_out). Thread-safe; a row's result depends on that row alone.
  void forward(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;
  // The same for sparse rows whose columns ascend, to the bit: it takes the time and the memory of
  // what the rows hold, not of n_in.
  template <class Index>
  void forward(CsrView<float, Index> X, MatrixView<float> out, Workspace& workspace) const;

 private:
  bool narrow() const { return !narrow_.empty(); }
  float* narrow_row(std::size_t input) { return narrow_.data() + input * n_out(); }
  template <class Index>
  void forward_row(std::span<const float> values, std::span<const Index> indices, float* y,
                   Workspace& workspace) const;
  void finish(const float* sums, float* y) const;

  std::size_t n_in_;
  std::vector<float> bias_;
  PackedFloat weight_;         // or, where few outputs have many inputs:
  std::vector<float> narrow_;  // (n_in, n_out)
  FusedActivation activation_;
};

}  // namespace slimline
