#include "svm/newton/outer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "kernels/dispatch.hpp"
#include "linalg/lane_sum.hpp"
#include "linalg/row_products.hpp"
#include "svm/zero_model.hpp"

namespace slimline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// In units of cost / residual.
constexpr double kFirstSigma = 2;
constexpr double kWarmSigma = 8;
constexpr double kSigmaGrowth = 4;
constexpr double kSharpness = 0.3;  // relative to tol
constexpr double kMaxSharpening = 8;
constexpr double kLeastGrowth = 1.5;
constexpr double kMaxSigma = 1e16;
constexpr double kRecession = 64;
constexpr int kMaxRecessions = 6;
constexpr double kLeastAccuracy = 1e-20;
constexpr double kAdvance = 0.9;
constexpr std::size_t kPatience = 200;    // steps without a reduction by kAdvance
constexpr double kReach = 4;              // of the last move: rows that may reach a kink are active
constexpr double kMostRows = 0.875;       // with a larger share of active rows, all are active
constexpr double kWindow = 1;             // relative to the predicted move
constexpr double kRoundReduction = 0.01;  // reduction of the error at which a round ends
constexpr double kRoundProgress = 0.25;   // after a smaller reduction, all rows are active
constexpr std::size_t kRoundSteps = 20;

NewtonPoint begin_point(std::size_t columns) {
  return {.w = std::vector<double>(columns), .combined = std::vector<double>(columns)};
}

}  // namespace

NewtonOuter::NewtonOuter(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                         const SvmWatch& watch, NewtonBegin begin, Workspace& workspace)
    : X_(X),
      task_(task),
      options_(options),
      watch_(watch),
      squared_(task.ridge.front() > 0),
      cost_(take_values(workspace, task.size())),
      terms_(workspace, task.size(), task.epsilon),
      s_(take_values(workspace, task.size())),
      before_(take_values(workspace, task.size())),
      stage_(take_values(workspace, task.size())),
      next_(take_values(workspace, task.size())),
      change_(take_values(workspace, task.size())),
      chosen_(workspace.take<std::size_t>(task.size()), task.size()),
      point_(begin_point(n_columns(X))),
      steps_(X, task, options.n_threads, point_, workspace),
      reach_(begin.reach),
      iterations_(begin.iterations) {
  for (std::size_t k = 0; k < task.size(); ++k) {
    cost_[k] = squared_ ? 1 / task.ridge[k] : std::max(task.upper[k], -task.lower[k]);
  }
  costs_ = lane_sum(task.size(), [&](std::size_t k) { return cost_[k]; });
  std::ranges::copy(task.lower, terms_.lower.begin());
  std::ranges::copy(task.upper, terms_.upper.begin());
  const bool warm = !begin.w.empty();
  if (warm) {
    point_.w = std::move(begin.w);
    point_.b = begin.b;
  } else if (task.lower.front() < 0 && task.upper.front() > 0) {
    point_.b = task.zero_intercept;  // the middle of the targets
  }
  update_residuals();
  measure_spreads();
  most_sigma_ = kMaxSigma / mean_residual();
  sigma_ = begin.sigma > 0 ? begin.sigma : (warm ? kWarmSigma : kFirstSigma) / mean_residual();
  std::ranges::fill(terms_.beta, 0.0);
  for (std::size_t k = 0; k < task.size() && !squared_; ++k) {
    terms_.beta[k] = begin.beta.empty() ? (task.lower[k] + task.upper[k]) / 2
                                        : std::clamp(begin.beta[k], task.lower[k], task.upper[k]);
  }
  update_slopes();
  window_ = first_window();
  std::ranges::copy(s_, stage_.begin());
  evaluate();
  if (begin.sigma > 0) sharpen();
}

void NewtonOuter::run(const std::function<bool()>& done) {
  while (iterations_ < options_.max_iter && accuracy_ >= kLeastAccuracy && advances()) {
    // The zero dual proves objectives close to 0, as for classes that a plane separates.
    if (done && primal_ <= options_.tol * gap_unit(task_, primal_) && done()) return;
    if (accurate()) {
      const bool met = gap_ <= options_.tol;
      if (met && !done) return;
      if (promising() && done()) return;
      if (met && accuracy_ < 1) {
        correct();
        if (done()) return;
      }
      tried_ = true;
      // If only the violation of sum beta' = 0 keeps the certificate above tol, keep these
      // multipliers and minimise more accurately.
      if (met || squared_ || !stepped_) accuracy_ *= 0.1;
      if (!met && !squared_) raise_multipliers();
    } else if (hindered() && correct() && accurate()) {
      continue;
    } else if (!round()) {
      if (correct() && accurate()) continue;
      if (squared_ || ++recessions_ > kMaxRecessions) return;
      // A large sigma amplifies the rounding of s. Where that stops the steps, continue with a
      // smaller sigma.
      most_sigma_ = sigma_ / kSigmaGrowth;
      sigma_ /= kRecession;
      raise_multipliers();
    }
  }
}

// Whether recent steps have reduced the gap or the objective.
bool NewtonOuter::advances() {
  if (gap_ < kAdvance * best_gap_ || primal_ < kAdvance * best_primal_) advanced_ = iterations_;
  if (advanced_ == iterations_) {
    best_gap_ = std::min(best_gap_, std::abs(gap_));
    best_primal_ = std::min(best_primal_, primal_);
  }
  return iterations_ < advanced_ + kPatience;
}

template <class Value>
double NewtonOuter::weighted_mean(const Value& value) const {
  return lane_sum(task_.size(), [&](std::size_t k) { return cost_[k] * value(k); }) / costs_;
}

