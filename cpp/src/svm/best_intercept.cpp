#include "svm/best_intercept.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/interrupt.hpp"
#include "linalg/lane_sum.hpp"

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

// visit(breakpoint) for all of them.
template <class Visit>
void each_breakpoint(const SvmTask& task, std::span<const double> f, const Visit& visit) {
  for (std::size_t k = 0; k < task.size(); ++k) {
    const double s = task.target[k] - f[k];
    const double r = task.ridge[k];
    if (task.upper[k] > 0) {
      visit(Breakpoint{s - task.epsilon, r > 0 ? 1 / r : task.upper[k], true});
    }
    if (task.lower[k] < 0) {
      visit(Breakpoint{s + task.epsilon, r > 0 ? 1 / r : -task.lower[k], false});
    }
  }
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

  bool empty() const { return upper.count + lower.count == 0; }
};

double derivative(double b, const Active& upper, const Active& lower, bool squared) {
  if (!squared) return lower.weight - upper.weight;
  return (lower.weight + upper.weight) * b - lower.moment - upper.moment;
}

constexpr double kFlat = 1e-12;          // of all weights
constexpr std::size_t kManyRows = 1024;  // below, searching all of them costs nothing
constexpr double kNear = 0.02;           // of the mean residual: some 2 % of the rows
constexpr std::size_t kFewPoints = 64;
constexpr std::size_t kBuckets = 512;

// The range of breakpoints, and their total weight.
struct Range {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();
  double weight = 0;
  std::size_t count = 0;
};

template <class Each>
Range range_of(const Each& each) {
  Range range;
  each([&](const Breakpoint& p) {
    range.lowest = std::min(range.lowest, p.b);
    range.highest = std::max(range.highest, p.b);
    range.weight += p.weight;
    ++range.count;
  });
  return range;
}

// Equal parts of a range. Rounding is harmless: the search requires only that `of` does not
// decrease as b grows.
struct Buckets {
  double lowest;
  double per_unit;

  explicit Buckets(const Range& range)
      : lowest(range.lowest),
        per_unit(static_cast<double>(kBuckets) / (range.highest - range.lowest)) {}
  // Not where all are equal, or too near or too far apart for the division.
  bool usable() const { return per_unit > 0 && std::isfinite(per_unit); }
  std::size_t of(double b) const {
    return std::min(static_cast<std::size_t>((b - lowest) * per_unit), kBuckets - 1);
  }
  double end(std::size_t k) const { return lowest + static_cast<double>(k + 1) / per_unit; }
};

// Of the breakpoints that each(visit) visits, keeps the few around the zero of the derivative, with
// both ends where it is zero for a while. False where that leaves out none, or is no help.
template <class Each>
bool narrow(const Each& each, const Range& range, bool squared, double flat, Outside& outside,
            std::vector<Breakpoint>& kept) {
  const Buckets buckets(range);
  if (!buckets.usable()) return false;
  check_interrupt();
  std::array<Outside, kBuckets> within{};
  each([&](const Breakpoint& p) {
    Outside& bucket = within[buckets.of(p.b)];
    (p.upper ? bucket.upper : bucket.lower).add(p);
  });
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

  each([&](const Breakpoint& p) {
    const std::size_t k = buckets.of(p.b);
    if (first <= k && k <= last) kept.push_back(p);
  });
  const bool curved = squared && left[first].weight + right[last + 1].weight > 0;
  if (kept.size() == range.count || (kept.empty() && !curved)) return false;
  outside = {.upper = right[last + 1], .lower = left[first]};
  return true;
}

// The breakpoints around the zero of the derivative, ascending: few, or none where a parabola has
// its minimum between two of them.
struct Neighbours {
  std::vector<Breakpoint> points;
  Outside outside;
  double flat = 0;  // slopes of linear losses that are rounding
};

