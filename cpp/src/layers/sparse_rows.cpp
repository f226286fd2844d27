#include "slimline/layers/sparse_rows.hpp"

#include <algorithm>
#include <string>

#include "kernels/table.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using kernels::kSparseSums;

template <class T>
void check(const SparseRowsView<T>& rows) {
  require(rows.unit == 1 || rows.unit == kernels::kBlock,
          "unit must be 1 or 4, got " + std::to_string(rows.unit));
  require(!rows.indptr.empty() && rows.indptr.front() == 0 &&
              std::is_sorted(rows.indptr.begin(), rows.indptr.end()),
          "indptr must rise from 0");
  require(static_cast<std::size_t>(rows.indptr.back()) == rows.indices.size() &&
              rows.values.size() == rows.indices.size() * rows.unit,
          "indptr, indices and values do not fit together");
  const std::size_t n_units = (rows.n_in + rows.unit - 1) / rows.unit;
  for (const std::int32_t index : rows.indices) {
    require(index >= 0 && static_cast<std::size_t>(index) < n_units,
            "an index lies outside the inputs");
  }
}

std::size_t padded(std::size_t n) { return (n + kSparseSums - 1) / kSparseSums * kSparseSums; }

template <class T>
std::size_t padded_size(const SparseRowsView<T>& rows) {
  check(rows);
  std::size_t size = 0;
  for (std::size_t i = 0; i + 1 < rows.indptr.size(); ++i) {
    size += padded(static_cast<std::size_t>(rows.indptr[i + 1] - rows.indptr[i]));
  }
  return size;
}

}  // namespace

template <class T>
SparseRows<T>::SparseRows(SparseRowsView<T> rows)
    : n_in_(rows.n_in), unit_(rows.unit), values_(padded_size(rows) * rows.unit) {
  indices_.resize(values_.size() / unit_);
  std::size_t to = 0;
  for (std::size_t i = 0; i + 1 < rows.indptr.size(); ++i) {
    const auto from = static_cast<std::size_t>(rows.indptr[i]);
    const std::size_t n = static_cast<std::size_t>(rows.indptr[i + 1]) - from;
    std::copy_n(rows.values.data() + from * unit_, n * unit_, values_.data() + to * unit_);
    std::copy_n(rows.indices.data() + from, n, indices_.data() + to);
    begin_.push_back(to);
    end_.push_back(to + n);
    to += padded(n);
  }
}

template <class T>
kernels::SparseWeights<T> SparseRows<T>::view() const {
  return {.values = values_.data(),
          .indices = indices_.data(),
          .begin = begin_.data(),
          .end = end_.data(),
          .n_out = n_out()};
}

template class SparseRows<float>;
template class SparseRows<std::int8_t>;

}  // namespace slimline
