// One box-constrained dual of svm.hpp: the rows of X that take part and what belongs to each.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "slimline/error.hpp"
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

// The monitor of one problem: iterations so far and the relative gap; true: stop.
using SvmWatch = std::function<bool(std::size_t, double)>;

inline void poll(const SvmWatch& watch, std::size_t iterations, double gap) {
  if (watch && watch(iterations, gap)) throw Interrupted();
}

}  // namespace slimline
