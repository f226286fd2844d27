// A contiguous copy of some rows of a dense matrix, with the targets of the only output. Reading
// rows of a few cache lines that lie far apart takes three times as long.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "linear/problem.hpp"

namespace slimline {

template <class T>
class CopiedRows {
 public:
  CopiedRows() = default;
  CopiedRows(MatrixView<const T> X, const SgdProblem<T>& problem, std::span<const std::size_t> rows)
      : X_(rows.size(), X.cols()) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const std::size_t i = rows[k];
      std::copy_n(X.row(i), X.cols(), X_.row(k));
      y_.push_back(problem.targets.y(i, 0));
      weights_.push_back(problem.targets.sample_weight[i]);
      labels_.push_back(problem.label(i, 0));
    }
  }

  MatrixView<const T> view() const { return X_.view(); }
  std::span<const RowLabel> labels() const { return labels_; }
  SgdTargets targets(const SgdTargets& all) const {
    return {{y_.data(), y_.size(), 1}, weights_, all.class_weight, {}, all.n_classes};
  }

 private:
  Matrix<T> X_;
  std::vector<double> y_;
  std::vector<double> weights_;
  std::vector<RowLabel> labels_;
};

}  // namespace slimline
