// What the choice of an engine for the linear learner depends on, of a problem.
#pragma once

#include <algorithm>
#include <variant>

#include "fit/choose.hpp"
#include "linear/problem.hpp"
#include "linear/sampled_columns.hpp"

namespace slimline {

// Whether rounding the rows' products may harm: columns far from 0 for their deviation, or constant
// and far from 0 for that of others.
template <class T>
bool awkward(const SampledColumns& columns) {
  constexpr double kFar = sizeof(T) == 4 ? 30 : 1e4;
  const double largest = *std::max_element(columns.spread.begin(), columns.spread.end());
  for (std::size_t j = 0; j < columns.mean.size(); ++j) {
    const double square = columns.mean[j] * columns.mean[j];
    const double spread = columns.spread[j] > 1e-12 * square ? columns.spread[j] : largest;
    if (square > kFar * kFar * spread) return true;
  }
  return false;
}

template <class T, class Rows>
LinearFacts linear_facts(const Rows& X, const SgdProblem<T>& problem) {
  LinearFacts f{.rows = static_cast<double>(problem.n_rows()),
                .columns = static_cast<double>(problem.n_features()),
                .outputs = static_cast<double>(problem.n_outputs()),
                .coupled = problem.multinomial,
                .smooth = problem.smooth(),
                .svm = is_svm_kink(problem.loss),
                .perceptron = std::holds_alternative<Perceptron>(problem.loss),
                .l1 = problem.penalty.l1 > 0,
                .l2 = problem.penalty.l2 > 0};
  f.awkward = affordable(f) && has_engine_in_place(f) && awkward<T>(sample_columns(X, problem));
  return f;
}

}  // namespace slimline
