// y = activation(scale * (q W_q') + offset) on activations whose range was calibrated ("static"):
//
//   q = clamp(round((x - low) / step), 0, 127), one low and step per input, or one for all.
//
// W_q has absorbed the steps and `offset` the lows, so that sums need no correction, and a chain of
// such layers passes u7 on without float32 in between. The same bits on every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "slimline/gemm.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

class Workspace;

class Int8StaticLayer {
 public:
  struct Input {
    std::span<const float> low;   // (n_in) or (1)
    std::span<const float> step;  // the same, > 0
  };

  // weight: (n_out, n_in) in -127..127; scale, offset: (n_out); all are copied.
  Int8StaticLayer(MatrixView<const std::int8_t> weight, std::span<const float> scale,
                  std::span<const float> offset, Input input, const std::string& activation);

  std::size_t n_in() const { return weight_.rows(); }
  std::size_t n_out() const { return weight_.cols(); }
  // X: (m, n_in), out: (m, n_out). Thread-safe; a row's result depends on that row alone.
  void forward(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;

  // The two halves of forward(), for chains. Rows of u7 are depth() bytes, zero from n_in() on.
  MatrixView<const std::uint8_t> quantize(MatrixView<const float> X, Workspace& workspace) const;
  void forward(MatrixView<const std::uint8_t> rows, MatrixView<float> out,
               Workspace& workspace) const;
  // Rows for the layer that comes next.
  MatrixView<const std::uint8_t> forward(MatrixView<const std::uint8_t> rows,
                                         const Int8StaticLayer& next, Workspace& workspace) const;

 private:
  const std::int32_t* multiply(MatrixView<const std::uint8_t> rows, Workspace& workspace) const;
  MatrixView<std::uint8_t> take_rows(std::size_t n_rows, Workspace& workspace) const;

  PackedInt8 weight_;
  std::vector<float> scale_;
  std::vector<float> offset_;
  std::vector<float> low_;      // (n_in)
  std::vector<float> inverse_;  // 1 / step
  FusedActivation activation_;
};

}  // namespace slimline
