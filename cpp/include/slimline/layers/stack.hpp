// A predictor: optionally a selection of columns and a standardisation, then layers. Each chunk of
// rows runs through all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "slimline/layers/dense.hpp"
#include "slimline/layers/int8.hpp"
#include "slimline/layers/int8_static.hpp"
#include "slimline/layers/sparse.hpp"
#include "slimline/layers/sparse_int8.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

// The place of the largest output, the first one among equals; of one output alone, 1 where it is
// above 0 and else 0.
std::int64_t winner(std::span<const float> outputs);

using Layer = std::variant<DenseLayer, SparseLayer, Int8Layer, Int8StaticLayer, SparseInt8Layer>;

class Stack {
 public:
  explicit Stack(std::size_t n_features) : n_features_(n_features) {}

  // Only these columns of X, ascending and below n_features, go on; before set_standardize and add.
  void set_columns(std::span<const std::int32_t> columns);
  // x -> (x - offset) * scale before the first layer, in float32 and unfused.
  void set_standardize(std::span<const float> offset, std::span<const float> scale);
  // The same in float64, rounded to float32 at the end: for columns that lie too far from zero for
  // float32 to tell their values apart, such as points in time. Rows may then come as float64.
  void set_standardize(std::span<const double> offset, std::span<const float> scale);
  // Throws std::invalid_argument unless the layer takes what the one before gives.
  void add(Layer layer);

  std::size_t n_features() const { return n_features_; }
  // Values that go to the first layer.
  std::size_t n_inputs() const { return selects_ ? columns_.size() : n_features_; }
  std::size_t n_outputs() const;
  // Whether rows may be float64, as the offsets are.
  bool takes_double() const { return !exact_offset_.empty(); }

  // X: (m, n_features); out: (m, n_outputs). Rows are cut into fixed chunks over the threads; a
  // row's result depends on that row alone, to the bit. Throws std::invalid_argument when X or what
  // becomes of it is not finite, or when X is float64 and the offsets are not. A thread that has
  // seen as many rows before allocates nothing.
  void forward(MatrixView<const float> X, MatrixView<float> out, int n_threads) const;
  void forward(MatrixView<const double> X, MatrixView<float> out, int n_threads) const;
  // The winner of each row's outputs.
  void winners(MatrixView<const float> X, std::span<std::int64_t> places, int n_threads) const;
  void winners(MatrixView<const double> X, std::span<std::int64_t> places, int n_threads) const;
  // forward() for sparse rows. A first layer of float32 weights without standardisation reads what
  // the rows hold; other rows are unpacked chunk by chunk. Real is float or double.
  template <class Real, class Index>
  void forward(CsrView<Real, Index> X, MatrixView<float> out, int n_threads) const;

 private:
  template <class Real>
  void forward_dense(MatrixView<const Real> X, MatrixView<float> out, int n_threads) const;
  template <class Real>
  void dense_winners(MatrixView<const Real> X, std::span<std::int64_t> places, int n_threads) const;
  template <class Real>
  void check_input(std::size_t cols) const;
  void check_output(std::size_t rows, MatrixView<float> out) const;
  bool worth_sharing(std::size_t rows) const;
  template <class Real>
  void forward_chunk(MatrixView<const Real> X, MatrixView<float> out, Workspace& workspace) const;
  std::size_t row_chunk() const;
  template <class Real, class Index>
  void forward_chunk(CsrView<Real, Index> X, MatrixView<float> out, Workspace& workspace) const;
  template <class Index>
  bool forward_as_sparse(CsrView<float, Index> X, MatrixView<float> out,
                         Workspace& workspace) const;
  template <class Real, class Index>
  CsrView<Real, Index> select(CsrView<Real, Index> X, Workspace& workspace) const;
  template <class First, class Index>
  void forward_sparse(const First& first, CsrView<float, Index> X, MatrixView<float> out,
                      Workspace& workspace) const;
  // rows: (m, n_inputs), the columns that go on, in memory of our own.
  template <class Real>
  void forward_columns(MatrixView<Real> rows, MatrixView<float> out, Workspace& workspace) const;
  void standardize(MatrixView<float> rows) const;
  template <class Real>
  void standardize_exactly(MatrixView<const Real> rows, MatrixView<float> out) const;
  // X as layer `first` takes it, and takes it on to the outputs.
  void forward_layers(std::size_t first, MatrixView<const float> X, MatrixView<float> out,
                      Workspace& workspace) const;

  std::size_t n_features_;
  bool selects_ = false;
  std::vector<std::size_t> columns_;
  std::vector<float> offset_;
  std::vector<double> exact_offset_;  // in place of offset_
  std::vector<float> scale_;
  std::vector<Layer> layers_;
};

}  // namespace slimline
