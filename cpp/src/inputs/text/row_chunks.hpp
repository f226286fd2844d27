// CSR rows made chunk by chunk, put together at the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "slimline/text/growing.hpp"
#include "slimline/text/vectorize.hpp"

namespace slimline {

// The rows of one chunk.
template <class T>
class RowChunk {
 public:
  // Adds a row.
  void add(std::span<const std::int32_t> columns, std::span<const T> values) {
    std::copy(columns.begin(), columns.end(),
              columns_.reserve(size_ + columns.size(), size_) + size_);
    std::copy(values.begin(), values.end(), values_.reserve(size_ + values.size(), size_) + size_);
    size_ += values.size();
  }
  // Adds a row; its values are to be written to what is returned.
  std::span<T> add(std::span<const TermCount> counts) {
    std::int32_t* columns = columns_.reserve(size_ + counts.size(), size_) + size_;
    for (const TermCount& term : counts) *columns++ = static_cast<std::int32_t>(term.column);
    T* values = values_.reserve(size_ + counts.size(), size_) + size_;
    size_ += counts.size();
    return {values, counts.size()};
  }

  std::size_t size() const { return size_; }
  void copy_to(std::int32_t* columns, T* values) const {
    std::copy_n(columns_.data(), size_, columns);
    std::copy_n(values_.data(), size_, values);
  }

 private:
  Growing<std::int32_t> columns_;
  Growing<T> values_;
  std::size_t size_ = 0;
};

// The chunks one after the other; row_ends hold the size of each row.
template <class T>
TermRows<T> put_together(std::vector<RowChunk<T>> chunks, std::vector<std::int64_t> row_ends,
                         int n_threads) {
  TermRows<T> rows;
  std::vector<std::size_t> begin(chunks.size());
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    begin[c] = rows.n_values;
    rows.n_values += chunks[c].size();
  }
  rows.columns = std::make_unique_for_overwrite<std::int32_t[]>(rows.n_values);
  rows.values = std::make_unique_for_overwrite<T[]>(rows.n_values);
  parallel_for(chunks.size(), 1, n_threads, [&](std::size_t c, std::size_t, std::size_t) {
    chunks[c].copy_to(rows.columns.get() + begin[c], rows.values.get() + begin[c]);
    chunks[c] = RowChunk<T>();
  });
  rows.row_ends = std::move(row_ends);
  for (std::size_t i = 1; i < rows.row_ends.size(); ++i) rows.row_ends[i] += rows.row_ends[i - 1];
  return rows;
}

}  // namespace slimline
