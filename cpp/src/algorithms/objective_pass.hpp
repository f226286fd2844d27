// One pass over the rows that takes the mean loss of every output at given weights and its
// gradient. The rows are read once: four at a time, or for several outputs of dense float32 rows by
// blocks, whose products with the weights and with the slopes are matrix products. Sums run over
// fixed chunks of rows, so that the result does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "algorithms/four_losses.hpp"
#include "algorithms/rows.hpp"
#include "algorithms/sgd_problem.hpp"
#include "core/parallel.hpp"

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
  static constexpr std::size_t kBlockRows = 64;
  static constexpr std::size_t kPanel = kernels::kPanel;

  // Rows k, k + 1, ... of those that take part; the last one again where they end.
  FourRows four(std::size_t k, std::size_t end) const {
    FourRows i;
    for (std::size_t j = 0; j < 4; ++j) i[j] = problem_.row(std::min(k + j, end - 1));
    return i;
  }

  void run_fours(const OutputWeights<T>& weights, std::span<const std::size_t> outputs,
                 std::size_t begin, std::size_t end, OutputWeights<T>& sum) const {
    const std::size_t n_outputs = outputs.size();
    std::fill_n(sum.coef.view().data(), n_outputs * X_.cols(), T{0});
    std::vector<T> products(4 * n_outputs);
    const MatrixView<const T> W = weights.coef.view().slice(0, n_outputs);
    for (std::size_t k = begin; k < end; k += 4) {
      const FourRows i = four(k, end);
      X_.dot4(i, W, products.data());
      const std::size_t count = std::min<std::size_t>(4, end - k);
      take_slopes(weights, outputs, i, count, sum,
                  [&](std::size_t j, std::size_t r) -> T& { return products[4 * r + j]; });
      for (std::size_t r = 0; r < n_outputs; ++r) {
        for (std::size_t j = count; j < 4; ++j) products[4 * r + j] = 0;
      }
      for (std::size_t r = 0; r < n_outputs; ++r) {
        X_.axpy4(i, &products[4 * r], sum.coef.row(r));
      }
    }
  }

  // The first n_outputs rows of W into panels of kPanel outputs: [panel][column][kPanel].
  void pack(const Matrix<float>& W, std::size_t n_outputs) {
    panels_.assign(chunk_count(n_outputs, kPanel) * kPanel * X_.cols(), 0.0F);
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
    std::vector<float> products(n_panels * kBlockRows * kPanel);  // [panel][row][kPanel]
    std::vector<float> more(d * kPanel);
    std::vector<float> gradient(n_panels * d * kPanel);  // [panel][column][kPanel]
    for (std::size_t k = begin; k < end; k += kBlockRows) {
      const std::size_t n = std::min(kBlockRows, end - k);
      for (std::size_t j = 0; j < n; ++j) {
        std::copy_n(X_.view().row(problem_.row(k + j)), d, block.row(j));
      }
      for (std::size_t p = 0; p < n_panels; ++p) {
        gemm.f32(block.row(0), d, &panels_[p * kPanel * d], 1, n, d,
                 &products[p * kBlockRows * kPanel], kPanel);
      }
      for (std::size_t j = 0; j < n; j += 4) {
        take_slopes(weights, outputs, four(k + j, end), std::min<std::size_t>(4, n - j), sum,
                    [&](std::size_t q, std::size_t r) -> float& {
                      return products[(r / kPanel * kBlockRows + j + q) * kPanel + r % kPanel];
                    });
      }
      for (std::size_t p = 0; p < n_panels; ++p) {
        gemm.f32_at(block.row(0), d, &products[p * kBlockRows * kPanel], 1, d, n, more.data(),
                    kPanel);
        kernels::vector_kernels<float>().axpy(1.0F, more.data(), &gradient[p * d * kPanel],
                                              more.size());
      }
    }
    for (std::size_t r = 0; r < outputs.size(); ++r) {
      const float* panel = gradient.data() + r / kPanel * kPanel * d + r % kPanel;
      for (std::size_t j = 0; j < d; ++j) sum.coef(r, j) = panel[j * kPanel];
    }
  }

  // Products of the weights with four rows, at(j, r) for row i[j] and the r-th output, become the
  // weighted slopes of their losses; rows from count on do not count.
  template <class At>
  void take_slopes(const OutputWeights<T>& weights, std::span<const std::size_t> outputs,
                   const FourRows& i, std::size_t count, OutputWeights<T>& sum,
                   const At& at) const {
    if (problem_.multinomial) {
      softmax_slopes(weights, i, count, sum, at);
    } else {
      std::visit([&](const auto& loss) { slopes(loss, weights, outputs, i, count, sum, at); },
                 problem_.loss);
    }
  }

  template <class Loss, class At>
  void slopes(const Loss& loss, const OutputWeights<T>& weights,
              std::span<const std::size_t> outputs, const FourRows& i, std::size_t count,
              OutputWeights<T>& sum, const At& at) const {
    for (std::size_t r = 0; r < outputs.size(); ++r) {
      FourLosses<Loss> four;
      for (std::size_t j = 0; j < 4; ++j) {
        RowLabel label = problem_.label(i[j], outputs[r]);
        double p = 0;
        if (j < count) {
          p = static_cast<double>(at(j, r)) + weights.intercept[r];
        } else {
          label.weight = 0;
        }
        const double slope = label.weight * four.slope(loss, p, label, problem_.options.epsilon);
        if (j < count) at(j, r) = static_cast<T>(slope);
        sum.intercept[r] += slope;
      }
      sum.loss[r] += four.sum();
    }
  }

  template <class At>
  void softmax_slopes(const OutputWeights<T>& weights, const FourRows& i, std::size_t count,
                      OutputWeights<T>& sum, const At& at) const {
    const std::size_t n_outputs = weights.intercept.size();
    std::vector<double> scores(n_outputs);
    for (std::size_t j = 0; j < count; ++j) {
      for (std::size_t c = 0; c < n_outputs; ++c) {
        scores[c] = static_cast<double>(at(j, c)) + weights.intercept[c];
      }
      problem_.slopes(i[j], scores.data(), sum.loss.data(), [](std::size_t) { return true; });
      for (std::size_t c = 0; c < n_outputs; ++c) {
        at(j, c) = static_cast<T>(scores[c]);
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
