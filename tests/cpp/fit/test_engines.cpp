// Every engine that schedule "auto" runs, reached by the size and kind of a problem: what it calls
// proven is an optimum, for dense and sparse rows, and the same to the bit on any number of
// threads.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fit/choose.hpp"
#include "slimline/random.hpp"
#include "slimline/sgd.hpp"

namespace slimline {
namespace {

constexpr double kTol = 1e-6;

struct Case {
  LinearEngine engine;
  const char* loss;
  const char* penalty;
  std::size_t rows;
  std::size_t columns;
};

constexpr Case kCases[] = {
    {LinearEngine::lbfgs, "log_loss", "l2", 300, 8},
    {LinearEngine::lbfgs, "huber", "none", 300, 8},
    {LinearEngine::newton_cg, "log_loss", "l2", 150, 260},
    {LinearEngine::dual_newton, "hinge", "l2", 200, 10},
    {LinearEngine::dual_newton, "epsilon_insensitive", "l2", 200, 10},
    {LinearEngine::dual_dcd, "hinge", "l2", 60, 1030},
    {LinearEngine::proximal, "squared_error", "l1", 50, 1030},
    {LinearEngine::interior, "epsilon_insensitive", "l1", 120, 6},
    {LinearEngine::interior, "modified_huber", "elasticnet", 120, 6},
};

bool is_regression(const std::string& loss) {
  return std::ranges::any_of(loss_traits(), [&](const LossTraits& traits) {
    return traits.name == loss && traits.regression;
  });
}

// Rows of which a third of the entries are other than zero, as a matrix and as CSR.
struct Data {
  Matrix<double> X;
  std::vector<double> values;
  std::vector<std::int32_t> columns;
  std::vector<std::int32_t> begins{0};
  Matrix<double> y;
  std::vector<double> sample_weight;

  explicit Data(const Case& which)
      : X(which.rows, which.columns), y(which.rows, 1), sample_weight(which.rows) {
    Random random(11);
    const auto normal_ish = [&] { return random.uniform() + random.uniform() - 1; };
    for (std::size_t i = 0; i < which.rows; ++i) {
      double score = 0.2 + normal_ish();
      for (std::size_t j = 0; j < which.columns; ++j) {
        if (random.uniform() < 2.0 / 3) continue;
        X(i, j) = normal_ish();
        score += (j % 3 == 0 ? 2.0 : -1.0) * X(i, j);
        values.push_back(X(i, j));
        columns.push_back(static_cast<std::int32_t>(j));
      }
      begins.push_back(static_cast<std::int32_t>(values.size()));
      y(i, 0) = is_regression(which.loss) ? score : score > 0 ? 1 : 0;
      sample_weight[i] = 0.5 + random.uniform();
    }
  }

