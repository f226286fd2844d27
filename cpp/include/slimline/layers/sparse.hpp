// y = activation(x W' + b) in float32, W pruned: single weights or blocks of four.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "slimline/kept_units.hpp"
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
  // What a file keeps, computed in units of one or four.
  SparseLayer(const KeptUnits<float>& weight, std::size_t unit, std::span<const float> bias,
              const std::string& activation);

  std::size_t n_in() const { return n_in_; }
  std::size_t n_out() const { return weight_.n_out(); }
  // X: (m, n_in), out: (m, n_out). Thread-safe; a row's result depends on that row alone.
  void forward(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;
  // The same for sparse rows, to the bit, without room for the inputs that no weight reads where
  // those are many.
  template <class Index>
  void forward(CsrView<float, Index> X, MatrixView<float> out, Workspace& workspace) const;

 private:
  void skip_unread_inputs();
  void gather(const float* x, float* read) const;
  template <class Index>
  void scatter(std::span<const float> values, std::span<const Index> indices, float* read) const;
  void forward_read(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;
  void forward_block(MatrixView<const float> X, MatrixView<float> out, Workspace& workspace) const;
  void forward_row(const float* x, float* y, Workspace& workspace) const;

  std::size_t n_in_;
  SparseRows<float> weight_;
  std::vector<std::int32_t> read_;  // units of the inputs that are read, ascending; empty: all
  std::vector<float> bias_;
  ActivationFunction activation_;
};

}  // namespace slimline
