// Pruned weights as the kernels take them: a run of units (single weights, or blocks of four along
// the inputs) for each output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "slimline/kept_units.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

namespace kernels {
template <class T>
struct SparseWeights;
}

// Weights (n_out, n_in) that somebody else owns. Output i has the units [indptr[i], indptr[i + 1]);
// unit u is `unit` (1 or 4) values, which begin in column unit * indices[u]. In the last block of a
// row, columns from n_in on hold zeros.
template <class T>
struct SparseRowsView {
  std::span<const T> values;
  std::span<const std::int32_t> indices;
  std::span<const std::int32_t> indptr;
  std::size_t n_in = 0;
  std::size_t unit = 1;
};

template <class T>
class SparseRows {
 public:
  // Copies; throws std::invalid_argument where the arrays do not fit together.
  explicit SparseRows(SparseRowsView<T> rows);
  // The weights that a file keeps, in units of one or four whatever the file's are; units that hold
  // only zeros are left out.
  SparseRows(const KeptUnits<T>& kept, std::size_t unit);

  std::size_t n_in() const { return n_in_; }
  std::size_t n_out() const { return end_.size(); }
  std::size_t unit() const { return unit_; }
  // n_in rounded up to whole units: what kernels may read of a row of X.
  std::size_t width() const { return (n_in_ + unit_ - 1) / unit_ * unit_; }
  std::span<const T> values() const { return values_.span(); }
  // The values of an output.
  std::span<const T> values(std::size_t output) const;
  kernels::SparseWeights<T> view() const;

  // Numbers the units of the inputs anew, so that those which no output has are left out; returns
  // the old numbers of the others, ascending.
  std::vector<std::int32_t> renumber();

 private:
  void reserve(std::span<const std::size_t> n_units);

  std::size_t n_in_;
  std::size_t unit_;
  AlignedBuffer<T> values_;
  std::vector<std::int32_t> indices_;
  std::vector<std::size_t> begin_;
  std::vector<std::size_t> end_;
};

}  // namespace slimline
