// One update a batch, its gradient summed over fixed chunks of rows in fixed order: the number of
// threads changes nothing but the time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "algorithms/batch_step.hpp"
#include "algorithms/rows.hpp"
#include "algorithms/sgd_auto.hpp"
#include "algorithms/sgd_problem.hpp"
#include "algorithms/sgd_stopping.hpp"
#include "algorithms/visit_order.hpp"
#include "core/parallel.hpp"

namespace slimline {

// A batch is cut into at most kMaxChunks chunks, each with a gradient of its own, of at least
// kMinChunk rows: below that a thread costs more than it brings.
inline constexpr std::size_t kMaxChunks = 32;
inline constexpr std::size_t kMinChunk = 64;

// Sums over the rows of a chunk, for each output.
template <class T>
struct BatchSums {
  BatchSums(std::size_t n_outputs, std::size_t n_features)
      : gradient(n_outputs, n_features), slope(n_outputs), loss(n_outputs), weight(n_outputs) {}
  Matrix<T> gradient;  // slope_i x_i
  std::vector<double> slope;
  std::vector<double> loss;
  std::vector<double> weight;

  void clear() {
    const auto g = gradient.view();
    std::fill(g.data(), g.data() + g.rows() * g.cols(), T{0});
    for (auto* sums : {&slope, &loss, &weight}) std::fill(sums->begin(), sums->end(), 0.0);
  }
  void add(const BatchSums& other) {
    for (std::size_t c = 0; c < slope.size(); ++c) {
      kernels::vector_kernels<T>().axpy(T{1}, other.gradient.row(c), gradient.row(c),
                                        gradient.cols());
      slope[c] += other.slope[c];
      loss[c] += other.loss[c];
      weight[c] += other.weight[c];
    }
  }
};

template <class T, class Rows>
class SgdBatch {
 public:
  SgdBatch(const Rows& X, const SgdProblem<T>& problem)
      : X_(X),
        problem_(problem),
        options_(problem.options),
        order_(X.rows(), problem.targets.rows),
        batch_(options_.batch_size == 0 ? order_.size()
                                        : std::min(options_.batch_size, order_.size())),
        grain_(std::max(kMinChunk, chunk_count(batch_, kMaxChunks))),
        stopping_(options_, problem.n_outputs()),
        epochs_(problem, stopping_),
        plan_(problem),
        step_(problem),
        losses_(problem.n_outputs()),
        weights_(problem.n_outputs()) {
    for (std::size_t i = 0; i < chunk_count(batch_, grain_); ++i) {
      sums_.emplace_back(problem.n_outputs(), X.cols());
    }
  }

  SgdResult run() {
    Random random(options_.seed);
    while (epochs_.epoch() < options_.max_iter && stopping_.any_running()) {
      if (options_.shuffle && batch_ < order_.size()) order_.shuffle(random);
      for (auto* sums : {&losses_, &weights_}) std::fill(sums->begin(), sums->end(), 0.0);
      for (std::size_t begin = 0; begin < order_.size(); begin += batch_) {
        run_batch(order_.rows().subspan(begin, std::min(batch_, order_.size() - begin)));
      }
      epochs_.finish(losses_, weights_);
      if (plan_.finish_epoch(epochs_.epoch(), epochs_.mean_objective())) stopping_.stop_all();
    }
    return epochs_.result(batches_per_epoch(), plan_.arrived());
  }

 private:
  std::size_t batches_per_epoch() const { return chunk_count(order_.size(), batch_); }

  void run_batch(std::span<const std::size_t> rows) {
    parallel_for(rows.size(), grain_, options_.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                   sum_chunk(rows.subspan(begin, end - begin), sums_[chunk]);
                 });
    for (std::size_t i = 1; i < chunk_count(rows.size(), grain_); ++i) sums_[0].add(sums_[i]);
    update(problem_.eta(
        {.updates = static_cast<double>(options_.updates_before + updates_),
         .epochs = static_cast<double>(updates_) / static_cast<double>(batches_per_epoch()),
         .horizon = plan_.horizon()}));
    ++updates_;
    for (std::size_t c = 0; c < losses_.size(); ++c) {
      losses_[c] += sums_[0].loss[c];
      weights_[c] += sums_[0].weight[c];
    }
  }

  void sum_chunk(std::span<const std::size_t> rows, BatchSums<T>& sums) const {
    sums.clear();
    const std::size_t n_outputs = problem_.n_outputs();
    std::vector<T> products(4 * n_outputs);
    std::vector<T> slopes(4 * n_outputs);
    std::vector<double> scores(n_outputs);
    for (std::size_t k = 0; k < rows.size(); k += 4) {
      const std::size_t used = std::min<std::size_t>(4, rows.size() - k);
      FourRows four;
      for (std::size_t r = 0; r < 4; ++r) four[r] = rows[k + std::min(r, used - 1)];
      X_.dot4(four, problem_.weights.coef, products.data());
      std::fill(slopes.begin(), slopes.end(), T{0});
      for (std::size_t r = 0; r < used; ++r) {
        for (std::size_t c = 0; c < n_outputs; ++c) {
          scores[c] = static_cast<double>(products[4 * c + r]) + problem_.weights.intercept[c];
        }
        problem_.slopes(four[r], scores.data(), sums.loss.data(),
                        [this](std::size_t c) { return stopping_.running(c); });
        for (std::size_t c = 0; c < n_outputs; ++c) {
          if (!stopping_.running(c)) continue;
          slopes[4 * c + r] = static_cast<T>(scores[c]);
          sums.slope[c] += scores[c];
          sums.weight[c] += problem_.weight(four[r], c);
        }
      }
      for (std::size_t c = 0; c < n_outputs; ++c) {
        X_.axpy4(four, &slopes[4 * c], sums.gradient.row(c));
      }
    }
  }

  void update(double eta) {
    const BatchSums<T>& sums = sums_[0];
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      if (!stopping_.running(c) || sums.weight[c] <= 0) continue;
      const double scale = 1 / sums.weight[c];
      step_.step(c, eta * stopping_.rate(c), sums.gradient.row(c), scale, scale * sums.slope[c]);
    }
    add_average();
  }

  // Moves the average of the weights after each update on by one.
  void add_average() {
    const std::uint64_t number = options_.updates_before + updates_ + 1;
    if (options_.average_from == 0 || number < options_.average_from) return;
    const double share = 1 / static_cast<double>(number - options_.average_from + 1);
    const auto& w = problem_.weights;
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      if (!stopping_.running(c)) continue;
      for (std::size_t j = 0; j < problem_.n_features(); ++j) {
        w.average_coef(c, j) += static_cast<T>(share) * (w.coef(c, j) - w.average_coef(c, j));
      }
      w.average_intercept[c] += share * (w.intercept[c] - w.average_intercept[c]);
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  const SgdOptions& options_;
  VisitOrder order_;
  std::size_t batch_;
  std::size_t grain_;
  SgdStopping stopping_;
  SgdEpochs<T> epochs_;
  AutoPlan plan_;
  BatchStep<T> step_;
  std::vector<double> losses_;
  std::vector<double> weights_;
  std::vector<BatchSums<T>> sums_;
  std::uint64_t updates_ = 0;
};

}  // namespace slimline
