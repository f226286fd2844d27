#include "network/batch.hpp"

#include <algorithm>

namespace slimline {

void Batch::select(std::span<const std::size_t> rows) {
  n_rows_ = rows.size();
  std::visit([&](const auto& view) { gather(view, rows); }, X_);
}

void Batch::gather(MatrixView<const float> X, std::span<const std::size_t> rows) {
  const bool in_order = std::adjacent_find(rows.begin(), rows.end(),
                                           [](auto a, auto b) { return b != a + 1; }) == rows.end();
  if (in_order) {
    dense_ = rows.empty() ? X.slice(0, 0) : X.slice(rows.front(), rows.back() + 1);
    return;
  }
  if (buffer_.size() < rows.size() * X.cols()) {
    buffer_ = AlignedBuffer<float>(rows.size(), X.cols());
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(X.row(rows[i]), X.cols(), buffer_.data() + i * X.cols());
  }
  dense_ = {buffer_.data(), rows.size(), X.cols()};
}

template <class Index>
void Batch::gather(CsrView<float, Index> X, std::span<const std::size_t> rows) {
  values_.clear();
  indices_.clear();
  starts_.assign(1, 0);
  for (const std::size_t i : rows) {
    const auto values = X.values(i);
    values_.insert(values_.end(), values.begin(), values.end());
    for (const Index j : X.indices(i)) indices_.push_back(static_cast<std::int32_t>(j));
    starts_.push_back(values_.size());
  }
}

void Batch::unpack() {
  const std::size_t cols = std::visit([](const auto& view) { return view.cols(); }, X_);
  if (buffer_.size() < n_rows_ * cols) buffer_ = AlignedBuffer<float>(n_rows_, cols);
  std::fill_n(buffer_.data(), n_rows_ * cols, 0.0F);
  for (std::size_t i = 0; i < n_rows_; ++i) {
    const SparseRow from = row(i);
    float* to = buffer_.data() + i * cols;
    for (std::size_t k = 0; k < from.size; ++k) to[from.indices[k]] += from.values[k];
  }
  dense_ = {buffer_.data(), n_rows_, cols};
}

}  // namespace slimline
