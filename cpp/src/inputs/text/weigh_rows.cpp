// Counted rows to CSR: terms that were not kept go, the others get their columns.
#include <algorithm>
#include <vector>

#include "core/parallel.hpp"
#include "inputs/text/row_chunks.hpp"
#include "slimline/text/term_counts.hpp"

namespace slimline {
namespace {

constexpr std::size_t kRowsPerChunk = 256;

bool before(TermCount a, TermCount b) { return a.column < b.column; }

// The rows of one thread.
template <class T>
class RowWeigher {
 public:
  RowWeigher(std::span<const std::uint32_t> columns, const TermWeights<T>& weights)
      : columns_(columns), weights_(weights) {}

  std::size_t add(std::span<const TermCount> row, RowChunk<T>& chunk) {
    terms_.assign(row.begin(), row.end());
    if (weights_.norm != Norm::kNone) std::sort(terms_.begin(), terms_.end(), before);
    rename();
    if (weights_.norm == Norm::kNone) {
      std::sort(terms_.begin(), terms_.end(), before);
      weigh<T>(terms_, weights_, chunk.add(terms_));
    } else {
      weigh_then_sort(chunk);
    }
    return terms_.size();
  }

 private:
  void rename() {
    std::size_t kept = 0;
    for (const TermCount& term : terms_) {
      const std::uint32_t column = columns_[term.column];
      if (column != Vocabulary::kNone) terms_[kept++] = {column, term.count};
    }
    terms_.resize(kept);
  }

  // The norm is that of the values as they stand.
  void weigh_then_sort(RowChunk<T>& chunk) {
    values_.resize(terms_.size());
    weigh<T>(terms_, weights_, values_);
    for (std::size_t i = 0; i < terms_.size(); ++i) terms_[i].count = static_cast<std::int32_t>(i);
    std::sort(terms_.begin(), terms_.end(), before);
    const std::span<T> out = chunk.add(terms_);
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      out[i] = values_[static_cast<std::size_t>(terms_[i].count)];
    }
  }

  std::span<const std::uint32_t> columns_;  // by the number of a term
  const TermWeights<T>& weights_;
  std::vector<TermCount> terms_;
  std::vector<T> values_;
};

}  // namespace

template <class T>
TermRows<T> weigh_rows(const CountedRows& rows, std::size_t n_terms,
                       std::span<const std::uint32_t> ids, const TermWeights<T>& weights,
                       int n_threads) {
  std::vector<std::uint32_t> columns(n_terms, Vocabulary::kNone);
  for (std::size_t c = 0; c < ids.size(); ++c) columns[ids[c]] = static_cast<std::uint32_t>(c);
  const std::size_t n_rows = rows.ends.size();
  std::vector<RowChunk<T>> chunks(chunk_count(n_rows, kRowsPerChunk));
  std::vector<std::int64_t> row_ends(n_rows);
  parallel_for(n_rows, kRowsPerChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t c) {
                 RowWeigher<T> weigher(columns, weights);
                 for (std::size_t i = begin; i < end; ++i) {
                   row_ends[i] = static_cast<std::int64_t>(weigher.add(rows.row(i), chunks[c]));
                 }
               });
  return put_together(std::move(chunks), std::move(row_ends), n_threads);
}

template TermRows<double> weigh_rows(const CountedRows&, std::size_t,
                                     std::span<const std::uint32_t>, const TermWeights<double>&,
                                     int);
template TermRows<float> weigh_rows(const CountedRows&, std::size_t, std::span<const std::uint32_t>,
                                    const TermWeights<float>&, int);
template TermRows<std::int64_t> weigh_rows(const CountedRows&, std::size_t,
                                           std::span<const std::uint32_t>,
                                           const TermWeights<std::int64_t>&, int);

}  // namespace slimline
