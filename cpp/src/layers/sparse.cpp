#include "slimline/layers/sparse.hpp"

#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {

using kernels::kSparseRows;
using kernels::kSparseSums;

SparseLayer::SparseLayer(CsrView<float, std::int32_t> weight, std::span<const float> bias,
                         const std::string& activation)
    : n_in_(weight.cols()),
      row_begin_{0},
      bias_(bias.begin(), bias.end()),
      activation_(make_activation(activation)) {
  require(bias.size() == weight.rows(), "bias must have one entry for each row of weight");
  for (std::size_t i = 0; i < weight.rows(); ++i) {
    values_.insert(values_.end(), weight.values(i).begin(), weight.values(i).end());
    indices_.insert(indices_.end(), weight.indices(i).begin(), weight.indices(i).end());
    row_begin_.push_back(values_.size());
  }
}

void SparseLayer::forward(MatrixView<const float> X, MatrixView<float> out,
                          Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  auto* xt = workspace.take<float>(X.rows() < kSparseRows ? 0 : n_in_ * kSparseRows);
  std::size_t i = 0;
  for (; i + kSparseRows <= X.rows(); i += kSparseRows) {
    forward_block(X.slice(i, i + kSparseRows), out.slice(i, i + kSparseRows), xt);
  }
  for (; i < X.rows(); ++i) forward_row(X.row(i), out.row(i));
  for (i = 0; i < X.rows(); ++i) activation_(out.row(i), n_out());
}

// kSparseRows rows at once, transposed so that each weight meets all of them in registers.
void SparseLayer::forward_block(MatrixView<const float> X, MatrixView<float> out, float* xt) const {
  for (std::size_t r = 0; r < kSparseRows; ++r) {
    for (std::size_t j = 0; j < n_in_; ++j) xt[j * kSparseRows + r] = X(r, j);
  }
  float sums[kSparseRows];
  for (std::size_t o = 0; o < n_out(); ++o) {
    const std::size_t begin = row_begin_[o];
    kernels::active_table().sparse.dot_rows(values_.data() + begin, indices_.data() + begin,
                                            row_begin_[o + 1] - begin, xt, sums);
    for (std::size_t r = 0; r < kSparseRows; ++r) out(r, o) = sums[r] + bias_[o];
  }
}

// The same sums in the same order, so that a row gives the same bits alone and in a block.
void SparseLayer::forward_row(const float* x, float* y) const {
  for (std::size_t o = 0; o < n_out(); ++o) {
    const std::size_t begin = row_begin_[o];
    const std::size_t end = row_begin_[o + 1];
    const auto product = [&](std::size_t k) {
      return values_[k] * x[static_cast<std::size_t>(indices_[k])];
    };
    float sums[kSparseSums] = {};
    std::size_t k = begin;
    for (; k + kSparseSums <= end; k += kSparseSums) {
      for (std::size_t s = 0; s < kSparseSums; ++s) sums[s] += product(k + s);
    }
    for (std::size_t s = 0; k + s < end; ++s) sums[s] += product(k + s);
    y[o] = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + bias_[o];
  }
}

}  // namespace slimline
