// The first layer of a predictor of texts, multiplied with the features of their terms: see
// slimline/text_stack.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/workspace.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/table_stack.hpp"
#include "slimline/text/features.hpp"

namespace slimline {

class TextSums {
 public:
  // The features must outlive it, where they are.
  TextSums(const TextFeatures& features, const FirstLayer& first);

  std::size_t n_out() const { return bias_.size(); }
  // The outputs of the layer for a text, in y (n_out).
  void forward(std::string_view text, TextReader& reader, float* y, Workspace& workspace) const;

 private:
  void fill_row(std::uint32_t column, const class InputWeights& weights, float* row) const;
  const float* row_of(std::uint32_t column) const;
  double frequency(std::int32_t count) const;
  void prefetch_row(std::uint32_t column) const;
  double add_terms(std::span<const TermCount> counts, double* sums) const;
  void add_row(double frequency, const float* row, double* sums) const;

  const TextFeatures& features_;
  std::vector<double> bias_;
  FusedActivation activation_;
  bool has_idf_;           // whether a row begins with the idf
  bool rows_of_features_;  // rows are by feature, else by column
  std::size_t stride_;
  std::vector<float> rows_;
  std::vector<double> silent_;            // idf of columns behind those of terms
  std::array<double, 16> frequencies_{};  // by count
};

}  // namespace slimline
