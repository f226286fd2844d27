#include "algorithms/certificate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/svm_rows.hpp"

namespace slimline {
namespace {

// The intercept enters row k through s = z - f - b: the loss grows where s > eps and u > 0, and
// where s < -eps and l < 0. So each row has up to two breakpoints in b; at each, as b grows, the
// derivative of the objective changes by `weight` (linear losses) or starts or stops to change at
// the rate `weight` (squared ones).
struct Breakpoint {
  double b;
  double weight;
  bool upper;  // the loss of this breakpoint is active to its left
};

std::vector<Breakpoint> breakpoints(const SvmTask& task, std::span<const double> f) {
  std::vector<Breakpoint> points;
  points.reserve(2 * task.size());
  for (std::size_t k = 0; k < task.size(); ++k) {
    const double s = task.target[k] - f[k];
    const double r = task.ridge[k];
    if (task.upper[k] > 0)
      points.push_back({s - task.epsilon, r > 0 ? 1 / r : task.upper[k], true});
    if (task.lower[k] < 0) {
      points.push_back({s + task.epsilon, r > 0 ? 1 / r : -task.lower[k], false});
    }
  }
  return points;
}

// Weights, moments (weight times b) and number of active breakpoints.
struct Active {
  double weight = 0;
  double moment = 0;
  std::size_t count = 0;

  void add(const Breakpoint& p) { add(Active{p.weight, p.weight * p.b, 1}); }
  void add(const Active& other) {
    weight += other.weight;
    moment += other.moment;
    count += other.count;
  }
  void remove(const Breakpoint& p) {
    weight -= p.weight;
    moment -= p.weight * p.b;
    if (--count == 0) weight = moment = 0;  // no rounding left behind
  }
};

// What was left out around the breakpoints that remain: upper ones to the right, lower ones to the
// left are active on all of their interval.
struct Outside {
  Active upper;
  Active lower;
};

double derivative(double b, const Active& upper, const Active& lower, bool squared) {
  if (!squared) return lower.weight - upper.weight;
  return (lower.weight + upper.weight) * b - lower.moment - upper.moment;
}

constexpr std::size_t kFewPoints = 64;
constexpr std::size_t kBuckets = 512;

// Equal parts of the interval that breakpoints span. Rounding does no harm: `of` never falls as b
// grows, which is all that the search relies on.
struct Buckets {
  double lowest;
  double per_unit;

