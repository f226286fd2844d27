#include "slimline/layers/stack.hpp"

#include <algorithm>
#include <string>
#include <type_traits>

#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "layers/row_chunks.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

// Rows a chunk: their values stay in the second-level cache from layer to layer, and weights that
// are read once serve all of them.
constexpr std::size_t kRowChunk = 64;
// Of wide rows there are fewer: no more than these values of each layer, 16 MB, but for one row.
constexpr std::size_t kChunkValues = std::size_t{1} << 22U;

// Products below which waking a second thread costs more than it saves.
constexpr std::size_t kSerialProducts = std::size_t{1} << 20U;

template <class Real>
void require_finite(MatrixView<const Real> rows, const char* what) {
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    if (kernels::vector_kernels<Real>().all_finite(rows.row(i), rows.cols())) continue;
    require(false, std::string(what) + " must be finite and within float32, got NaN or infinity");
  }
}

}  // namespace

std::int64_t winner(std::span<const float> outputs) {
  if (outputs.size() == 1) return outputs[0] > 0 ? 1 : 0;
  return std::max_element(outputs.begin(), outputs.end()) - outputs.begin();
}

void Stack::set_columns(std::span<const std::int32_t> columns) {
  require(scale_.empty() && layers_.empty(), "columns must be set first");
  for (const std::int32_t column : columns) {
    require(column >= 0 && static_cast<std::size_t>(column) < n_features_,
            "columns must lie in 0.." + std::to_string(n_features_) + ", got " +
                std::to_string(column));
    require(columns_.empty() || columns_.back() < static_cast<std::size_t>(column),
            "columns must ascend");
    columns_.push_back(static_cast<std::size_t>(column));
  }
  selects_ = true;
}

void Stack::set_standardize(std::span<const float> offset, std::span<const float> scale) {
  require(offset.size() == n_inputs() && scale.size() == n_inputs(),
          "offset and scale must have one entry for each input");
  offset_.assign(offset.begin(), offset.end());
  exact_offset_.clear();
  scale_.assign(scale.begin(), scale.end());
}

void Stack::set_standardize(std::span<const double> offset, std::span<const float> scale) {
  require(offset.size() == n_inputs() && scale.size() == n_inputs(),
          "offset and scale must have one entry for each input");
  exact_offset_.assign(offset.begin(), offset.end());
  offset_.clear();
  scale_.assign(scale.begin(), scale.end());
}

void Stack::add(Layer layer) {
  const std::size_t n_in = std::visit([](const auto& l) { return l.n_in(); }, layer);
  require(n_in == n_outputs(), "the layer must take " + std::to_string(n_outputs()) +
                                   " inputs, but takes " + std::to_string(n_in));
  layers_.push_back(std::move(layer));
}

std::size_t Stack::n_outputs() const {
  if (layers_.empty()) return n_inputs();
  return std::visit([](const auto& l) { return l.n_out(); }, layers_.back());
}

template <class Real>
void Stack::check_input(std::size_t cols) const {
  require(!layers_.empty(), "the predictor has no layers");
  require(std::is_same_v<Real, float> || takes_double(),
          "X must be float32: the offsets of this predictor are");
  require(cols == n_features_,
          "X must have " + std::to_string(n_features_) + " columns, got " + std::to_string(cols));
}

void Stack::check_output(std::size_t rows, MatrixView<float> out) const {
  require(out.rows() == rows && out.cols() == n_outputs(),
          "out must have a row for each row of X and a column for each output");
}

template void Stack::check_input<float>(std::size_t) const;
template void Stack::check_input<double>(std::size_t) const;

bool Stack::worth_sharing(std::size_t rows) const {
  std::size_t products = 0;
  for (const Layer& layer : layers_) {
    products += std::visit([](const auto& l) { return l.n_in() * l.n_out(); }, layer);
  }
  return rows * products >= kSerialProducts;
}

void Stack::forward(MatrixView<const float> X, MatrixView<float> out, int n_threads) const {
  forward_dense(X, out, n_threads);
}

void Stack::forward(MatrixView<const double> X, MatrixView<float> out, int n_threads) const {
  forward_dense(X, out, n_threads);
}

template <class Real>
void Stack::forward_dense(MatrixView<const Real> X, MatrixView<float> out, int n_threads) const {
  check_input<Real>(X.cols());
  check_output(X.rows(), out);
  if (!worth_sharing(X.rows())) n_threads = 1;
  for_row_chunks(X.rows(), row_chunk(), n_threads,
                 [&](std::size_t begin, std::size_t end, Workspace& workspace) {
                   const auto rows = X.slice(begin, end);
                   require_finite(rows, "X");
                   forward_chunk(rows, out.slice(begin, end), workspace);
                 });
}

void Stack::winners(MatrixView<const float> X, std::span<std::int64_t> places,
                    int n_threads) const {
  dense_winners(X, places, n_threads);
}

