// The intercept that minimises the primal objective of svm.hpp for given w, exactly: the objective
// is piecewise linear or quadratic in it.
#pragma once

#include <optional>
#include <span>

#include "svm/task.hpp"

namespace slimline {

// argmin over b of the primal objective at f[k] = w . x_k; where that is an interval, its midpoint.
// Found sooner where it is near a given one.
double best_intercept(const SvmTask& task, std::span<const double> f,
                      std::optional<double> near = std::nullopt);

}  // namespace slimline
