#include "svm/newton/steps.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"
#include "linalg/lane_sum.hpp"
#include "linalg/row_products.hpp"

namespace slimline {
namespace {

constexpr std::size_t kGrain = 4096;    // rows per partial sum
constexpr double kLineReduction = 0.3;  // of the derivative, by a line search
constexpr int kMaxLineSteps = 40;
// Relative to the largest possible curvature of all rows together. It keeps b determined when no
// row is active, and has no effect otherwise.
constexpr double kInterceptRidge = 1e-8;
// The next window is kWindow * size * t^kWindowPower, for a step of that size of which the line
// search took the share t. A power of 1 would make windows ever narrower: narrow windows cause
// short steps. On real data, factors from 0.2 to 1 and powers from 0.25 to 1 take about the same
// number of steps.
constexpr double kWindow = 0.5;
constexpr double kWindowPower = 0.75;

}  // namespace

NewtonSteps::NewtonSteps(const AnySamples& X, const SvmTask& task, int n_threads,
                         NewtonPoint& point, Workspace& workspace)
    : X_(X),
      task_(task),
      n_threads_(n_threads),
      point_(point),
      rows_(workspace, task.size(), task.epsilon),
      solver_(task.ridge.front() > 0),
      slope_(take_values(workspace, task.size())),
      active_(workspace.take<std::size_t>(task.size()), task.size()),
      df_(take_values(workspace, task.size())),
      change_(take_values(workspace, task.size())),
      step_(point.w.size() + 1),
      added_(point.w.size()) {}

// Moves the rows with curvature, and their curvatures, to the front of active_ and slope_. Returns
// their number.
std::size_t NewtonSteps::find_active() {
  const auto slopes = kernels::active_table().prox.slopes;
  parallel_for(rows_.count, kGrain, n_threads_,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 slopes(rows_.terms.from(begin), &rows_.s[begin], trust_.window, end - begin,
                        &slope_[begin]);
               });
  std::size_t count = 0;
  for (std::size_t k = 0; k < rows_.count; ++k) {
    const double slope = slope_[k];
    active_[count] = rows_.rows[k];
    slope_[count] = slope;
    count += slope != 0 ? 1 : 0;
  }
  return count;
}

// Sets step_, and returns minus the derivative along it; not above 0 where rounding spoilt it.
double NewtonSteps::solve(std::size_t n_active) {
  const std::size_t d = point_.w.size();
  std::vector<double> descent(d + 1);
  descent[d] = point_.balance;
  for (std::size_t j = 0; j < d; ++j) descent[j] = point_.combined[j] - point_.w[j];
  for (std::size_t j = 0; j < task_.centre.size(); ++j) descent[j] -= descent[d] * task_.centre[j];
  step_ = descent;
  solver_.solve({.X = X_,
                 .rows = active_.first(n_active),
                 .weight = slope_.first(n_active),
                 .centre = task_.centre,
                 .intercept_ridge = intercept_ridge(),
                 .fit_intercept = task_.fit_intercept,
                 .n_threads = n_threads_},
                step_);
  const double rate = std::inner_product(step_.begin(), step_.end(), descent.begin(), 0.0);
  for (std::size_t j = 0; j < task_.centre.size(); ++j) step_[d] -= step_[j] * task_.centre[j];
  return std::isfinite(rate) ? rate : 0;
}

double NewtonSteps::intercept_ridge() const {
  const std::span<const double> h = rows_.terms.h;
  return kInterceptRidge * lane_sum(rows_.count, [&](std::size_t k) { return h[k]; });
}

bool NewtonSteps::step() {
  const std::size_t n_active = find_active();
  const std::size_t d = point_.w.size();
  double rate = solve(n_active);
  if (!(rate > 0) && solver_.forget()) rate = solve(n_active);
  rate_ = rate;
  if (!(rate > 0)) return false;
  if (!task_.fit_intercept) step_[d] = 0;  // but for rounding
  row_products(X_, rows_.rows.first(rows_.count), std::span<const double>(step_).first(d), df_,
               n_threads_);
  const double size = step_size();
  double t = line_search(rate);
  if (t * size > trust_.room) {
    t = trust_.room / size;
    trust_.room = 0;
  } else {
    trust_.room -= t * size;
  }
  if (!(t > 0) || !move(t)) return false;
  const double next = kWindow * std::pow(std::min(t, 1.0), kWindowPower) * size;
  if (next > 0) trust_.window = next;
  evaluate();
  return true;
}

