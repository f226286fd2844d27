#include "svm/dcd/point.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "linalg/row_ops.hpp"

namespace slimline {
namespace {

constexpr double kRounding = 1e-15;  // allowed |sum beta|, relative to sum |beta|

// Makes sum beta 0 by changing beta of some rows: only of those between kinks, or of any.
void balance(const AnySamples& X, std::span<const DcdRow> rows, bool between, DcdPoint& point) {
  double off = 0;
  double size = 0;
  for (const double value : point.beta) {
    off += value;
    size += std::abs(value);
  }
  const double rounding = kRounding * size;
  for (std::size_t k = 0; k < rows.size() && std::abs(off) > rounding; ++k) {
    const DcdRow& row = rows[k];
    double& beta = point.beta[k];
    const bool kink = beta == 0 || beta <= row.lower || beta >= row.upper;
    if (between && kink) continue;
    const double change = std::clamp(beta - off, row.lower, row.upper) - beta;
    if (change == 0) continue;
    beta += change;
    off += change;
    std::visit([&](const auto& view) { axpy(view, row.row, change, point.w.data()); }, X);
  }
}

}  // namespace

DcdPoint point_of(std::span<const DcdRow> rows, const std::vector<double>& w) {
  DcdPoint point{.beta = std::vector<double>(rows.size()), .w = w};
  for (std::size_t k = 0; k < rows.size(); ++k) point.beta[k] = rows[k].beta;
  return point;
}

DcdPoint balanced(const AnySamples& X, std::span<const DcdRow> rows, const std::vector<double>& w) {
  DcdPoint point = point_of(rows, w);
  for (const bool between : {true, true, false, false}) {  // twice each, for what the first rounds
    balance(X, rows, between, point);
  }
  return point;
}

}  // namespace slimline
