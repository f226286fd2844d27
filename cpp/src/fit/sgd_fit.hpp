// sgd_fit for one type of X: checks its arguments and chooses the engine. Included by the files
// that instantiate it, one per type, since each takes long to compile.
#pragma once

#include <cmath>
#include <numeric>

#include "core/registry.hpp"
#include "fit/exact.hpp"
#include "linalg/rows.hpp"
#include "linear/exact_objective.hpp"
#include "linear/losses.hpp"
#include "linear/penalties.hpp"
#include "linear/problem.hpp"
#include "linear/schedules.hpp"
#include "linear/sgd/descent.hpp"
#include "linear/zero_model.hpp"

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

// P / P0, each summed over the outputs: at the weights that will be used where the fit ends here,
// else as the last epoch has seen it.
template <class T, class Rows>
double above_zero(const Rows& X, const SgdProblem<T>& problem, const SgdResult& result) {
  if (std::holds_alternative<Perceptron>(problem.loss)) return 0;
  const SgdWeights<T>& w = problem.weights;
  std::vector<double> objectives = result.objective;
  if (!problem.options.partial) {
    const std::uint64_t from = problem.options.average_from;
    const bool averaged = from > 0 && from <= problem.options.updates_before + result.updates;
    objectives = exact_objectives<T>(X, problem, averaged ? w.average_coef : w.coef,
                                     averaged ? w.average_intercept : w.intercept);
  }
  double zero = 0;
  for (const ZeroOutput& output : problem.zero) zero += output.objective;
  return zero > 0 ? std::accumulate(objectives.begin(), objectives.end(), 0.0) / zero : 0;
}

template <class T, class Rows>
SgdResult run_sgd(const Rows& X, const SgdProblem<T>& problem) {
  if (problem.options.schedule == Auto::name && !problem.options.partial) {
    return fit_exactly<T, Rows>(X, problem);
  }
  SgdResult result = descend<T, Rows>(X, problem);
  result.above_zero = above_zero(X, problem, result);
  return result;
}

// What "auto" takes for granted: an optimum needs no averages, and tol None asks for as much as
// rounding leaves.
inline SgdOptions prepared(const SgdOptions& given) {
  SgdOptions options = given;
  if (options.schedule != Auto::name || options.partial) return options;
  options.average_from = 0;
  options.tol = std::max(options.tol, kLeastTol);
  return options;
}

template <class T>
SgdResult sgd_fit(const Samples<T>& X, const SgdTargets& targets, const SgdOptions& given,
                  const EpochCallback& on_epoch, const SgdWeights<T>& weights) {
  SgdOptions options = prepared(given);
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
                        .labels = {},
                        .zero = {}};
  const std::vector<RowLabel> labels = problem.make_labels();
  problem.labels = labels;
  const std::vector<ZeroOutput> zero = zero_outputs(problem.loss, multinomial, targets, options);
  problem.zero = zero;
  return std::visit([&](const auto& view) { return run_sgd<T>(make_rows(view), problem); }, X);
}

}  // namespace slimline
