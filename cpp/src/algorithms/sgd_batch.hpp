// One update a batch, its gradient summed over fixed chunks of rows in fixed order: the number of
// threads changes nothing but the time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "algorithms/losses.hpp"
#include "algorithms/sgd_problem.hpp"
#include "core/parallel.hpp"
#include "slimline/random.hpp"

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

template <class T, class Rows, class Loss, class Penalty>
class SgdBatch {
 public:
  SgdBatch(const Rows& X, const Loss& loss, const Penalty& penalty, const SgdProblem<T>& problem)
      : X_(X),
        loss_(loss),
        penalty_(penalty),
        problem_(problem),
        options_(problem.options),
        n_outputs_(problem.coef.rows()),
        batch_(options_.batch_size == 0 ? X.rows() : std::min(options_.batch_size, X.rows())),
        grain_(std::max(kMinChunk, chunk_count(batch_, kMaxChunks))),
        stopping_(options_, n_outputs_),
        losses_(n_outputs_),
        weights_(n_outputs_),
        order_(X.rows()) {
    for (std::size_t i = 0; i < chunk_count(batch_, grain_); ++i) {
      sums_.emplace_back(n_outputs_, X.cols());
    }
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }

  SgdResult run() {
    Random random(options_.seed);
    for (std::size_t epoch = 1; epoch <= options_.max_iter && stopping_.any_running(); ++epoch) {
      if (options_.shuffle && batch_ < X_.rows()) shuffle(order_, random);
      for (auto* sums : {&losses_, &weights_}) std::fill(sums->begin(), sums->end(), 0.0);
      const std::span<const std::size_t> order(order_);
      for (std::size_t begin = 0; begin < X_.rows(); begin += batch_) {
        run_batch(order.subspan(begin, std::min(batch_, X_.rows() - begin)));
      }
      end_epoch(problem_, epoch, finish_epoch(problem_, penalty_, losses_, weights_, stopping_));
    }
    return stopping_.result(batches_per_epoch());
  }

 private:
  std::size_t batches_per_epoch() const { return chunk_count(X_.rows(), batch_); }

  void run_batch(std::span<const std::size_t> rows) {
    parallel_for(rows.size(), grain_, options_.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                   sum_chunk(rows.subspan(begin, end - begin), sums_[chunk]);
                 });
    for (std::size_t i = 1; i < chunk_count(rows.size(), grain_); ++i) sums_[0].add(sums_[i]);
    const double epochs = static_cast<double>(updates_) / static_cast<double>(batches_per_epoch());
    update(problem_.eta({updates_, epochs}));
    ++updates_;
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      losses_[c] += sums_[0].loss[c];
      weights_[c] += sums_[0].weight[c];
    }
  }

  void sum_chunk(std::span<const std::size_t> rows, BatchSums<T>& sums) const {
    sums.clear();
    for (const std::size_t i : rows) {
      for (std::size_t c = 0; c < n_outputs_; ++c) {
        if (!stopping_.running(c)) continue;
        const double p =
            static_cast<double>(X_.dot(i, problem_.coef.row(c))) + problem_.intercept[c];
        const LossPoint point = loss_.at(p, problem_.target(i, c), options_.epsilon);
        const double weight = problem_.weight(i, c);
        const double slope = weight * std::clamp(point.slope, -kMaxSlope, kMaxSlope);
        sums.loss[c] += weight * point.value;
        sums.weight[c] += weight;
        sums.slope[c] += slope;
        if (slope != 0) X_.axpy(i, static_cast<T>(slope), sums.gradient.row(c));
      }
    }
  }

  // One step along the summed gradient.
  void update(double eta) {
    const BatchSums<T>& sums = sums_[0];
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      if (!stopping_.running(c) || sums.weight[c] <= 0) continue;
      T* w = problem_.coef.row(c);
      const auto shrink = static_cast<T>(penalty_.shrink(options_.alpha, eta));
      const double step = -eta / sums.weight[c];
      for (std::size_t j = 0; j < X_.cols(); ++j) w[j] *= shrink;
      kernels::vector_kernels<T>().axpy(static_cast<T>(step), sums.gradient.row(c), w, X_.cols());
      if (options_.fit_intercept) problem_.intercept[c] += step * sums.slope[c];
    }
  }

  const Rows& X_;
  const Loss& loss_;
  const Penalty& penalty_;
  const SgdProblem<T>& problem_;
  const SgdOptions& options_;
  std::size_t n_outputs_;
  std::size_t batch_;
  std::size_t grain_;
  SgdStopping stopping_;
  std::vector<double> losses_;
  std::vector<double> weights_;
  std::vector<std::size_t> order_;
  std::vector<BatchSums<T>> sums_;
  std::uint64_t updates_ = 0;
};

}  // namespace slimline
