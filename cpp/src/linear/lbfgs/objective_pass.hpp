// One pass over the rows that computes the mean loss of every output at given weights, and its
// gradient. The rows are read once. They are taken four at a time; for several outputs of dense
// float32 rows they are taken in blocks, whose products with the weights and with the gradients of
// the losses are matrix products. Sums run over fixed chunks of rows, so that the result does not
// depend on the number of threads.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "core/parallel.hpp"
#include "linalg/row_visits.hpp"
#include "linalg/rows.hpp"
#include "linear/problem.hpp"
#include "linear/sgd/four_row_sums.hpp"

namespace slimline {

// Weights, or a gradient, of some outputs.
template <class T>
struct OutputWeights {
  OutputWeights(std::size_t n_outputs, std::size_t n_features)
      : coef(n_outputs, n_features), intercept(n_outputs), loss(n_outputs) {}
  Matrix<T> coef;
  std::vector<double> intercept;
  std::vector<double> loss;  // of a gradient
};

template <class T, class Rows>
class ObjectivePass {
 public:
  ObjectivePass(const Rows& X, const SgdProblem<T>& problem)
      : X_(X),
        problem_(problem),
        n_(problem.n_rows()),
        grain_(std::max<std::size_t>(4, (chunk_count(n_, kChunks) + 3) / 4 * 4)) {
    for (std::size_t k = 0; k < chunk_count(n_, grain_); ++k) {
      partial_.emplace_back(problem.n_outputs(), X.cols());
    }
  }

  std::size_t size() const { return n_; }

  // The r-th row of weights is output outputs[r]; with "multinomial" outputs are all of them.
  void run(const OutputWeights<T>& weights, std::span<const std::size_t> outputs,
           OutputWeights<double>& gradient) {
    const bool blocks = kBlocks && outputs.size() >= kBlockOutputs;
    if constexpr (kBlocks) {
      if (blocks) pack(weights.coef, outputs.size());
    }
    parallel_for(n_, grain_, problem_.options.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                   OutputWeights<T>& sum = partial_[chunk];
                   std::fill(sum.intercept.begin(), sum.intercept.end(), 0.0);
                   std::fill(sum.loss.begin(), sum.loss.end(), 0.0);
                   if constexpr (kBlocks) {
                     if (blocks) return run_blocks(weights, outputs, begin, end, sum);
                   }
                   run_fours(weights, outputs, begin, end, sum);
                 });
    const double share = 1 / static_cast<double>(n_);
    for (std::size_t r = 0; r < outputs.size(); ++r) {
      double* total = gradient.coef.row(r);
      std::fill_n(total, X_.cols(), 0.0);
      gradient.intercept[r] = 0;
      gradient.loss[r] = 0;
      for (const OutputWeights<T>& partial : partial_) {
        const T* sum = partial.coef.row(r);
        for (std::size_t j = 0; j < X_.cols(); ++j) total[j] += share * static_cast<double>(sum[j]);
        gradient.intercept[r] += share * partial.intercept[r];
        gradient.loss[r] += share * partial.loss[r];
      }
    }
  }

 private:
  static constexpr std::size_t kChunks = 16;
  static constexpr bool kBlocks = std::is_same_v<Rows, DenseRows<float>>;
  static constexpr std::size_t kBlockOutputs = 4;  // from here on blocks are faster
  static constexpr std::size_t kBlockRows = SgdProblem<T>::kLossRows;
  static constexpr std::size_t kPanel = kernels::kPanel;

  void run_fours(const OutputWeights<T>& weights, std::span<const std::size_t> outputs,
                 std::size_t begin, std::size_t end, OutputWeights<T>& sum) const {
    const MatrixView<T> gradient = sum.coef.view().slice(0, outputs.size());
    std::fill_n(gradient.data(), gradient.rows() * gradient.cols(), T{0});
    const auto row_of = [&](std::size_t k) { return problem_.row(k); };
    const auto slopes = [&](std::span<const std::size_t> rows, const auto& at) {
      take_slopes(weights, outputs, rows, sum, at);
    };
    add_four_row_sums<kBlockRows, T>(X_, weights.coef.view().slice(0, outputs.size()), begin, end,
                                     row_of, slopes, gradient);
  }

  // The first n_outputs rows of W into panels of kPanel outputs: [panel][column][kPanel].
  void pack(const Matrix<float>& W, std::size_t n_outputs) {
    panels_.assign(checked_product(chunk_count(n_outputs, kPanel), kPanel, X_.cols()), 0.0F);
    for (std::size_t r = 0; r < n_outputs; ++r) {
      float* panel = panels_.data() + r / kPanel * kPanel * X_.cols() + r % kPanel;
      for (std::size_t j = 0; j < X_.cols(); ++j) panel[j * kPanel] = W(r, j);
    }
  }

