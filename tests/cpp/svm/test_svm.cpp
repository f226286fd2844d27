#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "slimline/error.hpp"
#include "slimline/random.hpp"
#include "slimline/svm.hpp"
#include "svm/best_intercept.hpp"
#include "svm/certificate.hpp"
#include "svm/smo/block.hpp"

namespace slimline {
namespace {

constexpr SvmSolver kSolvers[] = {SvmSolver::automatic, SvmSolver::smo, SvmSolver::newton,
                                  SvmSolver::dcd};
constexpr SvmLoss kLosses[] = {SvmLoss::hinge, SvmLoss::squared_hinge, SvmLoss::epsilon_insensitive,
                               SvmLoss::squared_epsilon_insensitive};

double normal_ish(Random& random) { return random.uniform() + random.uniform() - 1; }

Matrix<double> random_matrix(std::size_t rows, std::size_t cols, Random& random) {
  Matrix<double> X(rows, cols);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < cols; ++j) X(i, j) = normal_ish(random);
  }
  return X;
}

// Noisy labels in {0, 1} (both present) from the first column.
std::vector<std::int64_t> noisy_labels(const Matrix<double>& X, Random& random) {
  std::vector<std::int64_t> labels(X.rows());
  for (std::size_t i = 0; i < X.rows(); ++i) labels[i] = X(i, 0) + normal_ish(random) > 0 ? 1 : 0;
  labels.front() = 0;
  labels.back() = 1;
  return labels;
}

SvmSolution fit(SvmLoss loss, const Matrix<double>& X, const std::vector<std::int64_t>& labels,
                SvmOptions options) {
  options.loss = loss;
  const std::vector<double> cost(X.rows(), 1.5);
  if (loss == SvmLoss::hinge || loss == SvmLoss::squared_hinge) {
    const std::vector<double> weights{1, 2};
    return svm_classify(X.view(), {.labels = labels, .cost = cost, .class_weight = weights},
                        SvmScheme::one_vs_rest, options, {}, nullptr)[0];
  }
  std::vector<double> y(labels.begin(), labels.end());
  return svm_regress(X.view(), y, cost, options, {}, nullptr);
}

double loss_value(SvmLoss loss, double label, double f) {
  const double margin = std::max(0.0, 1 - (label > 0 ? f : -f));
  const double tube = std::max(0.0, std::abs(label - f) - 0.1);
  switch (loss) {
    case SvmLoss::hinge:
      return margin;
    case SvmLoss::squared_hinge:
      return margin * margin;
    case SvmLoss::epsilon_insensitive:
      return tube;
    case SvmLoss::squared_epsilon_insensitive:
      return tube * tube;
  }
  return 0;
}

// The primal objective, from its definition.
double objective(SvmLoss loss, const Matrix<double>& X, const std::vector<std::int64_t>& labels,
                 const std::vector<double>& w, double b) {
  double sum = std::inner_product(w.begin(), w.end(), w.begin(), 0.0) / 2;
  const bool classes = loss == SvmLoss::hinge || loss == SvmLoss::squared_hinge;
  for (std::size_t i = 0; i < X.rows(); ++i) {
    const double f = std::inner_product(w.begin(), w.end(), X.row(i), b);
    const double cost = classes && labels[i] == 1 ? 3 : 1.5;
    sum += cost * loss_value(loss, static_cast<double>(labels[i]), f);
  }
  return sum;
}

}  // namespace

