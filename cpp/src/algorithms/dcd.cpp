#include "algorithms/dcd.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "algorithms/best_intercept.hpp"
#include "algorithms/certificate.hpp"
#include "algorithms/smo_block.hpp"
#include "algorithms/svm_row_ops.hpp"
#include "algorithms/svm_rows.hpp"
#include "core/interrupt.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLookReduction = 0.3;   // a violation so much smaller asks for a look at all rows
constexpr std::size_t kMostPasses = 10;  // between two looks
constexpr std::size_t kFirstPasses = 3;  // from zero: one or two certify nothing
constexpr double kFirm = 0.1;  // of the last violation: rows that stay as firmly are left out
// Of the mean |x_k|^2: larger values shorten all steps, smaller ones let sum beta wander.
constexpr double kTau = 0.3;
constexpr double kDrift = 1e-10;           // of |w|, that its updates may be off by
constexpr double kRounding = 1e-15;        // of sum |beta|, that sum beta may be off by
constexpr double kLeastCurvature = 1e-12;  // of zero rows without an intercept, as in LIBSVM
// Visits ahead at which the parts of a row are asked for, which a visit would otherwise wait for.
constexpr std::size_t kAhead = 16;
constexpr std::size_t kEntriesAhead = 8;

// What a step reads of a row beside its entries, in one cache line.
struct alignas(64) DcdRow {
  double beta;
  double target;
  double lower;
  double upper;
  double ridge;
  double curvature;  // |x|^2
  std::size_t row;   // of X
};

class Dcd {
 public:
  Dcd(const SvmSamples& X, const SvmTask& task, const SvmOptions& options, const SvmStart& start)
      : X_(X),
        task_(task),
        options_(options),
        rows_(task.size()),
        f_(task.size()),
        w_(n_columns(X)),
        random_(task.size()) {
    std::vector<double> beta(task.size());
    if (!start.beta.empty()) {
      beta = start.beta;
      repair_dual(task_, beta);
      add_rows(X_, task_.rows, beta, w_);
    }
    std::vector<double> curvature(task.size());
    squared_norms(X_, task_.rows, curvature, options_.n_threads);
    for (std::size_t k = 0; k < task.size(); ++k) {
      rows_[k] = {.beta = beta[k],
                  .target = task.target[k],
                  .lower = task.lower[k],
                  .upper = task.upper[k],
                  .ridge = task.ridge[k],
                  .curvature = curvature[k],
                  .row = task.rows[k]};
    }
    if (!task_.fit_intercept) return;
    tau_ = kTau * std::accumulate(curvature.begin(), curvature.end(), 0.0) /
           static_cast<double>(task_.size());
    if (tau_ == 0) tau_ = 1;
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
    if (!done) {
      std::vector<double> beta = this->beta();
      solution_ = certify(X_, task_, beta, options_.n_threads);
    }
    solution_.iterations = iteration;
    return std::move(solution_);
  }

 private:
  // How far beta_k is from its best value, as a slope; below zero: how firmly it stays.
  double violation(const DcdRow& row, double gain) const {
    return std::max(gain + shift_up(row.beta, row.upper, task_.epsilon),
                    -gain - shift_down(row.beta, row.lower, task_.epsilon));
  }

  std::vector<double> beta() const {
    std::vector<double> beta(rows_.size());
    std::transform(rows_.begin(), rows_.end(), beta.begin(),
                   [](const DcdRow& row) { return row.beta; });
    return beta;
  }

  // From zero there is nothing to look at: w = 0, and the mean target is as good an intercept as
  // any.
  void begin() {
    active_.resize(rows_.size());
    std::iota(active_.begin(), active_.end(), std::size_t{0});
    if (task_.fit_intercept) {
      lambda_ = std::accumulate(task_.target.begin(), task_.target.end(), 0.0) /
                static_cast<double>(std::max<std::size_t>(1, task_.size()));
    }
    gap_ = relative_gap(primal_objective(task_, f_, lambda_, 0), 0);
  }