void Stack::winners(MatrixView<const double> X, std::span<std::int64_t> places,
                    int n_threads) const {
  dense_winners(X, places, n_threads);
}

template <class Real>
void Stack::dense_winners(MatrixView<const Real> X, std::span<std::int64_t> places,
                          int n_threads) const {
  check_input<Real>(X.cols());
  require(places.size() == X.rows(), "places must have an entry for each row of X");
  if (!worth_sharing(X.rows())) n_threads = 1;
  for_row_chunks(X.rows(), row_chunk(), n_threads,
                 [&](std::size_t begin, std::size_t end, Workspace& workspace) {
                   const auto rows = X.slice(begin, end);
                   const auto out = workspace.take_matrix<float>(rows.rows(), n_outputs());
                   require_finite(rows, "X");
                   forward_chunk(rows, out, workspace);
                   for (std::size_t i = begin; i < end; ++i) {
                     places[i] = winner({out.row(i - begin), out.cols()});
                   }
                 });
}

std::size_t Stack::row_chunk() const {
  std::size_t widest = std::max<std::size_t>(1, n_inputs());
  for (const Layer& layer : layers_) {
    widest = std::max(widest, std::visit([](const auto& l) { return l.n_out(); }, layer));
  }
  return std::clamp<std::size_t>(kChunkValues / widest, 1, kRowChunk);
}

template <class Real>
void Stack::forward_chunk(MatrixView<const Real> X, MatrixView<float> out,
                          Workspace& workspace) const {
  if constexpr (std::is_same_v<Real, float>) {
    if (!selects_ && scale_.empty()) {
      forward_layers(0, X, out, workspace);
      return;
    }
  }
  const auto rows = workspace.take_matrix<Real>(X.rows(), n_inputs());
  for (std::size_t i = 0; i < X.rows(); ++i) {
    const Real* x = X.row(i);
    Real* row = rows.row(i);
    if (!selects_) {
      std::copy_n(x, n_inputs(), row);
      continue;
    }
    for (std::size_t j = 0; j < n_inputs(); ++j) row[j] = x[columns_[j]];
  }
  forward_columns(rows, out, workspace);
}

template <class Real>
void Stack::forward_columns(MatrixView<Real> rows, MatrixView<float> out,
                            Workspace& workspace) const {
  if constexpr (std::is_same_v<Real, float>) {
    if (!takes_double()) {
      standardize(rows);
      forward_layers(0, rows, out, workspace);
      return;
    }
  }
  const auto inputs = workspace.take_matrix<float>(rows.rows(), rows.cols());
  standardize_exactly(MatrixView<const Real>(rows), inputs);
  require_finite(MatrixView<const float>(inputs), "X, standardised,");
  forward_layers(0, inputs, out, workspace);
}

template void Stack::forward_columns(MatrixView<float>, MatrixView<float>, Workspace&) const;
template void Stack::forward_columns(MatrixView<double>, MatrixView<float>, Workspace&) const;

template <class Real>
void Stack::standardize_exactly(MatrixView<const Real> rows, MatrixView<float> out) const {
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const Real* x = rows.row(i);
    float* z = out.row(i);
    for (std::size_t j = 0; j < rows.cols(); ++j) {
      const double centred = static_cast<double>(x[j]) - exact_offset_[j];
      z[j] = static_cast<float>(centred * static_cast<double>(scale_[j]));
    }
  }
}

void Stack::standardize(MatrixView<float> rows) const {
  if (offset_.empty()) return;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    float* row = rows.row(i);
    for (std::size_t j = 0; j < rows.cols(); ++j) row[j] = (row[j] - offset_[j]) * scale_[j];
  }
}

// From layer to layer go float rows, or u7 rows where one static int8 layer feeds another.
void Stack::forward_layers(std::size_t first, MatrixView<const float> X, MatrixView<float> out,
                           Workspace& workspace) const {
  MatrixView<const float> values = X;
  MatrixView<const std::uint8_t> levels;
  bool quantized = false;
  for (std::size_t l = first; l < layers_.size(); ++l) {
    const bool last = l + 1 == layers_.size();
    const auto* integers = std::get_if<Int8StaticLayer>(&layers_[l]);
    const auto* next = last ? nullptr : std::get_if<Int8StaticLayer>(&layers_[l + 1]);
    if (integers != nullptr && !quantized) levels = integers->quantize(values, workspace);
    quantized = integers != nullptr && next != nullptr;
    if (quantized) {
      levels = integers->forward(levels, *next, workspace);
      continue;
    }
    const std::size_t width =
        std::visit([](const auto& layer) { return layer.n_out(); }, layers_[l]);
    const auto result = last ? out : workspace.take_matrix<float>(X.rows(), width);
    if (integers != nullptr) {
      integers->forward(levels, result, workspace);
    } else {
      std::visit([&](const auto& layer) { layer.forward(values, result, workspace); }, layers_[l]);
    }
    values = result;
  }
  require_finite(MatrixView<const float>(out), "what the model makes of X");
}

}  // namespace slimline
