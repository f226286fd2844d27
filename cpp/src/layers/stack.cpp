#include "slimline/layers/stack.hpp"

#include <string>

#include "core/parallel.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

// Rows a chunk: their values stay in the second-level cache from layer to layer, and weights that
// are read once serve all of them.
constexpr std::size_t kRowChunk = 64;

}  // namespace

void Stack::set_standardize(std::span<const float> offset, std::span<const float> scale) {
  require(offset.size() == n_features_ && scale.size() == n_features_,
          "offset and scale must have one entry for each feature");
  offset_.assign(offset.begin(), offset.end());
  scale_.assign(scale.begin(), scale.end());
}

void Stack::add(Layer layer) {
  const std::size_t n_in = std::visit([](const auto& l) { return l.n_in(); }, layer);
  require(n_in == n_outputs(), "the layer must take " + std::to_string(n_outputs()) +
                                   " inputs, but takes " + std::to_string(n_in));
  layers_.push_back(std::move(layer));
}

std::size_t Stack::n_outputs() const {
  if (layers_.empty()) return n_features_;
  return std::visit([](const auto& l) { return l.n_out(); }, layers_.back());
}

void Stack::check_shapes(std::size_t rows, std::size_t cols, MatrixView<float> out) const {
  require(!layers_.empty(), "the predictor has no layers");
  require(cols == n_features_,
          "X must have " + std::to_string(n_features_) + " columns, got " + std::to_string(cols));
  require(out.rows() == rows && out.cols() == n_outputs(),
          "out must have a row for each row of X and a column for each output");
}

void Stack::forward(MatrixView<const float> X, MatrixView<float> out, int n_threads) const {
  check_shapes(X.rows(), X.cols(), out);
  parallel_for(X.rows(), kRowChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 forward_chunk(X.slice(begin, end), out.slice(begin, end));
               });
}

template <class Index>
void Stack::forward(CsrView<float, Index> X, MatrixView<float> out, int n_threads) const {
  check_shapes(X.rows(), X.cols(), out);
  parallel_for(X.rows(), kRowChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 Matrix<float> rows(end - begin, n_features_);
                 for (std::size_t i = begin; i < end; ++i) {
                   const auto values = X.values(i);
                   const auto indices = X.indices(i);
                   float* row = rows.row(i - begin);
                   for (std::size_t k = 0; k < values.size(); ++k) {
                     row[static_cast<std::size_t>(indices[k])] += values[k];
                   }
                 }
                 forward_chunk(rows.view(), out.slice(begin, end));
               });
}

template void Stack::forward(CsrView<float, std::int32_t>, MatrixView<float>, int) const;
template void Stack::forward(CsrView<float, std::int64_t>, MatrixView<float>, int) const;

void Stack::forward_chunk(MatrixView<const float> X, MatrixView<float> out) const {
  if (offset_.empty()) {
    forward_layers(X, out);
    return;
  }
  Matrix<float> standardized(X.rows(), n_features_);
  for (std::size_t i = 0; i < X.rows(); ++i) {
    const float* x = X.row(i);
    float* z = standardized.row(i);
    for (std::size_t j = 0; j < n_features_; ++j) z[j] = (x[j] - offset_[j]) * scale_[j];
  }
  forward_layers(standardized.view(), out);
}

void Stack::forward_layers(MatrixView<const float> X, MatrixView<float> out) const {
  Matrix<float> before;
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    Matrix<float> after = std::visit(
        [&](const auto& layer) {
          Matrix<float> hidden(X.rows(), layer.n_out());
          layer.forward(l == 0 ? X : std::as_const(before).view(), hidden.view());
          return hidden;
        },
        layers_[l]);
    before = std::move(after);
  }
  std::visit(
      [&](const auto& layer) {
        layer.forward(layers_.size() == 1 ? X : std::as_const(before).view(), out);
      },
      layers_.back());
}

}  // namespace slimline
