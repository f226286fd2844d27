// Texts to rows of features, a text at a time or in batches.
//
// One text: a TextReader holds what one thread needs, and allocates nothing once it has seen its
// largest text:
//
//   TextReader reader(analyzer, vocabulary);
//   for (const TermCount& term : reader.counts(text)) ... term.column, term.count ...
//
// Batches: vectorize() gives CSR rows, the same for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "slimline/text/analyzer.hpp"
#include "slimline/text/silent_terms.hpp"
#include "slimline/text/vocabulary.hpp"
#include "slimline/text/weights.hpp"

namespace slimline {

// Columns by MurmurHash3 instead of a vocabulary, as scikit-learn's FeatureHasher has them.
struct TermHashing {
  std::uint32_t n_columns;  // 1 to 2^31 - 1
  bool alternate_sign = true;
};

// A vocabulary without some of its terms, whose columns come behind its own.
struct PrunedVocabulary {
  const Vocabulary* terms;
  const SilentTerms* silent;
};

// Which column a term has: its number in a vocabulary, which must outlive this, or its hash.
using TermColumns = std::variant<const Vocabulary*, TermHashing, PrunedVocabulary>;

class TermCounter;

// Reads texts one after the other. Not for several threads at once.
class TextReader {
 public:
  TextReader(const TextAnalyzer& analyzer, TermColumns columns);
  ~TextReader();
  TextReader(const TextReader&) = delete;
  TextReader& operator=(const TextReader&) = delete;

  // The columns of a text, each once, in the order in which they occur in it; valid until the next.
  std::span<const TermCount> counts(std::string_view text);
  // The same, ascending.
  std::span<const TermCount> sorted_counts(std::string_view text);

 private:
  const TextAnalyzer& analyzer_;
  TermColumns columns_;
  TextScratch scratch_;
  std::unique_ptr<TermCounter> counter_;
};

// CSR: row i has columns[k] and values[k] for k in [row_ends[i - 1], row_ends[i]), columns ascend.
template <class T>
struct TermRows {
  std::vector<std::int64_t> row_ends;
  std::size_t n_values = 0;
  std::unique_ptr<std::int32_t[]> columns;
  std::unique_ptr<T[]> values;
};

template <class T>
TermRows<T> vectorize(const TextAnalyzer& analyzer, TermColumns columns,
                      std::span<const std::string_view> texts, const TermWeights<T>& weights,
                      int n_threads);

}  // namespace slimline