  void run_blocks(const OutputWeights<float>& weights, std::span<const std::size_t> outputs,
                  std::size_t begin, std::size_t end, OutputWeights<float>& sum) const {
    const auto& gemm = kernels::active_table().gemm;
    const std::size_t d = X_.cols();
    const std::size_t n_panels = chunk_count(outputs.size(), kPanel);
    Matrix<float> block(kBlockRows, d);
    std::vector<float> products(
        checked_product(n_panels, kBlockRows, kPanel));  // [panel][row][kPanel]
    std::vector<float> more(checked_product(d, kPanel));
    std::vector<float> gradient(checked_product(n_panels, d, kPanel));  // [panel][column][kPanel]
    std::array<std::size_t, kBlockRows> rows;
    visit_blocks<kBlockRows>(begin, end, [&](std::span<const std::size_t> numbers) {
      const std::size_t n = numbers.size();
      for (std::size_t j = 0; j < n; ++j) {
        rows[j] = problem_.row(numbers[j]);
        std::copy_n(X_.view().row(rows[j]), d, block.row(j));
      }
      for (std::size_t p = 0; p < n_panels; ++p) {
        gemm.f32(block.row(0), d, &panels_[p * kPanel * d], 1, n, d,
                 &products[p * kBlockRows * kPanel], kPanel);
      }
      const auto at = [&](std::size_t j, std::size_t r) -> float& {
        return products[(r / kPanel * kBlockRows + j) * kPanel + r % kPanel];
      };
      take_slopes(weights, outputs, std::span(rows).first(n), sum, at);
      for (std::size_t p = 0; p < n_panels; ++p) {
        gemm.f32_at(block.row(0), d, &products[p * kBlockRows * kPanel], 1, d, n, more.data(),
                    kPanel);
        kernels::vector_kernels<float>().axpy(1.0F, more.data(), &gradient[p * d * kPanel],
                                              more.size());
      }
    });
    for (std::size_t r = 0; r < outputs.size(); ++r) {
      const float* panel = gradient.data() + r / kPanel * kPanel * d + r % kPanel;
      for (std::size_t j = 0; j < d; ++j) sum.coef(r, j) = panel[j * kPanel];
    }
  }

  // A slope, or 0 where it is nothing beside those of other rows: with the subnormal numbers of
  // float32 products would take many times as long.
  static T normal(double slope) {
    constexpr double kNothing = 1e-30;
    return std::abs(slope) < kNothing ? T{0} : static_cast<T>(slope);
  }

  // Products of the weights with rows, at(j, r) for the j-th of them and the r-th output, become
  // the weighted slopes of their losses.
  template <class At>
  void take_slopes(const OutputWeights<T>& weights, std::span<const std::size_t> outputs,
                   std::span<const std::size_t> rows, OutputWeights<T>& sum, const At& at) const {
    if (problem_.multinomial) {
      softmax_slopes(weights, rows, sum, at);
      return;
    }
    std::array<double, kBlockRows> scores;
    for (std::size_t r = 0; r < outputs.size(); ++r) {
      for (std::size_t j = 0; j < rows.size(); ++j) {
        scores[j] = static_cast<double>(at(j, r)) + weights.intercept[r];
      }
      sum.loss[r] += problem_.slopes_of(rows, outputs[r], std::span(scores).first(rows.size()));
      for (std::size_t j = 0; j < rows.size(); ++j) {
        at(j, r) = normal(scores[j]);
        sum.intercept[r] += scores[j];
      }
    }
  }

  template <class At>
  void softmax_slopes(const OutputWeights<T>& weights, std::span<const std::size_t> rows,
                      OutputWeights<T>& sum, const At& at) const {
    const std::size_t n_outputs = weights.intercept.size();
    std::vector<double> scores(n_outputs);
    for (std::size_t j = 0; j < rows.size(); ++j) {
      for (std::size_t c = 0; c < n_outputs; ++c) {
        scores[c] = static_cast<double>(at(j, c)) + weights.intercept[c];
      }
      problem_.slopes(rows[j], scores.data(), sum.loss.data(), [](std::size_t) { return true; });
      for (std::size_t c = 0; c < n_outputs; ++c) {
        at(j, c) = normal(scores[c]);
        sum.intercept[c] += scores[c];
      }
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  std::size_t n_;
  std::size_t grain_;
  std::vector<OutputWeights<T>> partial_;
  std::vector<float> panels_;  // the weights of blocks
};

}  // namespace slimline
