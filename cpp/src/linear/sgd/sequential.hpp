// Epochs of one update per row.
//
// Small data are one sequence of updates. Data of kShardValues values and more are divided into 2
// shards, and into twice as many for every four times the data. Each shard is a sequence of updates
// that starts from the shared weights. The weights of all shards are averaged at least kMinSyncs
// times per epoch (local SGD: Stich, "Local SGD Converges Fast and Communicates Little", ICLR
// 2019). Shards, not threads, are part of the algorithm: any number of threads gives the same bits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <numeric>
#include <vector>

#include "core/parallel.hpp"
#include "linear/auto_schedule.hpp"
#include "linear/sgd/sequential_pass.hpp"
#include "linear/sgd/visit_order.hpp"

namespace slimline {

inline constexpr std::size_t kShardValues = 10'000'000;
inline constexpr std::size_t kMaxShards = 64;
inline constexpr std::size_t kShardRows = 1024;  // of each shard between two averages, at least

template <class T, class Rows, class Weights>
class SgdSequential {
 public:
  SgdSequential(const Rows& X, const SgdProblem<T>& problem)
      : X_(X),
        problem_(problem),
        options_(problem.options),
        order_(X.rows(), problem.targets.rows),
        stopping_(options_, problem.n_outputs()),
        epochs_(problem, stopping_),
        plan_(problem),
        row_counts_(problem.n_outputs(), static_cast<double>(order_.size())) {
    const std::size_t n_shards = shard_count();
    if (n_shards == 1 && !Pass::kFours) {
      passes_.push_back(make_pass(problem.weights.coef, problem.weights.intercept));
      return;
    }
    const std::size_t n_features = problem.n_features();
    const std::size_t stride = Pass::kFours ? padded_columns<T>(n_features) : n_features;
    for (std::size_t s = 0; s < n_shards; ++s) {
      coefs_.emplace_back(problem.n_outputs(), stride);
      intercepts_.emplace_back(problem.n_outputs());
      const MatrixView<T> coef(coefs_[s].view().data(), problem.n_outputs(), n_features, stride);
      passes_.push_back(make_pass(coef, intercepts_[s]));
    }
  }

  SgdResult run() {
    Random random(options_.seed);
    while (epochs_.epoch() < options_.max_iter && stopping_.any_running()) {
      if (options_.shuffle) order_.shuffle(random);
      for (auto& pass : passes_) pass->clear_losses();
      run_epoch();
      std::vector<double> losses(problem_.n_outputs());
      for (const auto& pass : passes_) {
        for (std::size_t c = 0; c < losses.size(); ++c) losses[c] += pass->losses()[c];
      }
      epochs_.finish(losses, row_counts_);
      if (plan_.finish_epoch(epochs_.epoch(), epochs_.mean_objective())) stopping_.stop_all();
    }
    add_averages();
    return epochs_.result(order_.size(), plan_.arrived());
  }

 private:
  using Pass = SequentialPass<T, Rows, Weights>;

  std::unique_ptr<Pass> make_pass(MatrixView<T> coef, std::span<double> intercept) const {
    return std::make_unique<Pass>(X_, problem_, stopping_, coef, intercept);
  }

  std::size_t shard_count() const {
    if constexpr (!std::is_same_v<Weights, ScaledWeights<T>>) return 1;
    std::size_t n = 1;
    for (std::size_t size = kShardValues; n < kMaxShards && size <= X_.n_values(); size *= 4)
      n *= 2;
    // Averaging must cost less than the updates between two averages.
    while (n > 1 && n * problem_.n_features() > X_.n_values() / kMinSyncs) n /= 2;
    return n;
  }
  // Rows of one shard between two averages.
  std::size_t section_rows() const {
    const std::size_t row_values = std::max<std::size_t>(1, X_.n_values() / X_.rows());
    const std::size_t balanced = kMinSyncs * problem_.n_features() / row_values;
    return std::max(kShardRows, balanced);
  }
  static constexpr std::size_t kMinSyncs = 4;

  void run_epoch() {
    const std::uint64_t before = options_.updates_before + epochs_.epoch() * order_.size();
    const double length = static_cast<double>(order_.size());
    if (coefs_.empty()) {
      passes_[0]->run(order_.rows(), {before, 1, length, plan_.horizon()});
      return;
    }
    const std::size_t n_shards = passes_.size();
    const std::size_t section = n_shards == 1 ? order_.size() : section_rows() * n_shards;
    for (std::size_t begin = 0; begin < order_.size(); begin += section) {
      const auto rows = order_.rows().subspan(begin, std::min(section, order_.size() - begin));
      const std::size_t share = chunk_count(rows.size(), n_shards);
      parallel_for(rows.size(), share, options_.n_threads,
                   [&](std::size_t first, std::size_t last, std::size_t s) {
                     take_shared(s);
                     passes_[s]->run(rows.subspan(first, last - first),
                                     {before + begin + s, n_shards, length, plan_.horizon()});
                   });
      average_shards(chunk_count(rows.size(), share));
    }
  }

  void take_shared(std::size_t s) {
    const auto& shared = problem_.weights;
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      std::copy_n(shared.coef.row(c), problem_.n_features(), coefs_[s].row(c));
    }
    std::copy(shared.intercept.begin(), shared.intercept.end(), intercepts_[s].begin());
  }

  void average_shards(std::size_t n_used) {
    const double share = 1 / static_cast<double>(n_used);
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      T* w = problem_.weights.coef.row(c);
      std::fill_n(w, problem_.n_features(), T{0});
      double intercept = 0;
      for (std::size_t s = 0; s < n_used; ++s) {
        kernels::vector_kernels<T>().axpy(static_cast<T>(share), coefs_[s].row(c), w,
                                          problem_.n_features());
        intercept += share * intercepts_[s][c];
      }
      problem_.weights.intercept[c] = intercept;
    }
  }

  // Merges the weights summed over this call's updates into the average of the calls before.
  void add_averages() {
    if (options_.average_from == 0) return;
    const std::uint64_t skipped = options_.average_from - 1;
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      const std::uint64_t end = options_.updates_before + stopping_.n_iter()[c] * order_.size();
      if (end <= skipped) continue;
      const double before = options_.updates_before > skipped
                                ? static_cast<double>(options_.updates_before - skipped)
                                : 0.0;
      const double total = static_cast<double>(end - skipped);
      T* average = problem_.weights.average_coef.row(c);
      for (std::size_t j = 0; j < problem_.n_features(); ++j) {
        double sum = static_cast<double>(average[j]) * before;
        for (const auto& pass : passes_) sum += pass->weights().sums()(c, j);
        average[j] = static_cast<T>(sum / total);
      }
      double sum = problem_.weights.average_intercept[c] * before;
      for (const auto& pass : passes_) sum += pass->weights().intercept_sum(c);
      problem_.weights.average_intercept[c] = sum / total;
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  const SgdOptions& options_;
  VisitOrder order_;
  SgdStopping stopping_;
  SgdEpochs<T> epochs_;
  AutoPlan plan_;
  std::vector<double> row_counts_;
  std::vector<Matrix<T>> coefs_;  // of each shard, unless the only one learns into the problem's
  std::vector<std::vector<double>> intercepts_;
  std::vector<std::unique_ptr<Pass>> passes_;
};

}  // namespace slimline