double NewtonOuter::mean_residual() const {
  const double mean = weighted_mean([&](std::size_t k) { return std::abs(s_[k]); });
  return mean > 0 ? mean : 1;
}

double NewtonOuter::distance(std::span<const double> a, std::span<const double> b) const {
  return std::sqrt(weighted_mean([&](std::size_t k) { return (a[k] - b[k]) * (a[k] - b[k]); }));
}

void NewtonOuter::update_residuals() {
  row_products(X_, task_.rows, point_.w, s_, options_.n_threads);
  for (std::size_t k = 0; k < s_.size(); ++k) s_[k] = task_.target[k] - s_[k] - point_.b;
}

// Residuals change by x . dw. Rows that are much longer than others, such as those with an entry in
// a rare column, change by as much more.
void NewtonOuter::measure_spreads() {
  squared_norms(X_, task_.rows, terms_.spread, options_.n_threads);
  const double mean = weighted_mean([&](std::size_t k) { return terms_.spread[k]; });
  if (!(mean > 0 && std::isfinite(mean))) {
    std::ranges::fill(terms_.spread, 1.0);
    return;
  }
  for (double& spread : terms_.spread) spread = std::sqrt(std::max(spread / mean, 1.0));
}

void NewtonOuter::update_slopes() {
  const double factor = squared_ ? 1 : sigma_;
  for (std::size_t k = 0; k < task_.size(); ++k) terms_.h[k] = factor * cost_[k];
}

// Sets the multipliers to beta'. sigma grows, by less where the gap is close to tol.
void NewtonOuter::raise_multipliers() {
  std::ranges::copy(next_, terms_.beta.begin());
  const double needed = std::max(kLeastGrowth, std::sqrt(std::abs(gap_) / options_.tol));
  sigma_ = std::min(sigma_ * std::min(needed, kSigmaGrowth), most_sigma_);
  update_slopes();
  // The next minimum is assumed to be no farther away than this one was.
  if (stepped_ && reach_ > 0) reach_ = kReach * distance(stage_, s_);
  window_ = first_window();
  std::ranges::copy(s_, stage_.begin());
  stepped_ = false;
  tried_ = false;
  rounds_ = 0;
  evaluate();
}

// After a coarse start the point is near the solution. The gap at the next minimum is about the
// amount by which the smoothed terms are below the losses, which decreases with the square of
// sigma. Choosing sigma for the target gap saves a stage.
void NewtonOuter::sharpen() {
  const double wanted = kSharpness * options_.tol * gap_unit(task_, primal_);
  const double slack = sums_.loss - sums_.along;  // losses less smoothed terms
  if (squared_ || slack <= wanted) return;
  sigma_ *= std::min(kMaxSharpening, std::sqrt(slack / wanted));
  update_slopes();
  evaluate();
}

// Selects the active rows, whose beta' may change while residuals change by up to `reach`. All rows
// are active where `reach` is unknown, or where skipping few would cost a full pass afterwards.
void NewtonOuter::choose_rows(double reach) {
  std::size_t count = task_.size();
  if (reach > 0) {
    kernels::active_table().prox.slopes(terms_.from(0), s_.data(), reach, s_.size(),
                                        change_.data());
    count = 0;
    for (std::size_t k = 0; k < task_.size(); ++k) {
      chosen_[count] = k;
      count += change_[k] != 0 ? 1 : 0;
    }
  }
  if (static_cast<double>(count) > kMostRows * static_cast<double>(task_.size())) {
    std::iota(chosen_.begin(), chosen_.end(), std::size_t{0});
    count = task_.size();
  }
  NewtonRows& rows = steps_.rows();
  rows.count = count;
  const auto gather = [&](const auto& from, auto& to) {
    for (std::size_t k = 0; k < count; ++k) to[k] = from[chosen_[k]];
  };
  gather(task_.rows, rows.rows);
  gather(terms_.beta, rows.terms.beta);
  gather(terms_.h, rows.terms.h);
  gather(terms_.lower, rows.terms.lower);
  gather(terms_.upper, rows.terms.upper);
  gather(terms_.spread, rows.terms.spread);
  gather(s_, rows.s);
  gather(next_, rows.beta);
}

double NewtonOuter::first_window() const {
  return kWindow * (reach_ > 0 ? reach_ / kReach : mean_residual());
}

// Newton steps on the active rows, then a full pass. Returns false if no step changed anything.
bool NewtonOuter::round() {
  const double reach = std::ldexp(reach_, rounds_);
  choose_rows(reach);
  steps_.begin({.window = window_, .room = reach > 0 ? reach : kInfinity});
  rounds_ = std::min(rounds_ + 1, 100);
  const double first = distance_to_minimum();
  bool moved = false;
  for (std::size_t k = 0; k < kRoundSteps && iterations_ < options_.max_iter; ++k) {
    poll(watch_, iterations_, gap_);
    ++iterations_;
    if (!steps_.step()) break;
    moved = true;
    if (steps_.exhausted() || accurate() || distance_to_minimum() <= kRoundReduction * first) break;
  }
  if (!moved) return false;
  window_ = steps_.window();
  stepped_ = true;
  tried_ = false;
  const NewtonRows& rows = steps_.rows();
  for (std::size_t k = 0; k < rows.count; ++k) next_[chosen_[k]] = rows.beta[k];
  std::swap(before_, s_);
  if (rows.count == task_.size() && accuracy_ == 1) {
    std::ranges::copy(rows.s, s_.begin());
  } else {
    update_residuals();
  }
  reach_ = kReach * distance(before_, s_);
  evaluate();
  if (distance_to_minimum() > kRoundProgress * first) reach_ = 0;
  return true;
}

}  // namespace slimline
