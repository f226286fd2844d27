#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "inputs/text/murmur.hpp"
#include "slimline/random.hpp"
#include "slimline/text/term_counts.hpp"
#include "slimline/text/vectorize.hpp"

namespace slimline {
namespace {

// Words of few letters, so that most occur often.
struct Corpus {
  std::vector<std::string> texts;
  std::vector<std::string_view> views;

  explicit Corpus(std::size_t n) : texts(n) {
    Random random(9);
    for (std::string& text : texts) {
      for (std::size_t words = random.below(40); words > 0; --words) {
        for (std::size_t n_letters = 1 + random.below(4); n_letters > 0; --n_letters) {
          text += static_cast<char>('a' + random.below(5));
        }
        text += ' ';
      }
    }
    views.assign(texts.begin(), texts.end());
  }
};

struct Rows {
  std::vector<std::int64_t> ends;
  std::vector<std::int32_t> columns;
  std::vector<double> values;
  bool operator==(const Rows&) const = default;
};

Rows of(const TermRows<double>& rows) {
  return {rows.row_ends,
          {rows.columns.get(), rows.columns.get() + rows.n_values},
          {rows.values.get(), rows.values.get() + rows.n_values}};
}

}  // namespace

TEST_CASE("murmur3 gives the hashes that its reference gives") {
  const auto hash = [](std::string text) {
    const std::size_t n = text.size();
    text.resize(n + kTermPadding);
    return static_cast<std::uint32_t>(murmur3(text.data(), n));
  };
  CHECK(hash("") == 0);
  CHECK(hash("test") == 0xba6bd213);
  CHECK(hash("Hello, world!") == 0xc0363e43);
  CHECK(hash("The quick brown fox jumps over the lazy dog") == 0x2e4ff723);
}

TEST_CASE("terms are counted as a map would, on any number of threads") {
  const Corpus corpus(700);
  const TextAnalyzer analyzer({.min_n = 1, .max_n = 2});
  std::map<std::string, TermTally> expected;
  for (const std::string& text : corpus.texts) {
    std::map<std::string, std::uint64_t> row;
    for (const std::string& term : analyzer.terms(text)) ++row[term];
    for (const auto& [term, count] : row) {
      ++expected[term].n_texts;
      expected[term].n_occurrences += count;
    }
  }
  for (const int n_threads : {1, 2, 5}) {
    TermCounts counts;
    counts.add(analyzer, corpus.views, n_threads, nullptr);
    CHECK(counts.n_texts() == corpus.texts.size());
    CHECK(counts.terms().size() == expected.size());
    const auto ids = counts.select({});
    auto entry = expected.begin();
    for (const std::uint32_t id : ids) {  // in the order of a map
      CHECK(counts.terms().term(id) == entry->first);
      CHECK(counts.tally(id).n_texts == entry->second.n_texts);
      CHECK(counts.tally(id).n_occurrences == entry++->second.n_occurrences);
    }
  }
}

TEST_CASE("counts of parts, merged, are those of all texts") {
  const Corpus corpus(300);
  const TextAnalyzer analyzer({});
  TermCounts all;
  all.add(analyzer, corpus.views, 1, nullptr);
  TermCounts merged;
  const std::span<const std::string_view> views = corpus.views;
  for (const auto& [begin, n] : {std::pair{0U, 100U}, {100U, 1U}, {101U, 0U}, {101U, 199U}}) {
    TermCounts part;
    part.add(analyzer, views.subspan(begin, n), 1, nullptr);
    merged.merge(part);
  }
  CHECK(merged.n_texts() == all.n_texts());
  CHECK(merged.terms().blob() == all.terms().blob());
  for (std::uint32_t id = 0; id < all.terms().size(); ++id) {
    CHECK(merged.tally(id).n_occurrences == all.tally(id).n_occurrences);
  }
}

TEST_CASE("of terms that occur equally often the first by code points are kept") {
  const TextAnalyzer analyzer({.token_pattern = R"(\w+)"});
  const std::vector<std::string_view> texts{"d c b a", "d e e"};
  TermCounts counts;
  counts.add(analyzer, texts, 1, nullptr);
  const auto kept = counts.vocabulary(counts.select({.max_terms = 3}));
  CHECK(std::string(kept.blob()) == "ade");
  const auto frequent = counts.vocabulary(counts.select({.min_texts = 2}));
  CHECK(std::string(frequent.blob()) == "d");
  const auto rare = counts.vocabulary(counts.select({.max_texts = 1}));
  CHECK(std::string(rare.blob()) == "abce");
}

TEST_CASE("rows are the same on any number of threads, read again or weighed as counted") {
  const Corpus corpus(700);
  const TextAnalyzer analyzer({.min_n = 1, .max_n = 2});
  TermCounts counts;
  CountedRows counted;
  counts.add(analyzer, corpus.views, 3, &counted);
  const auto ids = counts.select({.min_texts = 3, .max_terms = 200});
  const Vocabulary vocabulary = counts.vocabulary(ids);
  std::vector<double> idf(vocabulary.size());
  for (std::size_t i = 0; i < idf.size(); ++i) idf[i] = 1 + 1.0 / static_cast<double>(i + 1);
  const TermWeights<double> weights{.sublinear = true, .idf = idf};
  const Rows one = of(vectorize<double>(analyzer, &vocabulary, corpus.views, weights, 1));
  CHECK(one.ends.back() > 1000);
  for (const int n_threads : {2, 5}) {
    CHECK(of(vectorize<double>(analyzer, &vocabulary, corpus.views, weights, n_threads)) == one);
  }
  const std::size_t n_terms = counts.terms().size();
  CHECK(of(weigh_rows<double>(counted, n_terms, ids, weights, 2)) == one);
}

TEST_CASE("a norm of 1, and rows without terms") {
  const Corpus corpus(100);
  const TextAnalyzer analyzer({});
  const TermHashing hashing{.n_columns = 31};
  for (const Norm norm : {Norm::kL1, Norm::kL2}) {
    const auto rows = vectorize<double>(analyzer, hashing, corpus.views, {.norm = norm}, 2);
    std::size_t k = 0;
    for (const std::int64_t end : rows.row_ends) {
      double sum = 0;
      const std::size_t begin = k;
      for (; k < static_cast<std::size_t>(end); ++k) {
        sum += norm == Norm::kL1 ? std::abs(rows.values[k]) : rows.values[k] * rows.values[k];
        CHECK(rows.columns[k] < 31);
        if (k > begin) CHECK(rows.columns[k - 1] < rows.columns[k]);
      }
      if (sum != 0) CHECK(sum == doctest::Approx(1));
    }
  }
}

TEST_CASE("a reader of one text after the other gives what a batch gives") {
  const Corpus corpus(50);
  const TextAnalyzer analyzer({});
  TermCounts counts;
  counts.add(analyzer, corpus.views, 1, nullptr);
  const Vocabulary vocabulary = counts.vocabulary(counts.select({}));
  const Rows rows = of(vectorize<double>(analyzer, &vocabulary, corpus.views, {}, 1));
  TextReader reader(analyzer, &vocabulary);
  std::size_t k = 0;
  for (const std::string& text : corpus.texts) {
    for (const TermCount& term : reader.sorted_counts(text)) {
      CHECK(static_cast<std::int32_t>(term.column) == rows.columns[k]);
      CHECK(term.count == rows.values[k++]);
    }
  }
  CHECK(k == rows.values.size());
}

}  // namespace slimline