TEST_CASE("the gap is met, the objective is that of the definition, no nearby point is better") {
  Random random(1);
  for (const SvmLoss loss : kLosses) {
    for (const bool intercept : {true, false}) {
      for (const std::size_t n : {2U, 40U, 1200U}) {
        CAPTURE(static_cast<int>(loss));
        CAPTURE(intercept);
        CAPTURE(n);
        for (const SvmSolver solver : kSolvers) {
          CAPTURE(static_cast<int>(solver));
          // Coordinate steps alone come slowly to the last digits of many rows.
          const double tol = solver == SvmSolver::dcd ? 1e-5 : 1e-9;
          const Matrix<double> X = random_matrix(n, 5, random);
          const auto labels = noisy_labels(X, random);
          const SvmSolution s =
              fit(loss, X, labels,
                  {.solver = solver, .epsilon = 0.1, .fit_intercept = intercept, .tol = tol});
          CHECK(s.converged);
          CHECK(s.gap <= tol);
          CHECK(s.gap >= -1e-12);
          CHECK(s.primal == doctest::Approx(objective(loss, X, labels, s.w, s.b)).epsilon(1e-12));
          if (!intercept) CHECK(s.b == 0);
          for (int trial = 0; trial < 20; ++trial) {
            std::vector<double> w = s.w;
            for (double& value : w) value += 0.01 * normal_ish(random);
            const double b = intercept ? s.b + 0.01 * normal_ish(random) : 0;
            CHECK(objective(loss, X, labels, w, b) >= s.primal * (1 - tol));
          }
        }
      }
    }
  }
}

TEST_CASE("the dual point is feasible and gives w") {
  Random random(2);
  const Matrix<double> X = random_matrix(700, 8, random);
  const auto labels = noisy_labels(X, random);
  for (const SvmLoss loss : kLosses) {
    for (const SvmSolver solver : kSolvers) {
      const SvmSolution s = fit(loss, X, labels, {.solver = solver, .epsilon = 0.1, .tol = 1e-6});
      std::vector<double> w(8);
      double sum = 0;
      for (std::size_t k = 0; k < s.support.size(); ++k) {
        const std::size_t i = s.support[k];
        sum += s.beta[k];
        for (std::size_t j = 0; j < 8; ++j) w[j] += s.beta[k] * X(i, j);
        if (loss == SvmLoss::hinge) {
          const double signed_beta = labels[i] == 1 ? s.beta[k] : -s.beta[k];
          CHECK(signed_beta > 0);
          CHECK(signed_beta <= (labels[i] == 1 ? 3 : 1.5));
        }
      }
      CHECK(std::abs(sum) < 1e-10);
      for (std::size_t j = 0; j < 8; ++j) CHECK(s.w[j] == doctest::Approx(w[j]).epsilon(1e-10));
    }
  }
}

TEST_CASE("the same bits on any number of threads") {
  Random random(3);
  const Matrix<double> X = random_matrix(5000, 6, random);
  const auto labels = noisy_labels(X, random);
  for (const SvmLoss loss : kLosses) {
    for (const SvmSolver solver : {SvmSolver::smo, SvmSolver::newton}) {
      SvmOptions options{.solver = solver, .tol = 1e-5, .n_threads = 1};
      const SvmSolution one = fit(loss, X, labels, options);
      options.n_threads = 3;
      const SvmSolution three = fit(loss, X, labels, options);
      CHECK(one.w == three.w);
      CHECK(one.b == three.b);
      CHECK(one.beta == three.beta);
    }
  }
}

TEST_CASE("zero rows, duplicates, constant columns and extreme magnitudes") {
  Random random(4);
  for (const double scale : {1e-300, 1e-8, 1.0, 1e30}) {
    CAPTURE(scale);
    Matrix<double> X = random_matrix(60, 3, random);
    auto labels = noisy_labels(X, random);
    for (std::size_t i = 0; i < 60; ++i) {
      // Noise at 1e30 asks for a w that the sum of beta_i x_i cannot hold in float64.
      if (scale > 1) labels[i] = X(i - (i % 5 == 2 ? 1 : 0), 0) > 0 ? 1 : 0;
      X(i, 2) = 1;  // constant
      for (std::size_t j = 0; j < 3; ++j) {
        if (i % 5 == 0) X(i, j) = 0;
        if (i % 5 == 2) X(i, j) = X(i - 1, j);
        if (i % 5 != 0 && i % 5 != 2) X(i, j) *= scale;
      }
    }
    for (const SvmLoss loss : kLosses) {
      const SvmSolution s = fit(loss, X, labels, {.epsilon = 0.1, .tol = 1e-5});
      CAPTURE(static_cast<int>(loss));
      const bool regression =
          loss == SvmLoss::epsilon_insensitive || loss == SvmLoss::squared_epsilon_insensitive;
      if (!(regression && scale > 1)) CHECK(s.converged);
      CHECK(std::isfinite(s.primal));
    }
  }
}

