#include "slimline/layers/sparse_rows.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "kernels/table.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using kernels::kBlock;
using kernels::kSparseSums;

template <class T>
void check(const SparseRowsView<T>& rows) {
  require(rows.unit == 1 || rows.unit == kBlock,
          "unit must be 1 or 4, got " + std::to_string(rows.unit));
  require(!rows.indptr.empty() && rows.indptr.front() == 0 &&
              std::is_sorted(rows.indptr.begin(), rows.indptr.end()),
          "indptr must rise from 0");
  require(static_cast<std::size_t>(rows.indptr.back()) == rows.indices.size() &&
              rows.values.size() == checked_product(rows.indices.size(), rows.unit),
          "indptr, indices and values do not fit together");
  const std::size_t n_units = (rows.n_in + rows.unit - 1) / rows.unit;
  for (const std::int32_t index : rows.indices) {
    require(index >= 0 && static_cast<std::size_t>(index) < n_units,
            "an index lies outside the inputs");
  }
}

std::size_t padded(std::size_t n) { return (n + kSparseSums - 1) / kSparseSums * kSparseSums; }

// Calls body(output, unit of `unit` weights, place of the value in it, value) for each kept weight
// that is not zero; weights of one unit come one after the other.
template <class T, class Body>
void for_each_weight(const KeptUnits<T>& kept, std::size_t unit, const Body& body) {
  for_each_unit(kept, [&](std::size_t row, std::size_t number, const T* values) {
    for (std::size_t s = 0; s < kept.unit; ++s) {
      if (values[s] == T{}) continue;
      const std::size_t column = number * kept.unit + s;
      body(row, column / unit, column % unit, values[s]);
    }
  });
}

// Tells where the next unit begins.
struct LastUnit {
  std::size_t row = SIZE_MAX;
  std::size_t number = SIZE_MAX;

  bool moves_to(std::size_t next_row, std::size_t next_number) {
    const bool moves = next_row != row || next_number != number;
    row = next_row;
    number = next_number;
    return moves;
  }
};

}  // namespace

template <class T>
SparseRows<T>::SparseRows(SparseRowsView<T> rows) : n_in_(rows.n_in), unit_(rows.unit) {
  check(rows);
  std::vector<std::size_t> n_units;
  for (std::size_t i = 0; i + 1 < rows.indptr.size(); ++i) {
    n_units.push_back(static_cast<std::size_t>(rows.indptr[i + 1] - rows.indptr[i]));
  }
  reserve(n_units);
  for (std::size_t i = 0; i < n_out(); ++i) {
    const auto from = static_cast<std::size_t>(rows.indptr[i]);
    const std::size_t n = n_units[i];
    std::copy_n(rows.values.data() + from * unit_, n * unit_, values_.data() + begin_[i] * unit_);
    std::copy_n(rows.indices.data() + from, n, indices_.data() + begin_[i]);
  }
}

template <class T>
SparseRows<T>::SparseRows(const KeptUnits<T>& kept, std::size_t unit)
    : n_in_(kept.n_in), unit_(unit) {
  check_units(kept);
  require(n_in_ <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()),
          "a pruned layer must have less than 2^31 inputs");
  std::vector<std::size_t> n_units(kept.n_out);
  LastUnit last;
  for_each_weight(kept, unit_, [&](std::size_t row, std::size_t number, std::size_t, T) {
    if (last.moves_to(row, number)) ++n_units[row];
  });
  reserve(n_units);
  end_ = begin_;
  last = {};
  for_each_weight(kept, unit_, [&](std::size_t row, std::size_t number, std::size_t s, T value) {
    if (last.moves_to(row, number)) indices_[end_[row]++] = static_cast<std::int32_t>(number);
    values_[(end_[row] - 1) * unit_ + s] = value;
  });
}

// Room for so many units of each output; unused places hold zeros.
template <class T>
void SparseRows<T>::reserve(std::span<const std::size_t> n_units) {
  std::size_t size = 0;
  begin_.reserve(n_units.size());
  end_.reserve(n_units.size());
  for (const std::size_t n : n_units) {
    begin_.push_back(size);
    end_.push_back(size + n);
    size += padded(n);
  }
  values_ = AlignedBuffer<T>(size, unit_);
  indices_.resize(size);
}

template <class T>
std::span<const T> SparseRows<T>::values(std::size_t output) const {
  return values_.span().subspan(begin_[output] * unit_, (end_[output] - begin_[output]) * unit_);
}

template <class T>
std::vector<std::int32_t> SparseRows<T>::renumber() {
  std::vector<std::int32_t> used(indices_);
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  for (std::int32_t& index : indices_) {
    const auto place = std::lower_bound(used.begin(), used.end(), index) - used.begin();
    index = static_cast<std::int32_t>(place);
  }
  n_in_ = used.size() * unit_;
  return used;
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
