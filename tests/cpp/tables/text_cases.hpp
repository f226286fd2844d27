// Features of texts in all ways, and of some of their terms alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slimline/text/features.hpp"
#include "slimline/text/term_counts.hpp"

namespace slimline {

inline std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

struct Case {
  TextOptions options{};
  bool hashed = false;
  bool has_idf = false;
  bool binary = false;
  bool sublinear = false;
  Norm norm = Norm::kL2;
  std::size_t n_out = 1;
  bool some = false;  // only every other term has a feature
};

inline TextFeatures features_of(const Case& c, const std::vector<std::string>& texts) {
  TextFeatures features{.analyzer = TextAnalyzer(c.options),
                        .terms = TermHashing{37, !c.sublinear},
                        .binary = c.binary,
                        .sublinear = c.sublinear,
                        .norm = c.norm};
  if (!c.hashed) {
    TermCounts counts;
    counts.add(features.analyzer, views_of(texts), 1, nullptr);
    features.terms =
        std::make_shared<const Vocabulary>(counts.vocabulary(counts.select({.min_texts = 2})));
  }
  for (std::size_t i = 0; c.has_idf && i < features.n_columns(); ++i) {
    features.idf.push_back(1 + static_cast<double>(i % 7) / 3);
  }
  return features;
}

// Every other column is a feature; backwards, so that none has the number of its term.
constexpr bool is_kept(std::size_t column) { return column % 2 == 1; }

inline TextFeatures some_of(TextFeatures features) {
  const std::size_t n = features.n_columns();
  if (features.hashes()) {
    for (std::size_t i = 1; i < n; i += 2) {
      features.features.push_back(static_cast<std::uint32_t>(i));
    }
    return features;
  }
  const Vocabulary& all = *std::get<0>(features.terms);
  const auto hashes = term_hashes(all);
  Vocabulary kept;
  std::vector<double> idf;
  std::map<std::uint32_t, double> silent;
  for (std::size_t i = 0; i < n; ++i) {
    const double own = features.idf.empty() ? 1 : features.idf[i];
    if (!is_kept(i)) {
      silent[hashes[i]] = own;
      continue;
    }
    kept.add(all.term(i));
    idf.push_back(own);
  }
  for (std::size_t i = kept.size(); i > 0; --i) {
    features.features.push_back(static_cast<std::uint32_t>(i - 1));
  }
  std::vector<std::uint32_t> ascending;
  for (const auto& [hash, own] : silent) {
    ascending.push_back(hash);
    idf.push_back(own);
  }
  features.silent = SilentTerms(std::move(ascending));
  if (!features.idf.empty()) features.idf = idf;
  features.terms = std::make_shared<const Vocabulary>(std::move(kept));
  return features;
}

}  // namespace slimline
