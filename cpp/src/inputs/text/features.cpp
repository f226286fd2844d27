#include "slimline/text/features.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "slimline/error.hpp"

namespace slimline {
namespace {

// Each of the features 0, 1, ... is that of one term.
void check_places(const TextFeatures& features) {
  std::vector<bool> taken(features.n_features());
  for (const std::uint32_t feature : features.features) {
    require(feature < taken.size() && !taken[feature],
            "features must be 0, 1, 2, ..., each of one term");
    taken[feature] = true;
  }
}

void check_hashing(const TextFeatures& features, TermHashing hashing) {
  require(hashing.n_columns >= 1 && hashing.n_columns <= Vocabulary::kMostTerms,
          "n_columns must be in 1..2^31 - 1");
  require(!features.sublinear || !hashing.alternate_sign,
          "sublinear counts must not have signs: alternate_sign must be false");
  const auto& kept = features.features;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    require(kept[i] < hashing.n_columns && (i == 0 || kept[i - 1] < kept[i]),
            "features of hashed terms must ascend below n_columns");
  }
}

}  // namespace

std::size_t TextFeatures::n_terms() const {
  if (const auto* hashing = std::get_if<TermHashing>(&terms)) return hashing->n_columns;
  return std::get<0>(terms)->size();
}

std::size_t TextFeatures::n_columns() const { return n_terms() + (silent ? silent->size() : 0); }

std::size_t TextFeatures::n_features() const {
  return hashes() && !features.empty() ? features.size() : n_terms();
}

TermColumns TextFeatures::columns() const {
  if (const auto* hashing = std::get_if<TermHashing>(&terms)) return *hashing;
  const Vocabulary* vocabulary = std::get<0>(terms).get();
  if (silent) return PrunedVocabulary{vocabulary, &*silent};
  return vocabulary;
}

std::uint32_t TextFeatures::feature(std::uint32_t column) const {
  if (column >= n_terms()) return Vocabulary::kNone;
  if (features.empty()) return column;
  if (!hashes()) return features[column];
  const auto found = std::lower_bound(features.begin(), features.end(), column);
  if (found == features.end() || *found != column) return Vocabulary::kNone;
  return static_cast<std::uint32_t>(found - features.begin());
}

void check_features(const TextFeatures& features) {
  require(features.idf.empty() || features.idf.size() == features.n_columns(),
          "idf must have an entry for each term");
  require(!features.silent || !features.hashes(), "hashed terms have no silent ones");
  for (const double idf : features.idf) require(std::isfinite(idf), "idf must be finite");
  if (const auto* hashing = std::get_if<TermHashing>(&features.terms)) {
    return check_hashing(features, *hashing);
  }
  require(features.features.empty() || features.features.size() == features.n_terms(),
          "features must have an entry for each term");
  check_places(features);
}

}  // namespace slimline
