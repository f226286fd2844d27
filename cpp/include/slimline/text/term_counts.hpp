// What vectorizers learn: every term of the texts seen, in how many texts it occurs and how often.
// Counting goes on text by text, and counts of parts that were seen elsewhere can be merged: exact,
// whatever the number of threads and parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "slimline/text/analyzer.hpp"
#include "slimline/text/growing.hpp"
#include "slimline/text/vectorize.hpp"
#include "slimline/text/vocabulary.hpp"
#include "slimline/text/weights.hpp"

namespace slimline {

// Rows of counts, each by the numbers of terms in TermCounts, in the order in which they occur.
struct CountedRows {
  std::vector<TermCount> counts;
  std::vector<std::size_t> ends;  // of each row in counts

  std::span<const TermCount> row(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return {counts.data() + begin, ends[i] - begin};
  }
};

// Which terms become columns.
struct TermSelection {
  std::uint64_t min_texts = 0;
  std::uint64_t max_texts = std::numeric_limits<std::uint64_t>::max();
  // The most that are kept: those that occur most often, of equals the first by code points.
  std::size_t max_terms = std::numeric_limits<std::size_t>::max();
  bool by_texts = false;  // "most often" counts texts, not occurrences
};

// Of a term: in how many texts it occurs, and how often.
struct TermTally {
  std::uint64_t n_texts = 0;
  std::uint64_t n_occurrences = 0;
};

class TermCounts {
 public:
  TermCounts() = default;
  // What was counted elsewhere, terms in the order in which they occurred first. Throws
  // std::invalid_argument where there are not as many tallies as terms.
  TermCounts(Vocabulary terms, std::span<const TermTally> tallies, std::uint64_t n_texts);

  // Counts texts; their rows are added to `rows` unless that is null.
  void add(const TextAnalyzer& analyzer, std::span<const std::string_view> texts, int n_threads,
           CountedRows* rows);
  // As if the texts of `other` had been added after these.
  void merge(const TermCounts& other) { merge(other, nullptr); }

  std::uint64_t n_texts() const { return n_texts_; }
  const Vocabulary& terms() const { return terms_; }
  const TermTally& tally(std::size_t id) const { return entries_[id].tally; }

  // Numbers of the terms that are kept, ascending by the terms' code points.
  std::vector<std::uint32_t> select(const TermSelection& selection) const;
  // A vocabulary of these, in this order.
  Vocabulary vocabulary(std::span<const std::uint32_t> ids) const;

 private:
  struct Entry {
    TermTally tally;
    std::uint64_t last = 0;   // the last text that it occurs in, counted from 1
    std::uint32_t place = 0;  // in the row of that text
  };

  void add_part(const TextAnalyzer& analyzer, std::span<const std::string_view> texts,
                CountedRows* rows);
  void count_term(const HashedTerm& term, std::size_t row_begin, CountedRows* rows);
  // places[id] becomes the number here of term `id` there, unless `places` is null.
  void merge(const TermCounts& other, std::vector<std::uint32_t>* places);
  void keep_most(std::vector<std::uint32_t>& ids, const TermSelection& selection) const;

  Vocabulary terms_;
  std::vector<Entry> entries_;
  std::uint64_t n_texts_ = 0;
};

// Rows of values with the columns that `ids` give: ids[column] is a term's number in TermCounts,
// which holds n_terms. Norms add up in the order of those numbers, as in scikit-learn's
// fit_transform.
template <class T>
TermRows<T> weigh_rows(const CountedRows& rows, std::size_t n_terms,
                       std::span<const std::uint32_t> ids, const TermWeights<T>& weights,
                       int n_threads);

}  // namespace slimline
