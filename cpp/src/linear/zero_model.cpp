#include "linear/zero_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "linear/target_units.hpp"

namespace slimline {
namespace {

constexpr int kBisections = 200;
constexpr double kPrecision = 1e-11;

struct Sums {
  double value = 0;
  double slope = 0;
};

// Rows of the same target are one with their costs: two, for classes.
struct Groups {
  std::vector<double> target;
  std::vector<double> cost;
};

Groups group(std::span<const double> target, std::span<const double> cost) {
  Groups groups;
  bool classes = true;
  double sums[2] = {0, 0};
  for (std::size_t k = 0; k < target.size() && classes; ++k) {
    classes = target[k] == 1 || target[k] == -1;
    if (classes) sums[target[k] == 1] += cost[k];
  }
  if (classes) return {{-1, 1}, {sums[0], sums[1]}};
  return {{target.begin(), target.end()}, {cost.begin(), cost.end()}};
}

Sums sums_at(const Losses& loss, double epsilon, const Groups& rows, double b) {
  return with_loss(loss, [&](const auto& l) {
    Sums sums;
    for (std::size_t k = 0; k < rows.target.size(); ++k) {
      if (rows.cost[k] == 0) continue;
      const LossPoint point = l.at(b, rows.target[k], epsilon);
      sums.value += rows.cost[k] * point.value;
      sums.slope += rows.cost[k] * point.gradient;
    }
    return sums;
  });
}

double mean_of(const Groups& rows) {
  double total = 0;
  double mean = 0;
  for (const double cost : rows.cost) total += cost;
  for (std::size_t k = 0; k < rows.cost.size(); ++k) {
    mean += rows.cost[k] / total * (rows.target[k] - rows.target[0]);
  }
  return rows.target[0] + mean;
}

struct Bracket {
  double low;
  double high;
  double slope_low;  // < 0, but at a minimum
  double slope_high;
};

// The targets' range, widened until the slope changes its sign within, as far as it does.
Bracket bracket(const Losses& loss, double epsilon, const Groups& rows) {
  constexpr int kDoublings = 12;
  const auto slope = [&](double b) { return sums_at(loss, epsilon, rows, b).slope; };
  const auto [low, high] = std::minmax_element(rows.target.begin(), rows.target.end());
  Bracket range{*low, *high, slope(*low), slope(*high)};
  double width = range.high - range.low;
  for (int k = 0; k < kDoublings && range.slope_low > 0; ++k) {
    range.low -= width *= 2;
    range.slope_low = slope(range.low);
  }
  for (int k = 0; k < kDoublings && range.slope_high < 0; ++k) {
    range.high += width *= 2;
    range.slope_high = slope(range.high);
  }
  return range;
}

}  // namespace

ZeroModel zero_model(const Losses& loss, double epsilon, std::span<const double> target,
                     std::span<const double> cost, bool fit_intercept) {
  const Groups rows = group(target, cost);
  if (!fit_intercept || rows.target.empty()) {
    return {0, sums_at(loss, epsilon, rows, 0).value};
  }
  if (std::holds_alternative<SquaredError>(loss)) {
    const double mean = mean_of(rows);
    return {mean, sums_at(loss, epsilon, rows, mean).value};
  }
  Bracket range = bracket(loss, epsilon, rows);
  ZeroModel best{range.low, sums_at(loss, epsilon, rows, range.low).value};
  for (int k = 0; k < kBisections; ++k) {
    const double width = range.high - range.low;
    const double middle = range.low + width / 2;
    const Sums sums = sums_at(loss, epsilon, rows, middle);
    if (sums.value <= best.objective) best = {middle, sums.value};
    // By convexity nothing within the range is better by more than this.
    const double gain = std::min(-range.slope_low, range.slope_high) * width;
    if (sums.slope == 0 || gain <= kPrecision * best.objective) break;
    (sums.slope > 0 ? range.high : range.low) = middle;
    (sums.slope > 0 ? range.slope_high : range.slope_low) = sums.slope;
  }
  return best;
}

double softmax_zero_model(std::span<const double> target, std::span<const double> cost,
                          bool fit_intercept, std::span<double> intercept) {
  constexpr double kLeast = 1e-30;
  std::vector<double> share(intercept.size());
  double total = 0;
  for (std::size_t k = 0; k < target.size(); ++k) {
    share[static_cast<std::size_t>(target[k])] += cost[k];
    total += cost[k];
  }
  std::fill(intercept.begin(), intercept.end(), 0.0);
  if (!fit_intercept) return total * std::log(static_cast<double>(intercept.size()));
  double mean = 0;
  for (std::size_t c = 0; c < share.size(); ++c) {
    intercept[c] = std::log(std::max(share[c] / total, kLeast));
    mean += intercept[c] / static_cast<double>(share.size());
  }
  double objective = 0;
  for (std::size_t c = 0; c < share.size(); ++c) {
    objective -= share[c] * intercept[c];
    intercept[c] -= mean;
  }
  return objective;
}

namespace {

std::vector<std::size_t> rows_of(const SgdTargets& targets) {
  if (!targets.rows.empty()) return {targets.rows.begin(), targets.rows.end()};
  std::vector<std::size_t> rows(targets.y.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

std::vector<ZeroOutput> of_values(const Losses& loss, const SgdTargets& targets,
                                  const SgdOptions& options) {
  const std::vector<std::size_t> rows = rows_of(targets);
  std::vector<double> target(rows.size());
  std::vector<double> cost(rows.size());
  std::vector<ZeroOutput> result;
  for (std::size_t c = 0; c < targets.y.cols(); ++c) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      target[k] = targets.y(rows[k], c);
      cost[k] = targets.sample_weight[rows[k]] / static_cast<double>(rows.size());
    }
    const ZeroModel zero = zero_model(loss, options.epsilon, target, cost, options.fit_intercept);
    const TargetUnits units = target_units(loss, options.fit_intercept, cost, target);
    result.push_back({zero.intercept, zero.objective, units.size});
  }
  return result;
}

// The weights of each class, over the number of rows.
std::vector<double> class_masses(const SgdTargets& targets) {
  const std::vector<std::size_t> rows = rows_of(targets);
  std::vector<double> masses(targets.n_classes);
  for (const std::size_t i : rows) {
    masses[static_cast<std::size_t>(targets.y(i, 0))] +=
        targets.sample_weight[i] / static_cast<double>(rows.size());
  }
  return masses;
}

std::vector<ZeroOutput> of_softmax(std::vector<double> masses, const SgdTargets& targets,
                                   const SgdOptions& options) {
  std::vector<double> classes(masses.size());
  std::iota(classes.begin(), classes.end(), 0.0);
  for (std::size_t c = 0; c < masses.size(); ++c) masses[c] *= targets.class_weight[c];
  std::vector<double> intercept(masses.size());
  const double objective = softmax_zero_model(classes, masses, options.fit_intercept, intercept);
  std::vector<ZeroOutput> result;
  for (const double b : intercept) {
    result.push_back({b, objective / static_cast<double>(masses.size()), 1});
  }
  return result;
}

}  // namespace

std::vector<ZeroOutput> zero_outputs(const Losses& loss, bool multinomial,
                                     const SgdTargets& targets, const SgdOptions& options) {
  if (targets.n_classes == 0) return of_values(loss, targets, options);
  const std::vector<double> masses = class_masses(targets);
  if (multinomial) return of_softmax(masses, targets, options);
  const double total = std::accumulate(masses.begin(), masses.end(), 0.0);
  const bool two = targets.n_classes == 2;
  std::vector<ZeroOutput> result;
  for (std::size_t c = two ? 1 : 0; c < masses.size(); ++c) {
    const double own = targets.class_weight[c] * masses[c];
    const double others = two ? targets.class_weight[0] * masses[0] : total - masses[c];
    const double target[] = {-1, 1};
    const double cost[] = {others, own};
    const ZeroModel zero = zero_model(loss, options.epsilon, target, cost, options.fit_intercept);
    result.push_back({zero.intercept, zero.objective, 1});
  }
  return result;
}

}  // namespace slimline
