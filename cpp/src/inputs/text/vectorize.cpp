#include "slimline/text/vectorize.hpp"

#include <cstdlib>
#include <limits>

#include "core/interrupt.hpp"
#include "inputs/text/hashed_terms.hpp"
#include "inputs/text/murmur.hpp"
#include "inputs/text/row_chunks.hpp"
#include "inputs/text/term_counter.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

// Texts whose rows are made by one thread at a time, and what they are put together from.
constexpr std::size_t kTextsPerChunk = 128;

std::uint32_t hashed_column(std::int32_t hash, std::uint32_t n_columns) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::int32_t>::max();
  if (hash == std::numeric_limits<std::int32_t>::min())
    return (kMost - (n_columns - 1)) % n_columns;
  return static_cast<std::uint32_t>(std::abs(hash)) % n_columns;
}

void count_known(const TextAnalyzer& analyzer, const TextScratch& scratch,
                 const Vocabulary& vocabulary, TermCounter& counter) {
  each_hashed_term(analyzer, scratch, vocabulary, [&](const HashedTerm& term) {
    const std::uint32_t id = vocabulary.find(term);
    if (id != Vocabulary::kNone) counter.add(id, 1);
  });
}

void count_pruned(const TextAnalyzer& analyzer, const TextScratch& scratch, PrunedVocabulary pruned,
                  TermCounter& counter) {
  const auto n_terms = static_cast<std::uint32_t>(pruned.terms->size());
  each_hashed_term(analyzer, scratch, *pruned.terms, [&](const HashedTerm& term) {
    const std::uint32_t id = pruned.terms->find(term);
    if (id != Vocabulary::kNone) return counter.add(id, 1);
    const auto hash = static_cast<std::uint32_t>(murmur3(term.text, term.length));
    const std::uint32_t place = pruned.silent->find(hash);
    if (place != SilentTerms::kNone) counter.add(n_terms + place, 1);
  });
}

void count_hashed(const TextAnalyzer& analyzer, const TextScratch& scratch, TermHashing hashing,
                  TermCounter& counter) {
  std::size_t n_terms = 0;
  TermWalk(analyzer, scratch).each([&](const char* text, std::size_t length) {
    if (n_terms++ % 64 == 0) check_interrupt_at(n_terms / 64);
    const std::int32_t hash = murmur3(text, length);
    counter.add(hashed_column(hash, hashing.n_columns),
                hashing.alternate_sign && hash < 0 ? -1 : 1);
  });
}

}  // namespace

TextReader::TextReader(const TextAnalyzer& analyzer, TermColumns columns)
    : analyzer_(analyzer), columns_(columns), counter_(std::make_unique<TermCounter>()) {
  if (const auto* hashing = std::get_if<TermHashing>(&columns_)) {
    constexpr std::uint32_t kMost = std::numeric_limits<std::int32_t>::max();
    require(hashing->n_columns >= 1 && hashing->n_columns <= kMost,
            "n_columns must be in 1..2^31 - 1");
  }
}

TextReader::~TextReader() = default;

std::span<const TermCount> TextReader::counts(std::string_view text) {
  counter_->clear();
  analyzer_.read(text, scratch_);
  if (const auto* vocabulary = std::get_if<const Vocabulary*>(&columns_)) {
    count_known(analyzer_, scratch_, **vocabulary, *counter_);
  } else if (const auto* pruned = std::get_if<PrunedVocabulary>(&columns_)) {
    count_pruned(analyzer_, scratch_, *pruned, *counter_);
  } else {
    count_hashed(analyzer_, scratch_, std::get<TermHashing>(columns_), *counter_);
  }
  scratch_.trim();
  return counter_->counts();
}

std::span<const TermCount> TextReader::sorted_counts(std::string_view text) {
  counts(text);
  return counter_->sorted();
}

template <class T>
TermRows<T> vectorize(const TextAnalyzer& analyzer, TermColumns columns,
                      std::span<const std::string_view> texts, const TermWeights<T>& weights,
                      int n_threads) {
  std::vector<RowChunk<T>> chunks(chunk_count(texts.size(), kTextsPerChunk));
  std::vector<std::int64_t> row_ends(texts.size());
  parallel_for(texts.size(), kTextsPerChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t c) {
                 TextReader reader(analyzer, columns);
                 for (std::size_t i = begin; i < end; ++i) {
                   const auto counts = reader.sorted_counts(texts[i]);
                   weigh(counts, weights, chunks[c].add(counts));
                   row_ends[i] = static_cast<std::int64_t>(counts.size());
                 }
               });
  return put_together(std::move(chunks), std::move(row_ends), n_threads);
}

template TermRows<double> vectorize(const TextAnalyzer&, TermColumns,
                                    std::span<const std::string_view>, const TermWeights<double>&,
                                    int);
template TermRows<float> vectorize(const TextAnalyzer&, TermColumns,
                                   std::span<const std::string_view>, const TermWeights<float>&,
                                   int);
template TermRows<std::int64_t> vectorize(const TextAnalyzer&, TermColumns,
                                          std::span<const std::string_view>,
                                          const TermWeights<std::int64_t>&, int);

}  // namespace slimline
