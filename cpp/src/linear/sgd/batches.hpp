// One update per batch. Its gradient is summed over fixed chunks of rows in a fixed order, so that
// the result does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "core/parallel.hpp"
#include "linear/auto_schedule.hpp"
#include "linear/problem.hpp"
#include "linear/sgd/batch_step.hpp"
#include "linear/sgd/four_row_sums.hpp"
#include "linear/sgd/visit_order.hpp"
#include "linear/stopping.hpp"

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
  static constexpr std::size_t kBlockRows = SgdProblem<T>::kLossRows;

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

  void sum_chunk(std::span<const std::size_t> chunk, BatchSums<T>& sums) const {
    sums.clear();
    const auto row_of = [&](std::size_t k) { return chunk[k]; };
    const auto slopes = [&](std::span<const std::size_t> rows, const auto& at) {
      take_slopes(rows, at, sums);
    };
    add_four_row_sums<kBlockRows, T>(X_, problem_.weights.coef, 0, chunk.size(), row_of, slopes,
                                     sums.gradient.view());
  }

  // Turns at(j, c), the product of rows[j] with the weights of output c, into the slope of its
  // loss.
  template <class At>
  void take_slopes(std::span<const std::size_t> rows, const At& at, BatchSums<T>& sums) const {
    const std::size_t n_outputs = problem_.n_outputs();
    const auto set = [&](std::size_t j, std::size_t c, double slope) {
      at(j, c) = static_cast<T>(slope);
      sums.slope[c] += slope;
      sums.weight[c] += problem_.weight(rows[j], c);
    };
    const auto score = [&](std::size_t j, std::size_t c) {
      return static_cast<double>(at(j, c)) + problem_.weights.intercept[c];
    };
    if (problem_.multinomial) {
      std::vector<double> scores(n_outputs);
      for (std::size_t j = 0; j < rows.size(); ++j) {
        for (std::size_t c = 0; c < n_outputs; ++c) scores[c] = score(j, c);
        problem_.slopes(rows[j], scores.data(), sums.loss.data(), [](std::size_t) { return true; });
        for (std::size_t c = 0; c < n_outputs; ++c) set(j, c, scores[c]);
      }
      return;
    }
    std::array<double, kBlockRows> scores;
    const auto used = std::span(scores).first(rows.size());
    for (std::size_t c = 0; c < n_outputs; ++c) {
      if (!stopping_.running(c)) {
        for (std::size_t j = 0; j < rows.size(); ++j) at(j, c) = 0;
        continue;
      }
      for (std::size_t j = 0; j < rows.size(); ++j) scores[j] = score(j, c);
      sums.loss[c] += problem_.slopes_of(rows, c, used);
      for (std::size_t j = 0; j < rows.size(); ++j) set(j, c, scores[j]);
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
