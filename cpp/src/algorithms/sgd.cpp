#include "slimline/sgd.hpp"

#include "algorithms/losses.hpp"
#include "algorithms/penalties.hpp"
#include "algorithms/rows.hpp"
#include "algorithms/schedules.hpp"
#include "algorithms/sgd_batch.hpp"
#include "algorithms/sgd_sequential.hpp"
#include "core/registry.hpp"

namespace slimline {
namespace {

void check_options(const SgdOptions& o) {
  require(o.alpha >= 0 && std::isfinite(o.alpha), "alpha must be >= 0");
  require(o.eta0 > 0 && std::isfinite(o.eta0), "eta0 must be > 0");
  require(o.schedule != "optimal" || o.alpha > 0, "learning_rate='optimal' needs alpha > 0");
  require(o.max_iter >= 1, "max_iter must be >= 1");
  require(o.n_iter_no_change >= 1, "n_iter_no_change must be >= 1");
}

// Returns the sum of the sample weights.
double check_targets(const SgdTargets& targets, std::size_t n_samples) {
  require(n_samples > 0, "X must have at least one row");
  require(targets.y.size() == n_samples, "y must have one entry for each row of X");
  require(targets.sample_weight.size() == n_samples,
          "sample_weight must have one entry for each row of X");
  require(targets.class_weight.size() == targets.n_classes,
          "class_weight must have one entry for each class");
  double total = 0;
  for (const double weight : targets.sample_weight) {
    require(weight >= 0 && std::isfinite(weight), "sample_weight must be >= 0");
    total += weight;
  }
  require(total > 0, "sample_weight must not be zero everywhere");
  return total;
}

}  // namespace

std::vector<std::string> loss_names() { return registry_names<Losses>(); }
std::vector<std::string> penalty_names() { return registry_names<Penalties>(); }
std::vector<std::string> schedule_names() { return registry_names<Schedules>(); }

std::pair<double, double> loss_at(const std::string& loss, double epsilon, double prediction,
                                  double target) {
  const auto point = std::visit([&](const auto& l) { return l.at(prediction, target, epsilon); },
                                registry_make<Losses>(loss, "loss"));
  return {point.value, point.slope};
}

double schedule_at(const SgdOptions& options, std::uint64_t updates, double updates_per_epoch) {
  const Progress progress{updates, static_cast<double>(updates) / updates_per_epoch};
  return std::visit([&](const auto& s) { return s.eta(options, progress); },
                    registry_make<Schedules>(options.schedule, "learning_rate"));
}

template <class T>
SgdResult sgd_fit(const Samples<T>& X, const SgdTargets& targets, const SgdOptions& options,
                  const EpochCallback& on_epoch, MatrixView<T> coef, std::span<double> intercept) {
  check_options(options);
  const auto rows = std::visit([](const auto& view) { return view.rows(); }, X);
  const auto cols = std::visit([](const auto& view) { return view.cols(); }, X);
  const std::size_t n_outputs = targets.n_classes <= 2 ? 1 : targets.n_classes;
  require(coef.rows() == n_outputs && coef.cols() == cols && intercept.size() == n_outputs,
          "coef and intercept must have one row for each output");
  const SgdProblem<T> problem{
      .targets = targets,
      .options = options,
      .schedule = registry_make<Schedules>(options.schedule, "learning_rate"),
      .on_epoch = on_epoch,
      .coef = coef,
      .intercept = intercept,
      .total_weight = check_targets(targets, rows)};
  return std::visit(
      [&]<class View, class Loss, class Penalty>(const View& view, const Loss& loss,
                                                 const Penalty& penalty) {
        const auto samples = make_rows(view);
        using Rows = std::remove_const_t<decltype(samples)>;
        if (options.batch_size == 1) {
          return SgdSequential<T, Rows, Loss, Penalty>(samples, loss, penalty, problem).run();
        }
        return SgdBatch<T, Rows, Loss, Penalty>(samples, loss, penalty, problem).run();
      },
      X, registry_make<Losses>(options.loss, "loss"),
      registry_make<Penalties>(options.penalty, "penalty"));
}

template SgdResult sgd_fit<float>(const Samples<float>&, const SgdTargets&, const SgdOptions&,
                                  const EpochCallback&, MatrixView<float>, std::span<double>);
template SgdResult sgd_fit<double>(const Samples<double>&, const SgdTargets&, const SgdOptions&,
                                   const EpochCallback&, MatrixView<double>, std::span<double>);

}  // namespace slimline