  Samples<double> rows(bool sparse) const {
    if (!sparse) return X.view();
    return CsrView<double, std::int32_t>(values, columns, begins, X.cols());
  }
};

struct Fit {
  Matrix<double> w;
  std::vector<double> b{0};
  SgdResult result;
};

SgdOptions options_of(const Case& which) {
  return {.loss = which.loss,
          .penalty = which.penalty,
          .schedule = "auto",
          .alpha = 0.01,
          .max_iter = 10'000,
          .tol = kTol};
}

Fit fit(const Case& which, const Data& data, bool sparse, int n_threads) {
  Fit found{.w = Matrix<double>(1, data.X.cols()), .result = {}};
  SgdOptions options = options_of(which);
  options.n_threads = n_threads;
  const std::vector<double> class_weight(is_regression(which.loss) ? 0 : 2, 1.0);
  const SgdTargets targets{.y = data.y.view(),
                           .sample_weight = data.sample_weight,
                           .class_weight = class_weight,
                           .rows = {},
                           .n_classes = class_weight.size()};
  const SgdWeights<double> weights{.coef = found.w.view(),
                                   .intercept = found.b,
                                   .average_coef = {},
                                   .average_intercept = {},
                                   .squares = {},
                                   .intercept_squares = {}};
  found.result = sgd_fit<double>(data.rows(sparse), targets, options, nullptr, weights);
  return found;
}

// By the definition in sgd.hpp.
double objective(const Case& which, const Data& data, const std::vector<double>& w, double b) {
  const SgdOptions options = options_of(which);
  double sum = 0;
  double weight = 0;
  for (std::size_t i = 0; i < data.X.rows(); ++i) {
    double p = b;
    for (std::size_t j = 0; j < w.size(); ++j) p += w[j] * data.X(i, j);
    const double target = is_regression(which.loss) ? data.y(i, 0) : 2 * data.y(i, 0) - 1;
    sum += data.sample_weight[i] * loss_at(which.loss, options.epsilon, p, target).first;
    weight += data.sample_weight[i];
  }
  double l1 = 0;
  double squares = 0;
  for (const double value : w) {
    l1 += std::abs(value);
    squares += value * value;
  }
  const std::string penalty = which.penalty;
  const double share = penalty == "l1" ? 1 : penalty == "elasticnet" ? options.l1_ratio : 0;
  if (penalty == "none") return sum / weight;
  return sum / weight + options.alpha * (share * l1 + (1 - share) / 2 * squares);
}

}  // namespace

TEST_CASE("no point near that of an engine is better by more than tol") {
  for (const Case& which : kCases) {
    const Data data(which);
    for (const bool sparse : {false, true}) {
      CAPTURE(which.loss);
      CAPTURE(which.columns);
      CAPTURE(sparse);
      const Fit found = fit(which, data, sparse, 1);
      CHECK(found.result.converged);
      CHECK(found.result.gap <= kTol);
      std::vector<double> w(found.w.row(0), found.w.row(0) + found.w.cols());
      const double least = objective(which, data, w, found.b[0]);
      const double zero = objective(which, data, std::vector<double>(w.size()), 0);
      CHECK(least < zero);
      const double allowed = kTol * std::max(least, zero / 100) * (1 + 1e-6);
      Random random(5);
      for (int trial = 0; trial < 60; ++trial) {
        std::vector<double> near = w;
        const double length = std::pow(10, -1 - trial % 4);
        if (trial < 30) {
          near[random.below(near.size())] += trial % 2 == 0 ? length : -length;
        } else {
          for (double& value : near) value += length * (random.uniform() - 0.5);
        }
        const double b = found.b[0] + length * (random.uniform() - 0.5);
        CHECK(least - allowed <= objective(which, data, near, b));
        CHECK(least - allowed <= objective(which, data, w, b));
      }
    }
  }
}

TEST_CASE("the cases are those of their engines") {
  for (const Case& which : kCases) {
    CAPTURE(which.loss);
    CAPTURE(which.columns);
    const auto traits = loss_traits();
    const auto found = std::ranges::find(traits, which.loss, &LossTraits::name);
    const std::string penalty = which.penalty;
    CHECK(choose_linear({.rows = static_cast<double>(which.rows),
                         .columns = static_cast<double>(which.columns),
                         .outputs = 1,
                         .smooth = found->smooth,
                         .svm = found->svm,
                         .l1 = penalty == "l1" || penalty == "elasticnet",
                         .l2 = penalty == "l2" || penalty == "elasticnet"}) == which.engine);
  }
}

TEST_CASE("engines give the same bits on any number of threads") {
  for (const Case& which : kCases) {
    const Data data(which);
    for (const bool sparse : {false, true}) {
      CAPTURE(which.loss);
      CAPTURE(which.columns);
      CAPTURE(sparse);
      const Fit one = fit(which, data, sparse, 1);
      const Fit three = fit(which, data, sparse, 3);
      CHECK(one.b == three.b);
      CHECK(std::equal(one.w.row(0), one.w.row(0) + one.w.cols(), three.w.row(0)));
    }
  }
}

}  // namespace slimline
