#include "svm/smo/smo.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "linalg/row_products.hpp"
#include "svm/certificate.hpp"
#include "svm/smo/block.hpp"
#include "svm/zero_model.hpp"

namespace slimline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kBlock = 512;
constexpr std::size_t kStepsPerVariable = 200;  // pair updates a block may take, per variable
// Maximum pair updates of a fit, as in LIBSVM: badly scaled columns can require any number.
constexpr std::size_t kMostSteps = 10'000'000;
constexpr std::size_t kMostStepsPerRow = 100;
constexpr double kBlockReduction = 0.1;    // reduction of the violation at which a block ends
constexpr double kWholeReduction = 1e-12;  // the same if one block holds the whole problem
constexpr std::size_t kLookEvery = 16;     // iterations between two full passes
constexpr double kLookReduction = 0.1;     // reduction of the violation that triggers a full pass
constexpr std::size_t kRebuildEvery = 50;  // iterations after which w is recomputed from beta

class BlockSmo {
 public:
  BlockSmo(const AnySamples& X, const SvmTask& task, const SvmOptions& options)
      : X_(X),
        task_(task),
        options_(options),
        beta_(task.size()),
        w_(n_columns(X)),
        f_(task.size()),
        in_block_(task.size()),
        is_active_(task.size()) {}

  SvmSolution run(const SvmStart& start, const SvmWatch& watch) {
    if (!start.beta.empty()) {
      beta_ = start.beta;
      repair_dual(task_, beta_);
      combine_rows(X_, task_.rows, beta_, w_, options_.n_threads);
    }
    std::size_t iteration = 0;
    bool moved = true;
    while (true) {
      const bool all = !moved || look_is_due(iteration);
      if (all) activate_all();
      update_products();
      find_violation();
      if (all) {
        last_look_ = iteration;
        violation_then_ = best_up_ - best_down_;
        gap_ = relative_gap_now();
        if (gap_ <= options_.tol || iteration == options_.max_iter || worn_out()) break;
        shrink();
      }
      poll(watch, iteration, gap_);
      ++iteration;
      select_block();
      moved = improve_block();
      if (!moved && all) break;
      if (iteration % kRebuildEvery == 0) {
        combine_rows(X_, task_.rows, beta_, w_, options_.n_threads);
      }
    }
    SvmSolution solution = certify(X_, task_, beta_, options_.n_threads);
    solution.iterations = iteration;
    return solution;
  }

 private:
  double gain(std::size_t k) const { return task_.target[k] - f_[k] - task_.ridge[k] * beta_[k]; }
  double gain_up(std::size_t k) const {
    return gain(k) + shift_up(beta_[k], task_.upper[k], task_.epsilon);
  }
  double gain_down(std::size_t k) const {
    return gain(k) + shift_down(beta_[k], task_.lower[k], task_.epsilon);
  }

  bool look_is_due(std::size_t iteration) const {
    return iteration == 0 || iteration == options_.max_iter ||
           iteration >= last_look_ + kLookEvery || worn_out() ||
           best_up_ - best_down_ <= kLookReduction * violation_then_;
  }

  bool worn_out() const { return steps_ >= std::max(kMostSteps, kMostStepsPerRow * task_.size()); }

  void activate_all() {
    active_.resize(task_.size());
    std::iota(active_.begin(), active_.end(), std::size_t{0});
    std::fill(is_active_.begin(), is_active_.end(), char{1});
  }

  void update_products() {
    std::vector<std::size_t> rows(active_.size());
    std::vector<double> products(active_.size());
    for (std::size_t at = 0; at < active_.size(); ++at) rows[at] = task_.rows[active_[at]];
    row_products(X_, rows, w_, products, options_.n_threads);
    for (std::size_t at = 0; at < active_.size(); ++at) f_[active_[at]] = products[at];
  }

  // Shrinking: skips rows that no pair would move, neither up against the best candidate for down,
  // nor down against the best candidate for up. The next full pass verifies that.
  void shrink() {
    std::erase_if(active_, [&](std::size_t k) {
      const bool idle = gain_up(k) < best_down_ && gain_down(k) > best_up_;
      if (idle) is_active_[k] = 0;
      return idle;
    });
  }

  // Optimal where no gain_up exceeds a gain_down; without an intercept both compare with 0.
  void find_violation() {
    best_up_ = task_.fit_intercept ? -kInfinity : 0;
    best_down_ = task_.fit_intercept ? kInfinity : 0;
    for (const std::size_t k : active_) {
      best_up_ = std::max(best_up_, gain_up(k));
      best_down_ = std::min(best_down_, gain_down(k));
    }
  }

  double relative_gap_now() const {
    const double norm2 = std::inner_product(w_.begin(), w_.end(), w_.begin(), 0.0);
    const double b = task_.fit_intercept ? (best_up_ + best_down_) / 2 : 0;
    return relative_gap(task_, primal_objective(task_, f_, b, norm2),
                        dual_objective(task_, beta_, norm2));
  }

