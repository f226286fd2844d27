#include "algorithms/newton_steps.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "algorithms/newton_system.hpp"
#include "algorithms/svm_rows.hpp"
#include "core/parallel.hpp"

namespace slimline {
namespace {

constexpr std::size_t kGrain = 4096;    // rows a partial sum
constexpr double kLineReduction = 0.3;  // how far a line search lowers the derivative
constexpr int kMaxLineSteps = 40;
// The next window is this part of size * t^power for a step of that size of which the line search
// took t: t itself would let short steps, which narrow windows cause, make them narrower still.
// Parts from 0.2 to 1 and powers from 0.25 to 1 take about as many steps on real data.
constexpr double kWindow = 0.5;
constexpr double kWindowPower = 0.75;

}  // namespace

NewtonSteps::NewtonSteps(const SvmSamples& X, bool fit_intercept, int n_threads, NewtonRows rows,
                         NewtonTrust trust, NewtonPoint& point)
    : X_(X),
      fit_intercept_(fit_intercept),
      n_threads_(n_threads),
      rows_(std::move(rows)),
      trust_(trust),
      point_(point),
      df_(rows_.rows.size()),
      step_(point.w.size() + 1),
      change_(rows_.rows.size()),
      added_(point.w.size()) {}

bool NewtonSteps::step() {
  std::vector<std::size_t> active;
  std::vector<double> weight;
  for (std::size_t k = 0; k < rows_.rows.size(); ++k) {
    const double slope = mean_slope(rows_.terms[k], rows_.s[k], trust_.window);
    if (slope == 0) continue;
    active.push_back(rows_.rows[k]);
    weight.push_back(slope);
  }
  const std::size_t d = point_.w.size();
  std::vector<double> descent(d + 1);
  for (std::size_t j = 0; j < d; ++j) descent[j] = point_.combined[j] - point_.w[j];
  descent[d] = fit_intercept_ ? point_.balance : 0;
  step_ = descent;
  solve_newton_system({X_, active, weight, fit_intercept_, n_threads_}, step_);
  const double rate = std::inner_product(step_.begin(), step_.end(), descent.begin(), 0.0);
  if (!(rate > 0) || !std::isfinite(rate)) return false;
  row_products(X_, rows_.rows, std::span<const double>(step_).first(d), df_, n_threads_);
  const double size = step_size();
  double t = line_search(rate);
  if (t * size > trust_.room) {
    t = trust_.room / size;
    trust_.room = 0;
  } else {
    trust_.room -= t * size;
  }
  if (!(t > 0) || !move(t)) return false;
  trust_.window = kWindow * std::pow(std::min(t, 1.0), kWindowPower) * size;
  evaluate();
  return true;
}

// Weighted by the costs, so that a weight of 2 is a row twice.
double NewtonSteps::step_size() const {
  double sum = 0;
  double weight = 0;
  for (std::size_t k = 0; k < df_.size(); ++k) {
    const double df = df_[k] + step_.back();
    sum += rows_.terms[k].h * df * df;
    weight += rows_.terms[k].h;
  }
  return weight > 0 ? std::sqrt(sum / weight) : 0;
}

// The derivative along the step after t of it.
double NewtonSteps::derivative(double t) const {
  const double db = step_.back();
  std::vector<double> partial(chunk_count(df_.size(), kGrain));
  parallel_for(df_.size(), kGrain, n_threads_,
               [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                 double sum = 0;
                 for (std::size_t k = begin; k < end; ++k) {
                   const double df = df_[k] + db;
                   // beta' of the rows left out does not change: only changes are summed here.
                   sum += (prox(rows_.terms[k], rows_.s[k] - t * df).beta - rows_.beta[k]) * df;
                 }
                 partial[chunk] = sum;
               });
  double along = -std::accumulate(partial.begin(), partial.end(), 0.0);
  for (std::size_t j = 0; j < point_.w.size(); ++j) {
    along += (point_.w[j] - point_.combined[j] + t * step_[j]) * step_[j];
  }
  return fit_intercept_ ? along - point_.balance * db : along;
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
  for (std::size_t k = 0; k < df_.size(); ++k) rows_.s[k] -= t * df_[k] + db;
  return changed;
}

void NewtonSteps::evaluate() {
  parallel_for(df_.size(), kGrain, n_threads_,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 for (std::size_t k = begin; k < end; ++k) {
                   const ProxValue value = prox(rows_.terms[k], rows_.s[k]);
                   change_[k] = value.beta - rows_.beta[k];
                   rows_.beta[k] = value.beta;
                 }
               });
  combine_rows(X_, rows_.rows, change_, added_, n_threads_);
  for (std::size_t j = 0; j < added_.size(); ++j) point_.combined[j] += added_[j];
  point_.balance += std::accumulate(change_.begin(), change_.end(), 0.0);
}

}  // namespace slimline
