#include "svm/dcd/dcd.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "core/interrupt.hpp"
#include "linalg/lane_sum.hpp"
#include "linalg/row_ops.hpp"
#include "linalg/row_products.hpp"
#include "slimline/random.hpp"
#include "svm/best_intercept.hpp"
#include "svm/certificate.hpp"
#include "svm/dcd/point.hpp"
#include "svm/smo/block.hpp"
#include "svm/zero_model.hpp"

namespace slimline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLookReduction = 0.3;   // reduction of the violation that triggers a full pass
constexpr std::size_t kMostPasses = 10;  // between two full passes
constexpr std::size_t kFirstPasses = 3;  // from zero, where one or two would certify nothing
constexpr double kFirm = 0.1;  // relative to the last violation: rows firmer than this are skipped
// Relative to the mean |x_k - m|^2. Larger values shorten all steps; smaller ones let sum beta
// oscillate.
constexpr double kTau = 0.2;
constexpr double kDrift = 1e-10;  // error of w by its updates, relative to |w|
// Visits ahead at which the parts of a row are prefetched.
constexpr std::size_t kAhead = 16;
constexpr std::size_t kEntriesAhead = 8;

class Dcd {
 public:
  Dcd(const AnySamples& X, const SvmTask& task, const SvmOptions& options, const SvmStart& start)
      : X_(X),
        task_(task),
        options_(options),
        rows_(task.size()),
        f_(task.size()),
        w_(n_columns(X)),
        mean_(n_columns(X)),
        random_(task.size()) {
    for (std::size_t k = 0; k < task.size(); ++k) {
      rows_[k] = {.beta = 0,
                  .target = task.target[k],
                  .lower = task.lower[k],
                  .upper = task.upper[k],
                  .ridge = task.ridge[k],
                  .curvature = 0,
                  .common = 0,
                  .row = task.rows[k]};
    }
    measure();
    if (!start.beta.empty()) begin_at(start.beta);
  }

  SvmSolution run(const SvmWatch& watch) {
    std::size_t iteration = 0;
    const bool cold =
        std::all_of(rows_.begin(), rows_.end(), [](const DcdRow& row) { return row.beta == 0; });
    if (cold) begin();
    std::size_t least = cold ? kFirstPasses : 1;
    bool done = !cold && look();
    while (!done && iteration < options_.max_iter) {
      const double enough = kLookReduction * last_violation_;
      double violation = 0;
      std::size_t passes = 0;
      do {
        poll(watch, iteration++, gap_);
        violation = pass();
        ++passes;
      } while ((violation > enough || passes < least) && passes < kMostPasses &&
               iteration < options_.max_iter);
      last_violation_ = violation;
      least = 1;
      done = look();
    }
    solution_.iterations = iteration;
    return std::move(solution_);
  }

 private:
  // The KKT violation of beta_k, as a gradient; negative values: how firmly it stays at its bound.
  double violation(const DcdRow& row, double beta, double gain) const {
    return std::max(gain + shift_up(beta, row.upper, task_.epsilon),
                    -gain - shift_down(beta, row.lower, task_.epsilon));
  }

  // Lengths of the rows, less their mean with an intercept, and the weight of the sum of beta.
  void measure() {
    const std::size_t n = rows_.size();
    if (task_.fit_intercept && n > 0) {
      const std::vector<double> shares(n, 1 / static_cast<double>(n));
      combine_rows(X_, task_.rows, shares, mean_, options_.n_threads);
      row_products(X_, task_.rows, mean_, f_, options_.n_threads);
    }
    mean2_ = inner(mean_, mean_);
    std::vector<double> lengths(n);
    squared_norms(X_, task_.rows, lengths, options_.n_threads);
    for (std::size_t k = 0; k < n; ++k) {
      rows_[k].common = f_[k];
      rows_[k].curvature = std::max(lengths[k] - 2 * f_[k] + mean2_, 0.0);
    }
    if (!task_.fit_intercept) return;
    const auto mean = [n](const auto& value) {
      return lane_sum(n, value) / static_cast<double>(std::max<std::size_t>(1, n));
    };
    // Where rows hardly differ, all of beta may be at its bounds; the rest of the step moves b.
    const double cost = mean([&](std::size_t k) {
      return task_.ridge[k] > 0 ? 1 / task_.ridge[k] : std::max(task_.upper[k], -task_.lower[k]);
    });
    const double size = mean([&](std::size_t k) { return std::abs(task_.target[k]); });
    tau_ = std::max(kTau * mean([&](std::size_t k) { return rows_[k].curvature; }),
                    size / (cost * static_cast<double>(n)));
  }

  // From zero no full pass is needed: w = 0, and the mean target serves as the intercept.
  void begin() {
    active_.resize(rows_.size());
    std::iota(active_.begin(), active_.end(), std::size_t{0});
    if (task_.fit_intercept) {
      lambda_ = std::accumulate(task_.target.begin(), task_.target.end(), 0.0) /
                static_cast<double>(std::max<std::size_t>(1, task_.size()));
    }
    gap_ = 1;
  }

  void begin_at(std::vector<double> beta) {
    repair_dual(task_, beta);
    add_rows(X_, task_.rows, beta, w_);
    for (std::size_t k = 0; k < rows_.size(); ++k) rows_[k].beta = beta[k];
    row_products(X_, task_.rows, w_, f_, options_.n_threads);
    shared_ = inner(mean_, w_);
    if (task_.fit_intercept) lambda_ = best_intercept(task_, f_) + shared_;
  }

