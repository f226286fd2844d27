// sgd_fit for one type of X: checks its arguments and chooses the engine. Included by the files
// that instantiate it, one a type, since each takes long to compile.
#pragma once
#include <cstdlib>

#include "algorithms/adaptive_weights.hpp"
#include "algorithms/losses.hpp"
#include "algorithms/newton_cg.hpp"
#include "algorithms/penalties.hpp"
#include "algorithms/quasi_newton_start.hpp"
#include "algorithms/rows.hpp"
#include "algorithms/scaled_weights.hpp"
#include "algorithms/schedules.hpp"
#include "algorithms/sgd_batch.hpp"
#include "algorithms/sgd_dual.hpp"
#include "algorithms/sgd_interior.hpp"
#include "algorithms/sgd_saga.hpp"
#include "algorithms/sgd_sequential.hpp"
#include "algorithms/truncated_weights.hpp"
#include "core/interrupt.hpp"
#include "core/registry.hpp"

namespace slimline {

inline constexpr const char* kMultinomial = "multinomial";

void check_sgd_options(const SgdOptions& options);
void check_sgd_targets(const SgdTargets& targets, std::size_t n_samples, std::size_t n_columns);

template <class T>
void check_sgd_weights(const SgdWeights<T>& weights, const SgdOptions& options,
                       std::size_t n_outputs, std::size_t n_features) {
  const auto fits = [&](const MatrixView<T>& coef, std::span<const double> intercept,
                        std::size_t more = 0) {
    return coef.rows() == n_outputs + more && coef.cols() == n_features &&
           intercept.size() == n_outputs;
  };
  require(fits(weights.coef, weights.intercept),
          "coef and intercept must have one row for each output");
  require(options.average_from == 0 || fits(weights.average_coef, weights.average_intercept),
          "the averages must have the shapes of coef and intercept");
  require(!options.adaptive_scale || fits(weights.squares, weights.intercept_squares, 1),
          "the sums of squares must have the shapes of coef, with a row more, and intercept");
  require(!options.adaptive_scale || options.penalty == L2::name ||
              options.penalty == NoPenalty::name || options.batch_size != 1,
          "adaptive_scale with batch_size=1 needs penalty 'l2' or None");
}

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
SgdResult run_sgd(const Rows& X, SgdOptions& options, const SgdProblem<T>& problem) {
  if (options.schedule == Auto::name && std::getenv("SLIMLINE_INTERIOR")) {
    return SgdInterior<T, Rows>(X, problem).run();
  }
  if (suits_quasi_newton(problem)) {
    SgdResult result;
    const std::vector<Matrix<double>> factors = QuasiNewtonStart<T, Rows>(X, problem).run();
    const std::size_t passes =
        QuasiNewton<T, Rows>(X, problem, factors).run(options.max_iter, result.converged);
    result.n_iter.assign(problem.n_outputs(), passes);
    result.updates = passes * problem.n_rows();
    return result;
  }
  if constexpr (!Rows::kDense) {
    if (suits_dual(problem)) return SgdDual<T, Rows>(X, problem).run();
  }
  const auto train = [&] {
    if constexpr (!Rows::kDense) {
      if (suits_saga(problem)) return SgdSaga<T, Rows>(X, problem).run();
    }
    if (options.schedule == Auto::name) options.eta0 = step_from_data(X, problem);
    if (options.adaptive_scale) note_column_scales(X, problem);
    if (options.batch_size != 1) return SgdBatch<T, Rows>(X, problem).run();
    if (options.adaptive_scale) return SgdSequential<T, Rows, AdaptiveWeights<T>>(X, problem).run();
    if (problem.penalty.l1 > 0)
      return SgdSequential<T, Rows, TruncatedWeights<T>>(X, problem).run();
    return SgdSequential<T, Rows, ScaledWeights<T>>(X, problem).run();
  };
  SgdResult result = train();
  if (ends_with_newton(problem)) {
    result.converged = NewtonCg<T, Rows>(X, problem).run(2 * options.max_iter);
  }
  return result;
}

template <class T>
SgdResult sgd_fit(const Samples<T>& X, const SgdTargets& targets, const SgdOptions& given,
                  const EpochCallback& on_epoch, const SgdWeights<T>& weights) {
  SgdOptions options = given;
  const auto rows = std::visit([](const auto& view) { return view.rows(); }, X);
  const auto cols = std::visit([](const auto& view) { return view.cols(); }, X);
  // Softmax over two classes is the logistic function.
  const bool multinomial = options.loss == kMultinomial && targets.n_classes > 2;
  if (options.loss == kMultinomial) {
    require(targets.n_classes >= 2, "loss='multinomial' needs classes");
    options.loss = LogLoss::name;
  }
  check_sgd_options(options);
  const std::size_t n_columns = targets.n_classes == 0 ? weights.coef.rows() : 1;
  const std::size_t n_outputs = targets.n_classes == 0   ? n_columns
                                : targets.n_classes == 2 ? 1
                                                         : targets.n_classes;
  check_sgd_targets(targets, rows, n_columns);
  check_sgd_weights(weights, options, n_outputs, cols);
  SgdProblem<T> problem{.targets = targets,
                        .options = options,
                        .loss = registry_make<Losses>(options.loss, "loss"),
                        .multinomial = multinomial,
                        .penalty = std::visit([&](const auto& p) { return p.strength(options); },
                                              registry_make<Penalties>(options.penalty, "penalty")),
                        .schedule = registry_make<Schedules>(options.schedule, "learning_rate"),
                        .on_epoch = on_epoch,
                        .weights = weights,
                        .labels = {}};
  const std::vector<RowLabel> labels = problem.make_labels();
  problem.labels = labels;
  return std::visit([&](const auto& view) { return run_sgd<T>(make_rows(view), options, problem); },
                    X);
}

}  // namespace slimline
