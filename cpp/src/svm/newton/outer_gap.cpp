// The state of NewtonOuter at its point: beta' of all rows, the gap, and the distance of X' beta'
// from w; and the corrections of beta' where residuals have no digits left.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"
#include "linalg/row_products.hpp"
#include "svm/newton/outer.hpp"
#include "svm/zero_model.hpp"

namespace slimline {
namespace {

constexpr std::size_t kGrain = 4096;  // rows per partial sum
constexpr double kAccuracy = 0.05;    // allowed error of an inner minimum, relative to the gap
constexpr double kHindered = 1e-3;    // predicted decrease, relative to the allowed error
constexpr int kCorrections = 5;
constexpr double kCorrected = 0.5;     // least reduction of the error that justifies another one
constexpr double kLeastWindow = 1e-8;  // window of the corrections, relative to the mean residual
constexpr double kPromise = 1.25;      // predicted gap of a certificate, relative to tol

double norm2(const std::vector<double>& a) {
  return std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
}

}  // namespace

// Sums over all rows of what rows(begin, end) returns.
template <class Rows>
void NewtonOuter::add_up(const Rows& rows) {
  std::vector<kernels::ProxSums> partial(chunk_count(task_.size(), kGrain));
  parallel_for(task_.size(), kGrain, options_.n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                 partial[chunk] = rows(begin, end);
               });
  sums_ = {};
  for (const kernels::ProxSums& part : partial) {
    sums_.balance += part.balance;
    sums_.mass += part.mass;
    sums_.loss += part.loss;
    sums_.gain += part.gain;
    sums_.along += part.along;
  }
  point_.balance = sums_.balance;
}

kernels::ProxSums NewtonOuter::sums_of(std::size_t begin, std::size_t end) const {
  const kernels::ProxKernels& prox = kernels::active_table().prox;
  const auto sums = squared_ ? prox.squared_sums : prox.linear_sums;
  return sums(terms_.from(begin), &task_.target[begin], &s_[begin], &next_[begin], end - begin);
}

kernels::ProxSums NewtonOuter::evaluate_rows(std::size_t begin, std::size_t end, bool anew) {
  const kernels::ProxKernels& prox = kernels::active_table().prox;
  prox.values(terms_.from(begin), &s_[begin], end - begin, &change_[begin]);
  for (std::size_t k = begin; k < end; ++k) {
    const double before = anew ? 0 : next_[k];
    next_[k] = change_[k];
    change_[k] -= before;
  }
  return sums_of(begin, end);
}

// Computes beta' of all rows at the residuals, X' beta', and the gap. beta' is feasible except for
// sum beta' = 0, which the inner minimum nearly satisfies. X' beta' is updated by changes, which
// accumulate rounding: close to the limit of precision it is computed anew.
void NewtonOuter::evaluate() {
  const bool anew = !evaluated_ || accuracy_ < 1;
  add_up([&](std::size_t begin, std::size_t end) { return evaluate_rows(begin, end, anew); });
  if (anew) std::ranges::fill(point_.combined, 0.0);
  std::vector<double> sum(point_.w.size());
  combine_rows(X_, task_.rows, change_, sum, options_.n_threads);
  for (std::size_t j = 0; j < sum.size(); ++j) point_.combined[j] += sum[j];
  evaluated_ = true;
  find_gap();
}

void NewtonOuter::find_gap() {
  primal_ = norm2(point_.w) / 2 + sums_.loss;
  gap_ = relative_gap(task_, primal_, sums_.gain - norm2(combined()) / 2);
}

// X' beta'; with an intercept for centred rows.
std::vector<double> NewtonOuter::combined() const {
  std::vector<double> combined = point_.combined;
  if (!task_.fit_intercept) return combined;
  for (std::size_t j = 0; j < task_.centre.size(); ++j) {
    combined[j] -= point_.balance * task_.centre[j];
  }
  return combined;
}

// X' beta' - w, the negative gradient.
std::vector<double> NewtonOuter::descent() const {
  std::vector<double> descent = combined();
  for (std::size_t j = 0; j < descent.size(); ++j) descent[j] -= point_.w[j];
  return descent;
}

// The part of the gap that is due to the difference between X' beta' and w.
double NewtonOuter::error() const { return norm2(descent()) / 2 / gap_unit(task_, primal_); }

double NewtonOuter::imbalance() const {
  return task_.fit_intercept && sums_.mass > 0 ? std::abs(point_.balance) / sums_.mass : 0;
}

double NewtonOuter::allowed_error() const {
  return kAccuracy * accuracy_ * std::max(options_.tol, std::min(1.0, 0.2 * std::abs(gap_)));
}

bool NewtonOuter::accurate() const {
  const double allowed = allowed_error();
  return imbalance() <= allowed && error() <= allowed;
}

// Whether rounding keeps X' beta' from reaching w: steps predict next to no decrease.
bool NewtonOuter::hindered() const {
  const double next_to_nothing = kHindered * kAccuracy * options_.tol * gap_unit(task_, primal_);
  return stepped_ && steps_.rate() / 2 <= next_to_nothing;
}

// Corrects beta' alone, as far as its precision permits. Returns whether that reduced the error.
bool NewtonOuter::correct() {
  const double narrow = kLeastWindow * mean_residual();
  const bool corrected = correct(narrow);
  return (!accurate() && window_ > narrow && correct(window_)) || corrected;
}

// With curvature averaged over a window.
bool NewtonOuter::correct(double window) {
  bool corrected = false;
  std::vector<double> best(next_.begin(), next_.end());
  for (int k = 0; k < kCorrections; ++k) {
    const double before = distance_to_minimum();
    choose_rows(0);
    steps_.begin({.window = window, .room = std::numeric_limits<double>::infinity()});
    steps_.correct();
    take(steps_.rows().beta);
    if (!(distance_to_minimum() < before)) {
      take(best);
      break;
    }
    corrected = true;
    std::ranges::copy(next_, best.begin());
    if (distance_to_minimum() > kCorrected * before) break;
  }
  return corrected;
}

// Replaces beta'.
void NewtonOuter::take(std::span<const double> beta) {
  std::ranges::copy(beta, next_.begin());
  combine_rows(X_, task_.rows, next_, point_.combined, options_.n_threads);
  add_up([&](std::size_t begin, std::size_t end) { return sums_of(begin, end); });
  find_gap();
}

double NewtonOuter::distance_to_minimum() const { return error() + imbalance() * imbalance(); }

// Whether a certificate is likely to succeed. Its primal point is X' beta' instead of w. To second
// order, the primal objective is larger there by half the curvature along the difference.
bool NewtonOuter::promising() const {
  if (tried_ || gap_ > options_.tol) return false;
  const std::vector<double> change = descent();
  const double rise = steps_.curvature(change) / 2 - norm2(change);
  return gap_ + rise / gap_unit(task_, primal_) <= kPromise * options_.tol;
}

}  // namespace slimline