  // A full pass at a copy of beta whose sum is 0, and whose gap is therefore proven. It also
  // selects the rows to work on. Returns whether the gap is small enough.
  bool look() {
    DcdPoint point = task_.fit_intercept ? balanced(X_, rows_, w_) : point_of(rows_, w_);
    SvmSolution found = weigh(point);
    gap_ = found.gap;
    if (gap_ <= options_.tol) {
      std::vector<double> w(w_.size());  // without what steps have rounded away
      add_rows(X_, task_.rows, point.beta, w);
      const double off2 =
          std::transform_reduce(w.begin(), w.end(), point.w.begin(), 0.0, std::plus<>(),
                                [](double a, double b) { return (a - b) * (a - b); });
      const bool drifted = off2 > kDrift * kDrift * inner(w, w);
      point.w = std::move(w);
      if (drifted) {
        restart_at(point);
        found = weigh(point);
        gap_ = found.gap;
      }
    }
    const bool done = gap_ <= options_.tol;
    if (!done) choose(point);
    if (solution_.w.empty() || found.gap < solution_.gap) {
      solution_ = std::move(found);
      solution_.w = std::move(point.w);
      set_support(solution_, task_, point.beta);
    }
    return done;
  }

  // Objectives at a point, with the best intercept.
  SvmSolution weigh(const DcdPoint& point) {
    SvmSolution found;
    row_products(X_, task_.rows, point.w, f_, options_.n_threads);
    if (task_.fit_intercept) found.b = best_intercept(task_, f_);
    const double norm2 = inner(point.w, point.w);
    found.primal = primal_objective(task_, f_, found.b, norm2);
    found.dual = dual_objective(task_, point.beta, norm2);
    found.gap = relative_gap(task_, found.primal, found.dual);
    return found;
  }

  void restart_at(const DcdPoint& point) {
    for (std::size_t k = 0; k < rows_.size(); ++k) rows_[k].beta = point.beta[k];
    w_ = point.w;
    balance_ = 0;
    shared_ = inner(mean_, w_);
  }

  // The rows that a step might change, by f_ at the point.
  void choose(const DcdPoint& point) {
    active_.clear();
    const double b = lambda_ - inner(mean_, point.w);
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      const DcdRow& row = rows_[k];
      const double gain = row.target - f_[k] - b - row.ridge * point.beta[k];
      if (violation(row, point.beta[k], gain) >= -kFirm * last_violation_) active_.push_back(k);
    }
  }

  // One step for each chosen row, in random order, then one for the intercept. Rows that stay
  // firmly at their bound are skipped. Returns the largest violation.
  double pass() {
    shuffle(active_, random_);
    const double largest = std::visit([&](const auto& view) { return pass_over(view); }, X_);
    lambda_ += tau_ * balance_;
    return largest;
  }

  template <class View>
  double pass_over(const View& view) {
    double largest = 0;
    std::size_t kept = 0;
    const double firm = -kFirm * last_violation_;
    for (std::size_t visit = 0; visit < active_.size(); ++visit) {
      check_interrupt_at(visit);
      if (visit + kAhead < active_.size()) prefetch_lines(&rows_[active_[visit + kAhead]], 1);
      if (visit + kEntriesAhead < active_.size()) {
        prefetch(view, rows_[active_[visit + kEntriesAhead]].row);
      }
      const std::size_t k = active_[visit];
      DcdRow& row = rows_[k];
      const double b = lambda_ - shared_ + balance_ * (tau_ + mean2_ - row.common);
      const double gain = row.target - dot(view, row.row, w_.data()) - b - row.ridge * row.beta;
      const double wrong = violation(row, row.beta, gain);
      if (wrong < firm) continue;
      active_[kept++] = k;
      if (wrong <= 0) continue;
      largest = std::max(largest, wrong);
      const double change = best(row, gain) - row.beta;
      if (change == 0) continue;
      row.beta += change;
      balance_ += change;
      shared_ += change * row.common;
      axpy(view, row.row, change, w_.data());
    }
    active_.resize(kept);
    return largest;
  }

  double best(const DcdRow& row, double gain) const {
    const double q = row.curvature + tau_ + row.ridge;
    if (!(q > 0)) return gain > 0 ? row.upper : row.lower;
    const double t = row.beta + gain / q;
    const double dead = task_.epsilon / q;
    const double soft = std::max(t - dead, 0.0) + std::min(t + dead, 0.0);
    return std::clamp(soft, row.lower, row.upper);
  }

  static double inner(const std::vector<double>& a, const std::vector<double>& b) {
    return lane_sum(a.size(), [&](std::size_t j) { return a[j] * b[j]; });
  }

  const AnySamples& X_;
  const SvmTask& task_;
  const SvmOptions& options_;
  std::vector<DcdRow> rows_;
  std::vector<double> f_;     // X w at the last full pass
  std::vector<double> w_;     // X' beta
  std::vector<double> mean_;  // m: the mean row; zeros without an intercept
  double mean2_ = 0;          // |m|^2
  std::vector<std::size_t> active_;
  Random random_;
  double tau_ = 0;
  double lambda_ = 0;
  double balance_ = 0;  // sum beta
  double shared_ = 0;   // m . w
  double gap_ = kInfinity;
  double last_violation_ = kInfinity;
  SvmSolution solution_;
};

}  // namespace

SvmSolution solve_dcd(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch) {
  return Dcd(X, task, options, start).run(watch);
}

}  // namespace slimline
