// One pass over the rows that takes the mean loss of every output at given weights and its
// gradient: the rows are read once, four at a time. Sums run over fixed chunks of rows, so that the
// result does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
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
        n_(problem.targets.rows.empty() ? X.rows() : problem.targets.rows.size()),
        grain_(std::max<std::size_t>(4, (chunk_count(n_, kChunks) + 3) / 4 * 4)) {
    for (std::size_t k = 0; k < chunk_count(n_, grain_); ++k) {
      partial_.emplace_back(problem.n_outputs(), X.cols());
    }
  }

  std::size_t size() const { return n_; }
  std::size_t row(std::size_t k) const {
    return problem_.targets.rows.empty() ? k : problem_.targets.rows[k];
  }

  // The r-th row of weights is output outputs[r]; with "multinomial" outputs are all of them.
  void run(const OutputWeights<T>& weights, std::span<const std::size_t> outputs,
           OutputWeights<double>& gradient) {
    parallel_for(n_, grain_, problem_.options.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                   run_chunk(weights, outputs, begin, end, partial_[chunk]);
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

  void run_chunk(const OutputWeights<T>& weights, std::span<const std::size_t> outputs,
                 std::size_t begin, std::size_t end, OutputWeights<T>& sum) const {
    const std::size_t n_outputs = outputs.size();
    std::fill_n(sum.coef.view().data(), n_outputs * X_.cols(), T{0});
    std::fill(sum.intercept.begin(), sum.intercept.end(), 0.0);
    std::fill(sum.loss.begin(), sum.loss.end(), 0.0);
    std::vector<T> products(4 * n_outputs);
    const MatrixView<const T> W = weights.coef.view().slice(0, n_outputs);
    for (std::size_t k = begin; k < end; k += 4) {
      const std::size_t count = std::min<std::size_t>(4, end - k);
      FourRows i;
      for (std::size_t j = 0; j < 4; ++j) i[j] = row(std::min(k + j, end - 1));
      X_.dot4(i, W, products.data());
      if (problem_.multinomial) {
        softmax_slopes(weights, i, count, products, sum);
      } else {
        std::visit(
            [&](const auto& loss) { slopes(loss, weights, outputs, i, count, products, sum); },
            problem_.loss);
      }
      for (std::size_t r = 0; r < n_outputs; ++r) {
        X_.axpy4(i, &products[4 * r], sum.coef.row(r));
      }
    }
  }

  // Products of the weights with four rows become the weighted slopes of their losses; rows from
  // count on do not count.
  template <class Loss>
  void slopes(const Loss& loss, const OutputWeights<T>& weights,
              std::span<const std::size_t> outputs, const FourRows& i, std::size_t count,
              std::vector<T>& products, OutputWeights<T>& sum) const {
    for (std::size_t r = 0; r < outputs.size(); ++r) {
      FourLosses<Loss> four;
      for (std::size_t j = 0; j < 4; ++j) {
        RowLabel label = problem_.label(i[j], outputs[r]);
        if (j >= count) label.weight = 0;
        T& product = products[4 * r + j];
        const double p = static_cast<double>(product) + weights.intercept[r];
        const double slope = label.weight * four.slope(loss, p, label, problem_.options.epsilon);
        product = static_cast<T>(slope);
        sum.intercept[r] += slope;
      }
      sum.loss[r] += four.sum();
    }
  }

  void softmax_slopes(const OutputWeights<T>& weights, const FourRows& i, std::size_t count,
                      std::vector<T>& products, OutputWeights<T>& sum) const {
    const std::size_t n_outputs = weights.intercept.size();
    std::vector<double> scores(n_outputs);
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t c = 0; c < n_outputs; ++c) {
        scores[c] = static_cast<double>(products[4 * c + j]) + weights.intercept[c];
      }
      if (j < count) {
        problem_.slopes(i[j], scores.data(), sum.loss.data(), [](std::size_t) { return true; });
      } else {
        std::fill(scores.begin(), scores.end(), 0.0);
      }
      for (std::size_t c = 0; c < n_outputs; ++c) {
        products[4 * c + j] = static_cast<T>(scores[c]);
        sum.intercept[c] += scores[c];
      }
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  std::size_t n_;
  std::size_t grain_;
  std::vector<OutputWeights<T>> partial_;
};

}  // namespace slimline