  explicit Buckets(const std::vector<Breakpoint>& points) : lowest(points.front().b) {
    double highest = lowest;
    for (const Breakpoint& p : points) {
      lowest = std::min(lowest, p.b);
      highest = std::max(highest, p.b);
    }
    per_unit = static_cast<double>(kBuckets) / (highest - lowest);
  }
  // Not where all are equal, or too near or too far apart for the division.
  bool usable() const { return per_unit > 0 && std::isfinite(per_unit); }
  std::size_t of(double b) const {
    return std::min(static_cast<std::size_t>((b - lowest) * per_unit), kBuckets - 1);
  }
  double end(std::size_t k) const { return lowest + static_cast<double>(k + 1) / per_unit; }
};

// Keeps the few breakpoints around the zero of the derivative, with both ends where it is zero for
// a while: what remains to be sorted is short, or nothing where a parabola has its minimum between
// two of them.
Outside narrow(std::vector<Breakpoint>& points, bool squared, double flat) {
  Outside outside;
  while (points.size() > kFewPoints) {
    const Buckets buckets(points);
    if (!buckets.usable()) break;
    std::array<Outside, kBuckets> within{};
    for (const Breakpoint& p : points) {
      Outside& bucket = within[buckets.of(p.b)];
      (p.upper ? bucket.upper : bucket.lower).add(p);
    }
    std::array<Active, kBuckets + 1> left;   // lower ones before a bucket
    std::array<Active, kBuckets + 1> right;  // upper ones from a bucket on
    left[0] = outside.lower;
    right[kBuckets] = outside.upper;
    for (std::size_t k = 0; k < kBuckets; ++k) {
      left[k + 1] = left[k];
      left[k + 1].add(within[k].lower);
      right[kBuckets - k - 1] = right[kBuckets - k];
      right[kBuckets - k - 1].add(within[kBuckets - k - 1].upper);
    }
    const auto at_end = [&](std::size_t k) {
      return derivative(buckets.end(k), right[k + 1], left[k + 1], squared);
    };
    std::size_t first = 0;
    while (first + 1 < kBuckets && at_end(first) < -flat) ++first;
    std::size_t last = first;
    while (last + 1 < kBuckets && at_end(last) <= flat) ++last;

    std::vector<Breakpoint> kept;
    for (const Breakpoint& p : points) {
      const std::size_t k = buckets.of(p.b);
      if (first <= k && k <= last) kept.push_back(p);
    }
    const bool curved = squared && left[first].weight + right[last + 1].weight > 0;
    if (kept.size() == points.size() || (kept.empty() && !curved)) break;
    points = std::move(kept);
    outside = {.upper = right[last + 1], .lower = left[first]};
  }
  std::sort(points.begin(), points.end(), [](const Breakpoint& a, const Breakpoint& b) {
    return std::pair(a.b, a.upper) < std::pair(b.b, b.upper);
  });
  return outside;
}

// The slope starts at -(weights active at minus infinity) and grows at every breakpoint.
double piecewise_linear_minimum(std::vector<Breakpoint> points) {
  double total = 0;
  for (const Breakpoint& p : points) total += p.weight;
  const double flat = 1e-12 * total;  // sums of equal weights in another order differ by rounding
  const Outside outside = narrow(points, false, flat);
  double slope = outside.lower.weight - outside.upper.weight;
  for (const Breakpoint& p : points) {
    if (p.upper) slope -= p.weight;
  }
  for (std::size_t k = 0; k < points.size(); ++k) {
    slope += points[k].weight;
    if (slope > flat) return points[k].b;
    if (slope >= -flat && k + 1 < points.size()) return (points[k].b + points[k + 1].b) / 2;
  }
  return points.back().b;
}

// The derivative is sum over active points of weight (b - point): find the interval of its zero.
double piecewise_quadratic_minimum(std::vector<Breakpoint> points) {
  const Outside outside = narrow(points, true, 0);
  Active active = outside.upper;
  active.weight += outside.lower.weight;
  active.moment += outside.lower.moment;
  active.count += outside.lower.count;
  for (const Breakpoint& p : points) {
    if (p.upper) active.add(p);
  }
  for (std::size_t k = 0; k < points.size(); ++k) {
    const Breakpoint& p = points[k];
    if (active.count > 0 && active.moment <= active.weight * p.b) {
      return active.moment / active.weight;
    }
    if (active.count == 0) return k == 0 ? p.b : (points[k - 1].b + p.b) / 2;
    if (p.upper) {
      active.remove(p);
    } else {
      active.add(p);
    }
  }
  return active.weight > 0 ? active.moment / active.weight : points.back().b;
}

double loss(const SvmTask& task, std::size_t k, double s) {
  const double bound = s > 0 ? task.upper[k] : -task.lower[k];
  const double excess = std::max(std::abs(s) - task.epsilon, 0.0);
  if (task.ridge[k] == 0) return bound * excess;
  return bound > 0 ? excess * excess / (2 * task.ridge[k]) : 0;
}

}  // namespace

double primal_objective(const SvmTask& task, std::span<const double> f, double b, double w_norm2) {
  double sum = 0;
  for (std::size_t k = 0; k < task.size(); ++k) sum += loss(task, k, task.target[k] - f[k] - b);
  return w_norm2 / 2 + sum;
}

double dual_objective(const SvmTask& task, std::span<const double> beta, double w_norm2) {
  double sum = 0;
  for (std::size_t k = 0; k < task.size(); ++k) {
    sum +=
        beta[k] * (task.target[k] - task.ridge[k] * beta[k] / 2) - task.epsilon * std::abs(beta[k]);
  }
  return sum - w_norm2 / 2;
}

double relative_gap(double primal, double dual) {
  return (primal - dual) / std::max(1.0, std::abs(primal));
}

double best_intercept(const SvmTask& task, std::span<const double> f) {
  std::vector<Breakpoint> points = breakpoints(task, f);
  if (points.empty()) return 0;
  const bool squared = task.ridge.front() > 0;
  return squared ? piecewise_quadratic_minimum(std::move(points))
                 : piecewise_linear_minimum(std::move(points));
}

void repair_dual(const SvmTask& task, std::span<double> beta) {
  double positive = 0;
  double negative = 0;
  for (std::size_t k = 0; k < task.size(); ++k) {
    beta[k] = std::clamp(beta[k], task.lower[k], task.upper[k]);
    (beta[k] > 0 ? positive : negative) += std::abs(beta[k]);
  }
  if (!task.fit_intercept || positive == negative) return;
  const double heavier = std::max(positive, negative);
  const double scale = std::min(positive, negative) / heavier;
  for (double& value : beta) {
    if ((value > 0) == (positive > negative)) value *= scale;
  }
}

SvmSolution certify(const SvmSamples& X, const SvmTask& task, std::span<double> beta,
                    int n_threads) {
  repair_dual(task, beta);
  SvmSolution solution;
  solution.w.resize(n_columns(X));
  combine_rows(X, task.rows, beta, solution.w, n_threads);
  std::vector<double> f(task.size());
  row_products(X, task.rows, solution.w, f, n_threads);
  if (task.fit_intercept) solution.b = best_intercept(task, f);
  const auto& w = solution.w;
  const double norm2 = std::inner_product(w.begin(), w.end(), w.begin(), 0.0);
  solution.primal = primal_objective(task, f, solution.b, norm2);
  solution.dual = dual_objective(task, beta, norm2);
  solution.gap = relative_gap(solution.primal, solution.dual);
  for (std::size_t k = 0; k < task.size(); ++k) {
    if (beta[k] == 0) continue;
    solution.support.push_back(task.rows[k]);
    solution.beta.push_back(beta[k]);
  }
  return solution;
}

}  // namespace slimline