// The breakpoints within reach of b, and the rest outside, without a branch on random rows. False
// where the derivative is not negative before them and positive after them.
bool gather(const SvmTask& task, std::span<const double> f, double b, double reach,
            Neighbours& found) {
  const bool squared = task.ridge.front() > 0;
  const double low = b - reach;
  const double high = b + reach;
  std::size_t count = 0;
  Active upper;  // of those within
  Active lower;
  const auto add = [&](const Breakpoint& p, bool present, Active& within, Active& outside) {
    const bool near = present && p.b >= low && p.b <= high;
    const bool beyond = present && (p.upper ? p.b > high : p.b < low);
    found.points[count] = p;
    count += near ? 1 : 0;
    within.add(Active{near ? p.weight : 0, near ? p.weight * p.b : 0, near ? 1U : 0U});
    outside.add(Active{beyond ? p.weight : 0, beyond ? p.weight * p.b : 0, beyond ? 1U : 0U});
  };
  for (std::size_t k = 0; k < task.size(); ++k) {
    if (count + 2 > found.points.size())
      found.points.resize(checked_product(count, std::size_t{2}) + kFewPoints);
    const double s = task.target[k] - f[k];
    const double curved = 1 / task.ridge[k];
    const double above = squared ? curved : task.upper[k];
    const double below = squared ? curved : -task.lower[k];
    add({s - task.epsilon, above, true}, task.upper[k] > 0, upper, found.outside.upper);
    add({s + task.epsilon, below, false}, task.lower[k] < 0, lower, found.outside.lower);
  }
  found.points.resize(count);
  upper.add(found.outside.upper);
  lower.add(found.outside.lower);
  return derivative(low, upper, found.outside.lower, squared) < -found.flat &&
         derivative(high, found.outside.upper, lower, squared) > found.flat;
}

// All of them, or few around the zero of the derivative.
Neighbours all_breakpoints(const SvmTask& task, std::span<const double> f) {
  Neighbours found;
  const bool squared = task.ridge.front() > 0;
  const auto each = [&](const auto& visit) { each_breakpoint(task, f, visit); };
  const Range range = range_of(each);
  // Sums of equal weights in another order differ by rounding.
  if (!squared) found.flat = kFlat * range.weight;
  if (range.count <= kFewPoints ||
      !narrow(each, range, squared, found.flat, found.outside, found.points)) {
    found.points.clear();
    each([&](const Breakpoint& p) { found.points.push_back(p); });
  }
  return found;
}

// Those near b, if these hold the zero of the derivative.
std::optional<Neighbours> breakpoints_near(const SvmTask& task, std::span<const double> f,
                                           double b) {
  const std::size_t n = task.size();
  if (n < kManyRows) return std::nullopt;
  Neighbours found;
  if (task.ridge.front() == 0) {
    found.flat = kFlat * lane_sum(n, [&](std::size_t k) { return task.upper[k] - task.lower[k]; });
  }
  const double sum =
      lane_sum(n, [&](std::size_t k) { return std::abs(task.target[k] - f[k] - b); });
  const double reach = kNear * sum / static_cast<double>(n) + task.epsilon;
  if (!gather(task, f, b, reach, found)) return std::nullopt;
  return found;
}

void narrow_all(Neighbours& found, bool squared) {
  bool narrowed = true;
  while (narrowed && found.points.size() > kFewPoints) {
    const auto each_found = [&](const auto& visit) {
      for (const Breakpoint& p : found.points) visit(p);
    };
    std::vector<Breakpoint> kept;
    narrowed = narrow(each_found, range_of(each_found), squared, found.flat, found.outside, kept);
    if (narrowed) found.points = std::move(kept);
  }
  std::sort(found.points.begin(), found.points.end(), [](const Breakpoint& a, const Breakpoint& b) {
    return std::pair(a.b, a.upper) < std::pair(b.b, b.upper);
  });
}

// The derivative starts at -(weights active at minus infinity) and grows at every breakpoint.
double piecewise_linear_minimum(const Neighbours& found) {
  const auto& [points, outside, flat] = found;
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
double piecewise_quadratic_minimum(const Neighbours& found) {
  const auto& [points, outside, flat] = found;
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

}  // namespace

double best_intercept(const SvmTask& task, std::span<const double> f, std::optional<double> near) {
  if (task.size() == 0) return 0;
  const bool squared = task.ridge.front() > 0;
  std::optional<Neighbours> found;
  if (near) found = breakpoints_near(task, f, *near);
  if (!found) found = all_breakpoints(task, f);
  narrow_all(*found, squared);
  if (found->points.empty() && found->outside.empty()) return 0;
  return squared ? piecewise_quadratic_minimum(*found) : piecewise_linear_minimum(*found);
}

}  // namespace slimline
