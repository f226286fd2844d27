#include "slimline/sgd.hpp"

#include <type_traits>

#include "core/registry.hpp"
#include "fit/sgd_fit.hpp"
#include "linear/losses.hpp"
#include "linear/penalties.hpp"
#include "linear/schedules.hpp"

namespace slimline {

void check_sgd_options(const SgdOptions& o) {
  require(o.alpha >= 0 && std::isfinite(o.alpha), "alpha must be >= 0");
  require(o.l1_ratio >= 0 && o.l1_ratio <= 1, "l1_ratio must be in [0, 1]");
  require(o.eta0 > 0 && std::isfinite(o.eta0), "eta0 must be > 0");
  require(o.schedule != Optimal::name || o.alpha > 0, "learning_rate='optimal' needs alpha > 0");
  require(o.max_iter >= 1, "max_iter must be >= 1");
  require(o.n_iter_no_change >= 1, "n_iter_no_change must be >= 1");
  require(o.momentum >= 0 && o.momentum < 1, "momentum must be in [0, 1)");
  require(o.momentum == 0 || o.batch_size != 1, "momentum needs batch_size > 1 or 'full'");
  const bool aggressive =
      o.schedule == PassiveAggressive1::name || o.schedule == PassiveAggressive2::name;
  require(!aggressive || o.batch_size == 1,
          "learning_rate='" + o.schedule + "' needs batch_size=1");
  require(!aggressive || o.loss == Hinge::name || o.loss == EpsilonInsensitive::name,
          "learning_rate='" + o.schedule +
              "' needs loss='hinge' for classes and 'epsilon_insensitive' for regression, got '" +
              o.loss + "'");
  require(!aggressive || !o.adaptive_scale,
          "adaptive_scale cannot be combined with learning_rate='" + o.schedule + "'");
}

void check_sgd_targets(const SgdTargets& targets, std::size_t n_samples, std::size_t n_columns) {
  require(n_samples > 0, "X must have at least one row");
  require(targets.y.rows() == n_samples, "y must have one entry for each row of X");
  require(targets.y.cols() == n_columns, "y must have one column for each target");
  require(targets.sample_weight.size() == n_samples,
          "sample_weight must have one entry for each row of X");
  require(targets.class_weight.size() == targets.n_classes,
          "class_weight must have one entry for each class");
  double total = 0;
  for (std::size_t i = 0; i < n_samples; ++i) {
    const double weight = targets.sample_weight[i];
    require(weight >= 0 && std::isfinite(weight), "sample_weight must be >= 0");
    total += weight;
  }
  for (const std::size_t i : targets.rows) require(i < n_samples, "rows must be rows of X");
  require(total > 0, "sample_weight must not be zero everywhere");
}

std::vector<std::string> loss_names() { return registry_names<Losses>(); }
std::vector<std::string> penalty_names() { return registry_names<Penalties>(); }
std::vector<std::string> schedule_names() { return registry_names<Schedules>(); }

std::pair<double, double> loss_at(const std::string& loss, double epsilon, double prediction,
                                  double target) {
  const auto point = std::visit([&](const auto& l) { return l.at(prediction, target, epsilon); },
                                registry_make<Losses>(loss, "loss"));
  return {point.value, point.gradient};
}

std::vector<LossTraits> loss_traits() {
  std::vector<LossTraits> traits = []<class... L>(std::type_identity<std::variant<L...>>) {
    return std::vector<LossTraits>{
        {L::name, L::link, L::regression, L::smooth, SvmKink<L>, L::max_curvature}...};
  }(std::type_identity<Losses>{});
  traits.push_back({"multinomial", "softmax", false, true, false, kSoftmaxCurvature});
  return traits;
}

double schedule_at(const SgdOptions& options, std::uint64_t updates, double updates_per_epoch) {
  const bool falls = options.schedule == Linear::name || options.schedule == Cosine::name;
  const Progress progress{
      .updates = static_cast<double>(updates),
      .epochs = static_cast<double>(updates) / updates_per_epoch,
      .horizon =
          falls ? Horizon{.begin = 0, .end = static_cast<double>(options.max_iter)} : Horizon{}};
  return std::visit([&](const auto& s) { return s.rule(options)(progress); },
                    registry_make<Schedules>(options.schedule, "learning_rate"));
}

}  // namespace slimline
