// What "auto" would run for the rows of a linear problem: the facts of the fit, without the fit.
#include "fit/choose.hpp"
#include "fit/facts.hpp"
#include "fit/sgd_fit.hpp"
#include "slimline/engines.hpp"

namespace slimline {

template <class T>
EngineChoice choice_for_linear(const Samples<T>& X, std::size_t n_outputs,
                               const SgdOptions& given) {
  SgdOptions options = prepared(given);
  const auto rows = std::visit([](const auto& view) { return view.rows(); }, X);
  const auto cols = std::visit([](const auto& view) { return view.cols(); }, X);
  require(rows > 0 && cols > 0, "X must have at least one row and one column");
  require(n_outputs > 0, "there must be at least one output");
  const bool multinomial = options.loss == kMultinomial && n_outputs > 1;
  if (options.loss == kMultinomial) options.loss = LogLoss::name;
  check_sgd_options(options);
  // The choice does not depend on targets and weights: only their shapes are read.
  const SgdTargets targets{.y = MatrixView<const double>(nullptr, rows, 1),
                           .sample_weight = {},
                           .class_weight = {},
                           .rows = {}};
  const auto penalty = std::visit([&](const auto& p) { return p.strength(options); },
                                  registry_make<Penalties>(options.penalty, "penalty"));
  const SgdWeights<T> weights{.coef = MatrixView<T>(nullptr, n_outputs, cols),
                              .intercept = {},
                              .average_coef = {},
                              .average_intercept = {},
                              .squares = {},
                              .intercept_squares = {}};
  const SgdProblem<T> problem{
      targets,     options, registry_make<Losses>(options.loss, "loss"),
      multinomial, penalty, registry_make<Schedules>(options.schedule, "learning_rate"),
      {},  // nobody watches
      weights,     {},      {}};
  return std::visit(
      [&](const auto& view) { return explain_linear(linear_facts(make_rows(view), problem)); }, X);
}

template EngineChoice choice_for_linear<float>(const Samples<float>&, std::size_t,
                                               const SgdOptions&);
template EngineChoice choice_for_linear<double>(const Samples<double>&, std::size_t,
                                                const SgdOptions&);

}  // namespace slimline
