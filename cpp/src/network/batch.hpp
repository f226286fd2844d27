// The rows of one mini-batch, gathered from dense or CSR samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "slimline/matrix.hpp"
#include "slimline/samples.hpp"

namespace slimline {

struct SparseRow {
  const float* values;
  const std::int32_t* indices;
  std::size_t size;
};

class Batch {
 public:
  explicit Batch(const Samples<float>& X) : X_(X) {}

  void select(std::span<const std::size_t> rows);

  std::size_t rows() const { return n_rows_; }
  bool is_sparse() const { return X_.index() != 0; }
  MatrixView<const float> dense() const { return dense_; }
  // Makes dense() the rows of a sparse batch.
  void unpack();
  SparseRow row(std::size_t i) const {
    return {values_.data() + starts_[i], indices_.data() + starts_[i], starts_[i + 1] - starts_[i]};
  }

 private:
  void gather(MatrixView<const float> X, std::span<const std::size_t> rows);
  template <class Index>
  void gather(CsrView<float, Index> X, std::span<const std::size_t> rows);

  const Samples<float>& X_;
  std::size_t n_rows_ = 0;
  AlignedBuffer<float> buffer_;
  MatrixView<const float> dense_;
  std::vector<float> values_;
  std::vector<std::int32_t> indices_;
  std::vector<std::size_t> starts_;
};

}  // namespace slimline