  // A look at all rows: the gap, the best intercept, the rows to work on. True when the gap is
  // small enough: it is then certified, since sum beta = 0. exact: w has just been computed anew.
  bool look(bool exact = false) {
    if (task_.fit_intercept) balance();
    const std::vector<double> beta = this->beta();
    row_products(X_, task_.rows, w_, f_, options_.n_threads);
    if (task_.fit_intercept) lambda_ = best_intercept(task_, f_);
    const double norm2 = std::inner_product(w_.begin(), w_.end(), w_.begin(), 0.0);
    const double primal = primal_objective(task_, f_, lambda_, norm2);
    const double dual = dual_objective(task_, beta, norm2);
    gap_ = relative_gap(primal, dual);
    if (gap_ > options_.tol) {
      choose();
      return false;
    }
    std::vector<double> w(w_.size());  // without what steps have rounded away
    add_rows(X_, task_.rows, beta, w);
    const double off2 = std::transform_reduce(w.begin(), w.end(), w_.begin(), 0.0, std::plus<>(),
                                              [](double a, double b) { return (a - b) * (a - b); });
    if (!exact && off2 > kDrift * kDrift * norm2) {
      w_ = std::move(w);
      return look(true);
    }
    solution_.w = std::move(w);
    solution_.b = lambda_;
    solution_.primal = primal;
    solution_.dual = dual;
    solution_.gap = gap_;
    set_support(solution_, task_, beta);
    return true;
  }

  // Makes sum beta zero to rounding, which steps reach in the limit alone: on rows between the
  // kinks of the dual, which it costs least, and if these do not suffice, on others.
  void balance() {
    for (const bool free : {true, true, false, false}) {  // twice each, for what the first rounds
      double size = 0;
      balance_ = 0;
      for (const DcdRow& row : rows_) {
        balance_ += row.beta;
        size += std::abs(row.beta);
      }
      const double rounding = kRounding * size;
      if (std::abs(balance_) <= rounding) return;
      for (std::size_t k = 0; k < rows_.size() && std::abs(balance_) > rounding; ++k) {
        DcdRow& row = rows_[k];
        const bool kink = row.beta == 0 || row.beta <= row.lower || row.beta >= row.upper;
        if (free && kink) continue;
        const double change = std::clamp(row.beta - balance_, row.lower, row.upper) - row.beta;
        if (change == 0) continue;
        row.beta += change;
        balance_ += change;
        std::visit([&](const auto& view) { axpy(view, row.row, change, w_.data()); }, X_);
      }
    }
  }

  void choose() {
    active_.clear();
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      const DcdRow& row = rows_[k];
      const double gain = row.target - f_[k] - lambda_ - row.ridge * row.beta;
      if (violation(row, gain) >= -kFirm * last_violation_) active_.push_back(k);
    }
  }

  // One step for each chosen row, in random order; rows that stay firmly are left out. Returns the
  // largest violation.
  double pass() {
    shuffle(active_, random_);
    return std::visit([&](const auto& view) { return pass_over(view); }, X_);
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
      const double b = lambda_ + tau_ * balance_;
      const double gain = row.target - dot(view, row.row, w_.data()) - b - row.ridge * row.beta;
      const double wrong = violation(row, gain);
      if (wrong < firm) continue;
      active_[kept++] = k;
      if (wrong <= 0) continue;
      largest = std::max(largest, wrong);
      const double q = std::max(row.curvature + tau_ + row.ridge, kLeastCurvature);
      const double change = best(row, gain, q) - row.beta;
      if (change == 0) continue;
      row.beta += change;
      balance_ += change;
      axpy(view, row.row, change, w_.data());
    }
    active_.resize(kept);
    return largest;
  }

  double best(const DcdRow& row, double gain, double q) const {
    const double t = row.beta + gain / q;
    const double dead = task_.epsilon / q;
    const double soft = std::max(t - dead, 0.0) + std::min(t + dead, 0.0);
    return std::clamp(soft, row.lower, row.upper);
  }

  const SvmSamples& X_;
  const SvmTask& task_;
  const SvmOptions& options_;
  std::vector<DcdRow> rows_;
  std::vector<double> f_;  // w . x_k at the last look
  std::vector<double> w_;
  std::vector<std::size_t> active_;
  Random random_;
  double tau_ = 0;
  double lambda_ = 0;
  double balance_ = 0;  // sum beta
  double gap_ = kInfinity;
  double last_violation_ = kInfinity;
  SvmSolution solution_;
};

}  // namespace

SvmSolution solve_dcd(const SvmSamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch) {
  return Dcd(X, task, options, start).run(watch);
}

}  // namespace slimline
