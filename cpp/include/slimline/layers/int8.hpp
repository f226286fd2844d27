// y = activation(scale * (q(x) W_q') + b): int8 weights with one scale per output, rows of x
// quantized to u7 at run time ("dynamic"). The same bits on every instruction set.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "slimline/gemm.hpp"
#include "slimline/kept_units.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

class Workspace;

class Int8Layer {
 public:
  // weight: (n_out, n_in) in -127..127; scale, bias: (n_out); all are copied.
  Int8Layer(MatrixView<const std::int8_t> weight, std::span<const float> scale,
            std::span<const float> bias, const std::string& activation);
  // Pruned weights that are computed as dense ones.
  Int8Layer(const KeptUnits<std::int8_t>& weight, std::span<const float> scale,
            std::span<const float> bias, const std::string& activation);

  std::size_t n_in() const { return weight_.rows(); }
  std::size_t n_out() const { return weight_.cols(); }
  // X: (m, n_in) finite, out: (m, n_out). Thread-safe; a row's result depends on that row alone.
  void forward(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;

 private:
  void check() const;

  PackedInt8 weight_;
  std::vector<float> scale_;
  std::vector<float> bias_;
  FusedActivation activation_;
};

}  // namespace slimline
