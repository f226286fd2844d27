#include "tables/text_sums.hpp"

#include <algorithm>
#include <cmath>

#include "core/prefetch.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"
#include "slimline/size.hpp"
#include "tables/input_weights.hpp"

namespace slimline {
namespace {

// Outputs from which on a call of a kernel costs less than it saves.
constexpr std::size_t kManyOutputs = 8;
// Terms whose rows are asked for in advance.
constexpr std::size_t kTermsAhead = 8;

}  // namespace

TextSums::TextSums(const TextFeatures& features, const FirstLayer& first)
    : features_(features),
      activation_(make_fused_activation(first.activation)),
      has_idf_(!features.idf.empty() && features.norm != Norm::kNone),
      rows_of_features_(features.hashes() && features.idf.empty()) {
  const InputWeights weights(first, features.n_features());
  bias_ = weights.bias();
  stride_ = n_out() + (has_idf_ ? 1 : 0);
  const std::size_t n = rows_of_features_ ? features.n_features() : features.n_terms();
  rows_.resize(checked_product(n, stride_));
  for (std::size_t i = 0; i < n; ++i) {
    const auto column = static_cast<std::uint32_t>(i);
    fill_row(column, weights, rows_.data() + i * stride_);
  }
  if (features.silent) {
    silent_.assign(features.silent->size(), 1.0);
    if (!features.idf.empty()) silent_.assign(features.idf.begin() + n, features.idf.end());
  }
  for (std::size_t count = 1; count < frequencies_.size(); ++count) {
    frequencies_[count] = features.binary      ? 1
                          : features.sublinear ? 1 + std::log(static_cast<double>(count))
                                               : static_cast<double>(count);
  }
}

void TextSums::fill_row(std::uint32_t i, const InputWeights& weights, float* row) const {
  const std::uint32_t feature = rows_of_features_ ? i : features_.feature(i);
  const double idf = features_.idf.empty() ? 1 : features_.idf[i];
  if (has_idf_) *row++ = static_cast<float>(idf);
  if (feature == Vocabulary::kNone) return;
  for (std::size_t o = 0; o < n_out(); ++o) {
    row[o] = static_cast<float>(idf * weights(feature, o));
    require(std::isfinite(row[o]), "weights of terms times their idf must be within float32");
  }
}

const float* TextSums::row_of(std::uint32_t column) const {
  if (!rows_of_features_) return rows_.data() + column * stride_;
  const std::uint32_t feature = features_.feature(column);
  return feature == Vocabulary::kNone ? nullptr : rows_.data() + feature * stride_;
}

void TextSums::prefetch_row(std::uint32_t column) const {
  if (rows_of_features_ || column >= features_.n_terms()) return;
  prefetch_lines(row_of(column), stride_);
}

double TextSums::frequency(std::int32_t count) const {
  const auto place = static_cast<std::size_t>(count);  // a negative one is large
  if (place < frequencies_.size() && place > 0) return frequencies_[place];
  if (features_.binary) return 1;
  const auto n = static_cast<double>(count);
  return features_.sublinear ? 1 + std::log(n) : n;
}

void TextSums::add_row(double frequency, const float* row, double* sums) const {
  if (n_out() >= kManyOutputs) {
    kernels::vector_kernels<float>().axpy_wide(frequency, row, sums, n_out());
    return;
  }
  for (std::size_t o = 0; o < n_out(); ++o) sums[o] += frequency * static_cast<double>(row[o]);
}

// Returns the norm of the terms.
double TextSums::add_terms(std::span<const TermCount> counts, double* sums) const {
  const bool l1 = features_.norm == Norm::kL1;
  const std::size_t n_rows = features_.n_terms();
  double norm = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (k + kTermsAhead < counts.size()) prefetch_row(counts[k + kTermsAhead].column);
    const double tf = frequency(counts[k].count);
    double value = tf;
    if (counts[k].column >= n_rows && !rows_of_features_) {
      value *= silent_[counts[k].column - n_rows];
      norm += l1 ? std::abs(value) : value * value;
      continue;
    }
    const float* row = row_of(counts[k].column);
    if (has_idf_) value *= static_cast<double>(*row++);
    norm += l1 ? std::abs(value) : value * value;
    if (row != nullptr) add_row(tf, row, sums);
  }
  if (features_.norm == Norm::kNone || norm == 0) return 1;
  return l1 ? norm : std::sqrt(norm);
}

void TextSums::forward(std::string_view text, TextReader& reader, float* y,
                       Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  auto* sums = workspace.take<double>(n_out());
  std::fill_n(sums, n_out(), 0.0);
  const double norm = add_terms(reader.counts(text), sums);
  bool finite = true;
  for (std::size_t o = 0; o < n_out(); ++o) {
    const auto z = static_cast<float>(bias_[o] + sums[o] / norm);
    finite &= std::isfinite(z);
    y[o] = activation_.relu && z < 0 ? 0.0F : z;
  }
  require(finite,
          "what the model makes of a text must be finite and within float32, got NaN or infinity");
  if (activation_.rest != nullptr) activation_.rest(y, n_out());
}

}  // namespace slimline
