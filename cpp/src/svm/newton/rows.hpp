// Rows as the Newton engine stores them: one array per quantity, so that kernels run over many rows
// at once. The arrays are in the thread's workspace, whose pages stay mapped from fit to fit.
// Mapping new pages would take as long as several passes over them.
#pragma once

#include <cstddef>
#include <span>

#include "core/workspace.hpp"
#include "kernels/table.hpp"

namespace slimline {

inline std::span<double> take_values(Workspace& workspace, std::size_t n) {
  return {workspace.take<double>(n), n};
}

// The terms of newton_lagrangian.hpp.
struct NewtonTerms {
  std::span<double> beta;
  std::span<double> h;
  std::span<double> lower;
  std::span<double> upper;
  std::span<double> spread;  // change of s relative to the mean change, >= 1
  double epsilon;

  NewtonTerms(Workspace& workspace, std::size_t n, double margin) : epsilon(margin) {
    for (auto* values : {&beta, &h, &lower, &upper, &spread}) *values = take_values(workspace, n);
  }
  kernels::ProxRows from(std::size_t begin) const {
    return {.beta = beta.data() + begin,
            .h = h.data() + begin,
            .lower = lower.data() + begin,
            .upper = upper.data() + begin,
            .spread = spread.data() + begin,
            .epsilon = epsilon};
  }
};

// `count` rows of X, with room for more, and residuals s = z - f - b, kept up to date.
struct NewtonRows {
  std::size_t count = 0;
  std::span<std::size_t> rows;
  NewtonTerms terms;
  std::span<double> s;
  std::span<double> beta;  // beta'(s)

  NewtonRows(Workspace& workspace, std::size_t n, double margin)
      : rows(workspace.take<std::size_t>(n), n),
        terms(workspace, n, margin),
        s(take_values(workspace, n)),
        beta(take_values(workspace, n)) {}
};

}  // namespace slimline