  // The `count` variables of largest `score`, best first; only those with a score above `least`.
  template <class Score>
  std::vector<std::size_t> best_by(std::size_t count, double least, const Score& score) {
    std::vector<std::pair<double, std::size_t>> found;
    for (const std::size_t k : active_) {
      const double value = score(k);
      if (value > least) found.emplace_back(-value, k);
    }
    count = std::min(count, found.size());
    const auto middle = found.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(found.begin(), middle, found.end());
    std::sort(found.begin(), middle);
    std::vector<std::size_t> best(count);
    for (std::size_t k = 0; k < count; ++k) best[k] = found[k].second;
    return best;
  }

  void take(const std::vector<std::size_t>& candidates, std::size_t at, std::size_t limit) {
    if (at >= candidates.size() || block_.size() >= limit || in_block_[candidates[at]]) return;
    in_block_[candidates[at]] = 1;
    block_.push_back(candidates[at]);
  }

  // Half of the block are new violators, from both sides in turn; the rest are those of the last
  // block, newest first, and further violators.
  void select_block() {
    const std::vector<std::size_t> last = std::move(block_);
    block_.clear();
    std::fill(in_block_.begin(), in_block_.end(), char{0});
    const auto up = best_by(kBlock, best_down_, [&](std::size_t k) { return gain_up(k); });
    const auto down = best_by(kBlock, -best_up_, [&](std::size_t k) { return -gain_down(k); });
    for (std::size_t at = 0; at < kBlock; ++at) {
      take(up, at, kBlock / 2);
      take(down, at, kBlock / 2);
    }
    for (std::size_t at = 0; at < last.size(); ++at) {
      if (is_active_[last[at]]) take(last, at, kBlock);
    }
    for (std::size_t at = 0; at < kBlock; ++at) {
      take(up, at, kBlock);
      take(down, at, kBlock);
    }
    // Sorted, so that a small problem keeps the same block and its Gram matrix.
    if (task_.size() <= kBlock) std::sort(block_.begin(), block_.end());
  }

  // Without an intercept sum beta is free: a variable of gain 0 and without bounds, orthogonal to
  // all others, takes up the difference.
  SmoBlock load_block() const {
    SmoBlock local;
    for (const std::size_t k : block_) {
      local.beta.push_back(beta_[k]);
      local.gain.push_back(gain(k));
      local.lower.push_back(task_.lower[k]);
      local.upper.push_back(task_.upper[k]);
      local.ridge.push_back(task_.ridge[k]);
      local.epsilon.push_back(task_.epsilon);
    }
    if (!task_.fit_intercept) {
      local.beta.push_back(0);
      local.gain.push_back(0);
      local.lower.push_back(-kInfinity);
      local.upper.push_back(kInfinity);
      local.ridge.push_back(0);
      local.epsilon.push_back(0);
    }
    return local;
  }

  void load_gram(std::size_t size) {
    std::vector<std::size_t> rows(block_.size());
    for (std::size_t k = 0; k < block_.size(); ++k) rows[k] = task_.rows[block_[k]];
    if (rows == gram_rows_) return;
    gram_ = Matrix<double>(size, size);
    const auto centre = task_.fit_intercept ? task_.centre : std::span<const double>{};
    gram(X_, rows, centre, gram_.view(), options_.n_threads);
    gram_rows_ = std::move(rows);
  }

  // False when nothing moved: the block's violation is below rounding.
  bool improve_block() {
    SmoBlock local = load_block();
    load_gram(local.beta.size());
    // A problem of one block is solved to rounding at once, which costs next to nothing.
    const bool whole = task_.size() <= kBlock;
    const double violation = best_up_ - best_down_;
    const double tol = (whole ? kWholeReduction : kBlockReduction) * violation;
    const std::size_t steps =
        solve_block(gram_.view(), tol, kStepsPerVariable * block_.size(), local);
    if (steps == 0) return false;
    steps_ += steps;
    std::vector<double> change(block_.size());
    for (std::size_t k = 0; k < block_.size(); ++k) {
      change[k] = local.beta[k] - beta_[block_[k]];
      beta_[block_[k]] = local.beta[k];
    }
    add_rows(X_, gram_rows_, change, w_);
    return true;
  }

  const AnySamples& X_;
  const SvmTask& task_;
  const SvmOptions& options_;
  std::vector<double> beta_;
  std::vector<double> w_;
  std::vector<double> f_;  // w . x_k
  std::vector<char> in_block_;
  std::vector<char> is_active_;
  std::vector<std::size_t> active_;  // ascending
  std::vector<std::size_t> block_;
  std::vector<std::size_t> gram_rows_;
  Matrix<double> gram_;
  std::size_t last_look_ = 0;
  std::size_t steps_ = 0;  // pair updates
  double violation_then_ = kInfinity;
  double gap_ = kInfinity;
  double best_up_ = 0;
  double best_down_ = 0;
};

}  // namespace

SvmSolution solve_smo(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch) {
  return BlockSmo(X, task, options).run(start, watch);
}

}  // namespace slimline