TEST_CASE("the best intercept beats a fine grid, and is the middle of a flat interval") {
  Random random(5);
  for (const bool squared : {false, true}) {
    for (int trial = 0; trial < 50; ++trial) {
      SvmTask task;
      std::vector<double> f;
      for (std::size_t k = 0; k < 9; ++k) {
        const double cost = 1 + random.uniform();
        const double sign = k % 2 == 0 ? 1 : -1;
        task.rows.push_back(k);
        task.target.push_back(sign);
        task.upper.push_back(sign > 0 ? cost : 0);
        task.lower.push_back(sign < 0 ? -cost : 0);
        task.ridge.push_back(squared ? 1 / (2 * cost) : 0);
        f.push_back(3 * normal_ish(random));
      }
      const double b = best_intercept(task, f);
      const double best = primal_objective(task, f, b, 0);
      for (double other = -6; other < 6; other += 0.01) {
        CHECK(best <= primal_objective(task, f, other, 0) + 1e-12);
      }
    }
  }
  const SvmTask separated{.rows = {0, 1},
                          .target = {1, -1},
                          .lower = {0, -1},
                          .upper = {1, 0},
                          .ridge = {0, 0},
                          .centre = {}};
  // f = (5, -3): no loss for b in [-4, 2].
  CHECK(best_intercept(separated, std::vector<double>{5, -3}) == doctest::Approx(-1));
}

TEST_CASE("the best intercept of many rows is where the objective is least") {
  Random random(8);
  const std::size_t n = 3000;
  const auto spread = [&](int kind) {
    const double x = 3 * normal_ish(random);
    if (kind == 1) return std::round(x);                           // a few values, many times each
    if (kind == 2) return random.uniform() < 0.01 ? x * 1e30 : x;  // far ones leave little between
    if (kind == 3) return x > 0 ? 5.0 : -7.0;
    return x;
  };
  for (int kind = 0; kind < 4; ++kind) {
    for (const bool squared : {false, true}) {
      for (const bool regression : {false, true}) {
        SvmTask task;
        task.epsilon = regression ? 0.25 : 0;
        std::vector<double> f;
        std::vector<double> points;
        for (std::size_t k = 0; k < n; ++k) {
          const double cost = kind == 3 ? 1 : 0.5 + random.uniform();
          const double sign = random.uniform() < 0.3 ? 1 : -1;
          task.rows.push_back(k);
          task.target.push_back(regression ? spread(kind) : sign);
          task.upper.push_back(regression || sign > 0 ? cost : 0);
          task.lower.push_back(regression || sign < 0 ? -cost : 0);
          task.ridge.push_back(squared ? 1 / (2 * cost) : 0);
          f.push_back(regression ? 0 : spread(kind));
          for (const double side : {-task.epsilon, task.epsilon}) {
            points.push_back(task.target[k] - f[k] + side);
          }
        }
        CAPTURE(kind);
        CAPTURE(squared);
        CAPTURE(regression);
        const double b = best_intercept(task, f);
        const double best = primal_objective(task, f, b, 0);
        for (const double off : {-100.0, -0.01, 0.0, 0.001, 3.0}) {
          CAPTURE(off);
          CHECK(best_intercept(task, f, b + off) == doctest::Approx(b).epsilon(1e-9));
        }
        // Kinks are where a sum of linear losses may be least; elsewhere its neighbours tell.
        for (std::size_t k = 0; k < points.size(); k += 7) {
          CHECK(best <= primal_objective(task, f, points[k], 0) * (1 + 1e-12));
        }
        for (const double step : {1e-6, 1e-3, 0.1}) {
          for (const double other : {b - step, b + step}) {
            CHECK(best <= primal_objective(task, f, other, 0) * (1 + 1e-12));
          }
        }
      }
    }
  }
  SvmTask task;
  std::vector<double> f;
  for (std::size_t k = 0; k < 2000; ++k) {
    const double sign = k % 2 == 0 ? 1 : -1;
    task.rows.push_back(k);
    task.target.push_back(sign);
    task.upper.push_back(sign > 0 ? 1 : 0);
    task.lower.push_back(sign < 0 ? -1 : 0);
    task.ridge.push_back(0);
    f.push_back(sign * (4 + random.uniform()));
  }
  f[0] = 4;
  f[1] = -4;  // no loss for b in [-3, 3]
  CHECK(best_intercept(task, f) == doctest::Approx(0));
  CHECK(best_intercept(task, f, 0.1) == doctest::Approx(0));
  CHECK(best_intercept(task, f, 3) == doctest::Approx(0));
}

