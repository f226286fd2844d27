// Sparse rows in a predictor: selection of the columns, then the first layer on the stored entries
// where it supports that, else on unpacked rows.
#include <algorithm>
#include <type_traits>

#include "core/workspace.hpp"
#include "layers/row_chunks.hpp"
#include "slimline/layers/stack.hpp"

namespace slimline {
namespace {

// A row of which less than this share is not zero is multiplied value by value: that takes about
// four times as long per product as whole rows.
constexpr std::size_t kDenseShare = 4;

template <class Index>
bool columns_ascend(CsrView<float, Index> X) {
  for (std::size_t i = 0; i < X.rows(); ++i) {
    const auto indices = X.indices(i);
    if (!std::is_sorted(indices.begin(), indices.end())) return false;
  }
  return true;
}

}  // namespace

template <class Real, class Index>
void Stack::forward(CsrView<Real, Index> X, MatrixView<float> out, int n_threads) const {
  check_input<Real>(X.cols());
  check_output(X.rows(), out);
  if (!worth_sharing(X.rows())) n_threads = 1;
  for_row_chunks(X.rows(), row_chunk(), n_threads,
                 [&](std::size_t begin, std::size_t end, Workspace& workspace) {
                   forward_chunk(X.slice(begin, end), out.slice(begin, end), workspace);
                 });
}

template void Stack::forward(CsrView<float, std::int32_t>, MatrixView<float>, int) const;
template void Stack::forward(CsrView<float, std::int64_t>, MatrixView<float>, int) const;
template void Stack::forward(CsrView<double, std::int32_t>, MatrixView<float>, int) const;
template void Stack::forward(CsrView<double, std::int64_t>, MatrixView<float>, int) const;

template <class Real, class Index>
void Stack::forward_chunk(CsrView<Real, Index> X, MatrixView<float> out,
                          Workspace& workspace) const {
  if (selects_) X = select(X, workspace);
  if constexpr (std::is_same_v<Real, float>) {
    if (scale_.empty() && forward_as_sparse(X, out, workspace)) return;
  }
  const auto rows = workspace.take_matrix<Real>(X.rows(), n_inputs());
  std::fill_n(rows.data(), rows.rows() * rows.cols(), Real{0});
  for (std::size_t i = 0; i < X.rows(); ++i) {
    const auto values = X.values(i);
    const auto indices = X.indices(i);
    Real* row = rows.row(i);
    for (std::size_t k = 0; k < values.size(); ++k) {
      row[static_cast<std::size_t>(indices[k])] += values[k];
    }
  }
  forward_columns(rows, out, workspace);
}

// Whether the first layer takes sparse rows, and then what becomes of them.
template <class Index>
bool Stack::forward_as_sparse(CsrView<float, Index> X, MatrixView<float> out,
                              Workspace& workspace) const {
  const auto* dense = std::get_if<DenseLayer>(&layers_.front());
  const auto* sparse = std::get_if<SparseLayer>(&layers_.front());
  if (dense != nullptr && X.n_nonzero() < X.rows() * n_inputs() / kDenseShare &&
      columns_ascend(X)) {
    forward_sparse(*dense, X, out, workspace);
    return true;
  }
  if (sparse != nullptr) forward_sparse(*sparse, X, out, workspace);
  return sparse != nullptr;
}

// The chosen columns, renumbered, of X.
template <class Real, class Index>
CsrView<Real, Index> Stack::select(CsrView<Real, Index> X, Workspace& workspace) const {
  const std::size_t n = X.n_nonzero();
  auto* values = workspace.take<Real>(n);
  auto* indices = workspace.take<Index>(n);
  auto* indptr = workspace.take<Index>(X.rows() + 1);
  std::size_t kept = 0;
  indptr[0] = 0;
  for (std::size_t i = 0; i < X.rows(); ++i) {
    for (std::size_t k = 0; k < X.values(i).size(); ++k) {
      const auto feature = static_cast<std::size_t>(X.indices(i)[k]);
      const auto found = std::lower_bound(columns_.begin(), columns_.end(), feature);
      if (found == columns_.end() || *found != feature) continue;
      values[kept] = X.values(i)[k];
      indices[kept++] = static_cast<Index>(found - columns_.begin());
    }
    indptr[i + 1] = static_cast<Index>(kept);
  }
  return {{values, kept}, {indices, kept}, {indptr, X.rows() + 1}, n_inputs()};
}

// `first` is the first layer.
template <class First, class Index>
void Stack::forward_sparse(const First& first, CsrView<float, Index> X, MatrixView<float> out,
                           Workspace& workspace) const {
  const bool only = layers_.size() == 1;
  const auto result = only ? out : workspace.take_matrix<float>(X.rows(), first.n_out());
  first.forward(X, result, workspace);
  forward_layers(1, result, out, workspace);
}

}  // namespace slimline