void NewtonSteps::correct() {
  solve(find_active());
  const std::size_t n = rows_.count;
  const NewtonTerms& terms = rows_.terms;
  row_products(X_, rows_.rows.first(n), std::span<const double>(step_).first(point_.w.size()), df_,
               n_threads_);
  kernels::active_table().prox.slopes(terms.from(0), rows_.s.data(), trust_.window, n,
                                      slope_.data());
  for (std::size_t k = 0; k < n; ++k) {
    const double moved = rows_.beta[k] - slope_[k] * (df_[k] + step_.back());
    rows_.beta[k] = std::clamp(moved, terms.lower[k], terms.upper[k]);
  }
}

// Weighted by the costs, so that a weight of 2 is a row twice.
double NewtonSteps::step_size() const {
  const std::span<const double> h = rows_.terms.h;
  const double sum = lane_sum(rows_.count, [&](std::size_t k) {
    const double df = df_[k] + step_.back();
    return h[k] * df * df;
  });
  const double weight = lane_sum(rows_.count, [&](std::size_t k) { return h[k]; });
  return weight > 0 ? std::sqrt(sum / weight) : 0;
}

// The derivative along the step after t of it. beta' of the rows left out does not change: only
// changes are summed.
double NewtonSteps::derivative(double t) const {
  const double db = step_.back();
  const auto of_rows = kernels::active_table().prox.derivative;
  std::vector<double> partial(chunk_count(rows_.count, kGrain));
  parallel_for(rows_.count, kGrain, n_threads_,
               [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                 const kernels::ProxStep step{.df = &df_[begin], .db = db, .t = t};
                 partial[chunk] = of_rows(rows_.terms.from(begin), &rows_.s[begin],
                                          &rows_.beta[begin], step, end - begin);
               });
  double along = -std::accumulate(partial.begin(), partial.end(), 0.0);
  for (std::size_t j = 0; j < point_.w.size(); ++j) {
    along += (point_.w[j] - point_.combined[j] + t * step_[j]) * step_[j];
  }
  return along - point_.balance * db;
}

// A t whose derivative is at most kLineReduction of the one at 0, -rate, in size. The derivative
// is increasing: bracket its zero, then regula falsi with the Illinois halving.
double NewtonSteps::line_search(double rate) const {
  const double enough = kLineReduction * rate;
  double low = 0;
  double at_low = -rate;
  double high = 1;
  double at_high = derivative(high);
  for (int k = 0; at_high < -enough && k < kMaxLineSteps; ++k) {
    low = high;
    at_low = at_high;
    high *= 4;
    at_high = derivative(high);
  }
  if (at_high <= enough) return high;
  for (int k = 0; k < kMaxLineSteps; ++k) {
    double t = low + (high - low) * (at_low / (at_low - at_high));
    if (!(t > low && t < high)) t = (low + high) / 2;
    const double at_t = derivative(t);
    if (std::abs(at_t) <= enough) return t;
    if (at_t < 0) {
      low = t;
      at_low = at_t;
      at_high /= 2;
    } else {
      high = t;
      at_high = at_t;
      at_low /= 2;
    }
  }
  return low;
}

// False when rounding swallows the step.
bool NewtonSteps::move(double t) {
  bool changed = false;
  for (std::size_t j = 0; j < point_.w.size(); ++j) {
    const double w = point_.w[j] + t * step_[j];
    changed = changed || w != point_.w[j];
    point_.w[j] = w;
  }
  const double db = t * step_.back();
  changed = changed || point_.b + db != point_.b;
  point_.b += db;
  for (std::size_t k = 0; k < rows_.count; ++k) rows_.s[k] -= t * df_[k] + db;
  return changed;
}

void NewtonSteps::evaluate() {
  const auto values = kernels::active_table().prox.values;
  parallel_for(rows_.count, kGrain, n_threads_,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 values(rows_.terms.from(begin), &rows_.s[begin], end - begin, &change_[begin]);
                 for (std::size_t k = begin; k < end; ++k) {
                   const double before = rows_.beta[k];
                   rows_.beta[k] = change_[k];
                   change_[k] -= before;
                 }
               });
  combine_rows(X_, rows_.rows.first(rows_.count), change_, added_, n_threads_);
  for (std::size_t j = 0; j < added_.size(); ++j) point_.combined[j] += added_[j];
  point_.balance += lane_sum(rows_.count, [&](std::size_t k) { return change_[k]; });
}

}  // namespace slimline
