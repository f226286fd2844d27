// A predictor of texts: what their terms weigh, and layers.
//
// The first layer is float32 and dense. Its sums grow while terms are looked at: each adds its
// count times a row of weights, in which idf is multiplied out, and the sums are divided by the
// norm of the text at the end. No feature is written. Rows of weights, and the idf that the norm
// takes, are rounded to float32; sums and norms run in float64, in the order in which terms occur
// in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "slimline/layers/stack.hpp"
#include "slimline/matrix.hpp"
#include "slimline/table_stack.hpp"
#include "slimline/text/features.hpp"

namespace slimline {

// Any number of threads use it at once.
class TextStack {
 public:
  // `rest` takes the outputs of the first layer; null where there is no other layer. Throws
  // std::invalid_argument where the parts do not fit together, or where a weight times an idf is
  // beyond float32.
  TextStack(std::shared_ptr<const TextFeatures> features, const FirstLayer& first,
            std::shared_ptr<const Stack> rest);
  TextStack(TextStack&&) noexcept;
  TextStack& operator=(TextStack&&) noexcept;
  ~TextStack();

  std::size_t n_outputs() const;

  // out: (texts, n_outputs). The result of a text depends on that text alone, to the bit. Throws
  // std::invalid_argument where outputs are not finite. Nothing is allocated once texts as long
  // have been read on as many threads, unless they take megabytes.
  void forward(std::span<const std::string_view> texts, MatrixView<float> out, int n_threads) const;
  // See Stack::winners.
  void winners(std::span<const std::string_view> texts, std::span<std::int64_t> places,
               int n_threads) const;

 private:
  struct Parts;

  std::unique_ptr<Parts> parts_;
};

}  // namespace slimline
