// The features of a text: what a block of texts in front of a model has learned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "slimline/text/analyzer.hpp"
#include "slimline/text/vectorize.hpp"
#include "slimline/text/vocabulary.hpp"
#include "slimline/text/weights.hpp"

namespace slimline {

// A feature is the weight of a term: its count, 1 + ln(count) if `sublinear`, or 1 if `binary`,
// times its idf, divided by the norm of all terms of the text.
struct TextFeatures {
  TextAnalyzer analyzer;
  std::variant<std::shared_ptr<const Vocabulary>, TermHashing> terms;
  // Of a vocabulary the feature of each term; empty: they are in the order of the terms. Of hashed
  // terms the columns that are features, ascending; empty: all.
  std::vector<std::uint32_t> features{};
  // Of a vocabulary: terms that count for the norm alone.
  std::optional<SilentTerms> silent{};
  std::vector<double> idf{};  // of each column; empty: 1
  bool binary = false;
  bool sublinear = false;
  Norm norm = Norm::kL2;

  bool hashes() const { return std::holds_alternative<TermHashing>(terms); }
  // Terms of the vocabulary and silent ones behind them, or columns of hashed terms.
  std::size_t n_columns() const;
  std::size_t n_features() const;
  // What a TextReader needs; refers to this.
  TermColumns columns() const;
  // Terms of the vocabulary, or columns of hashed terms: those that can be features.
  std::size_t n_terms() const;
  // The feature of a column, or kNone.
  std::uint32_t feature(std::uint32_t column) const;
};

// Throws std::invalid_argument where the parts do not fit together.
void check_features(const TextFeatures& features);

}  // namespace slimline
