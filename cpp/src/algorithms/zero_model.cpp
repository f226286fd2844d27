#include "algorithms/zero_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

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
      sums.slope += rows.cost[k] * point.slope;
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

}  // namespace slimline