TEST_CASE("repair makes a dual point feasible") {
  const SvmTask task{.rows = {0, 1, 2},
                     .target = {1, 1, -1},
                     .lower = {0, 0, -1},
                     .upper = {1, 1, 0},
                     .ridge = {0, 0, 0},
                     .centre = {}};
  std::vector<double> beta{0.9, 7, -0.5};
  repair_dual(task, beta);
  CHECK(beta[0] + beta[1] + beta[2] == doctest::Approx(0).epsilon(1e-15));
  CHECK(beta[1] <= 1);
  CHECK(beta[2] == -0.5);
}

TEST_CASE("should_stop interrupts a fit") {
  Random random(6);
  const Matrix<double> X = random_matrix(50, 3, random);
  const std::vector<double> y(50, 1.0);
  std::vector<double> targets(50);
  for (std::size_t i = 0; i < 50; ++i) targets[i] = X(i, 0);
  for (const SvmSolver solver : kSolvers) {
    CHECK_THROWS_AS(
        svm_regress(X.view(), targets, y, {.solver = solver, .loss = SvmLoss::epsilon_insensitive},
                    {}, [](const SvmProgress&) { return true; }),
        Interrupted);
  }
}

TEST_CASE("max_iter ends a fit unconverged, with a valid gap") {
  Random random(7);
  const Matrix<double> X = random_matrix(3000, 20, random);
  const auto labels = noisy_labels(X, random);
  const SvmSolution s = fit(SvmLoss::hinge, X, labels, {.tol = 1e-12, .max_iter = 2});
  CHECK(s.iterations == 2);
  CHECK_FALSE(s.converged);
  CHECK(s.gap > 1e-12);
}

TEST_CASE("bad arguments are refused") {
  const Matrix<double> X(2, 1);
  const std::vector<double> cost{1, 1};
  const std::vector<double> weights{1, 1};
  const std::vector<std::int64_t> one_class{0, 0};
  const std::vector<std::int64_t> outside{0, 2};
  const auto classify = [&](const std::vector<std::int64_t>& labels) {
    return svm_classify(X.view(), {.labels = labels, .cost = cost, .class_weight = weights},
                        SvmScheme::one_vs_one, {}, {}, nullptr);
  };
  CHECK_THROWS_WITH_AS(classify(one_class), "every class needs a row of positive weight",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(classify(outside), "labels must lie in [0, n_classes)",
                       std::invalid_argument);
  CHECK_THROWS_AS(svm_regress(X.view(), cost, std::vector<double>{-1, 1}, {}, {}, nullptr),
                  std::invalid_argument);
  CHECK_THROWS_AS(svm_regress(X.view(), cost, std::vector<double>{0, 0}, {}, {}, nullptr),
                  std::invalid_argument);
}

}  // namespace slimline
