// The body of sgd_descent.hpp.
#pragma once

#include "core/interrupt.hpp"
#include "linear/auto_schedule.hpp"
#include "linear/schedules.hpp"
#include "linear/sgd/adaptive_weights.hpp"
#include "linear/sgd/batches.hpp"
#include "linear/sgd/descent.hpp"
#include "linear/sgd/scaled_weights.hpp"
#include "linear/sgd/sequential.hpp"
#include "linear/sgd/truncated_weights.hpp"

namespace slimline {

// Raises the last row of the sums of squares to the largest |x| of each column.
template <class T, class Rows>
void note_column_scales(const Rows& X, const SgdProblem<T>& problem) {
  T* scales = problem.weights.squares.row(problem.n_outputs());
  for (std::size_t k = 0; k < problem.n_rows(); ++k) {
    check_interrupt_at(k);
    X.each(problem.row(k),
           [&](std::size_t j, T x) { scales[j] = std::max(scales[j], std::abs(x)); });
  }
}

template <class T, class Rows>
SgdResult descend(const Rows& X, const SgdProblem<T>& given) {
  SgdOptions options = given.options;
  if (options.schedule == Auto::name) options.eta0 = step_from_data(X, given);
  const SgdProblem<T> problem = given.with(given.targets, options, given.on_epoch);
  if (options.adaptive_scale) note_column_scales(X, problem);
  if (options.batch_size != 1) return SgdBatch<T, Rows>(X, problem).run();
  if (options.adaptive_scale) return SgdSequential<T, Rows, AdaptiveWeights<T>>(X, problem).run();
  if (problem.penalty.l1 > 0) return SgdSequential<T, Rows, TruncatedWeights<T>>(X, problem).run();
  return SgdSequential<T, Rows, ScaledWeights<T>>(X, problem).run();
}

}  // namespace slimline
