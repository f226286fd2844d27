// One box-constrained dual of svm.hpp: the rows of X that take part and what belongs to each.
#pragma once

#include <cstddef>
#include <vector>

#include "slimline/svm.hpp"

namespace slimline {

// All vectors have one entry for each entry of `rows`, which are row numbers of X.
struct SvmTask {
  std::vector<std::size_t> rows;
  std::vector<double> target;  // z
  std::vector<double> lower;   // l <= 0
  std::vector<double> upper;   // u >= 0
  std::vector<double> ridge;   // r >= 0; > 0 exactly for the squared losses
  double epsilon = 0;
  bool fit_intercept = true;

  std::size_t size() const { return rows.size(); }
};

// Where an engine ended: a feasible dual point.
struct SvmDualPoint {
  std::vector<double> beta;
  std::size_t iterations = 0;
};

}  // namespace slimline
