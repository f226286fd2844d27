// The primal-dual method for losses with kinks, at its optimum by its own bound and by naive sums.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "linear/interior/kinked.hpp"
#include "linear/relative_gap.hpp"
#include "linear/zero_model.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

// Rows whose scores, of weights of which every second is 0, give the targets with noise.
struct Problem {
  Matrix<double> rows;
  std::vector<double> target;
  std::vector<double> cost;
  InteriorTask task;

  Problem(std::size_t n, std::size_t d, Losses loss, double l1, double l2, double noise = 1)
      : rows(n, d), target(n), cost(n) {
    Random random(7);
    const auto normal = [&] {
      double sum = -6;
      for (int k = 0; k < 12; ++k) sum += random.uniform();
      return sum;
    };
    for (std::size_t i = 0; i < n; ++i) {
      double score = 0.2 + noise * normal();
      for (std::size_t j = 0; j < d; ++j) {
        rows(i, j) = normal();
        score += static_cast<double>(j % 2) * rows(i, j);
      }
      const bool value = std::holds_alternative<EpsilonInsensitive>(loss);
      target[i] = value ? score : std::copysign(1.0, score);
      cost[i] = i % 5 == 0 ? 0 : std::pow(10.0, -3 * random.uniform()) / static_cast<double>(n);
    }
    task = {.rows = rows.view(),
            .target = target,
            .cost = cost,
            .loss = loss,
            .epsilon = 0.3,
            .l1 = std::vector<double>(d, l1),
            .l2 = std::vector<double>(d, l2),
            .intercept = {}};
    begin();
  }

  void begin() {
    const ZeroModel zero = zero_model(task.loss, task.epsilon, target, cost, task.fit_intercept);
    task.intercept = {zero.intercept};
    task.zero = zero.objective;
  }

  double objective(const std::vector<double>& w) const {
    double sum = 0;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      double p = w[rows.cols()];
      for (std::size_t j = 0; j < rows.cols(); ++j) p += w[j] * rows(i, j);
      sum += with_loss(task.loss, [&](const auto& l) {
        return cost[i] * l.at(p, target[i], task.epsilon).value;
      });
    }
    for (std::size_t j = 0; j < rows.cols(); ++j) {
      sum += task.l1[j] * std::abs(w[j]) + task.l2[j] / 2 * w[j] * w[j];
    }
    return sum;
  }
};

std::vector<double> weights_of(const InteriorSolution& solution) {
  return {solution.weights.row(0), solution.weights.row(0) + solution.weights.cols()};
}

// Converged, at an objective that is what it says, and no better one near by.
std::vector<double> check_optimum(const Problem& problem, double tol) {
  const InteriorSolution solution = solve_kinked(problem.task, {.tol = tol}, {});
  CHECK(solution.converged);
  CHECK(solution.steps <= 60);
  const std::vector<double> best = weights_of(solution);
  const double objective = problem.objective(best);
  CHECK(solution.primal == doctest::Approx(objective).epsilon(1e-12));
  CHECK(solution.dual <= objective);
  const double allowed = tol * gap_unit(objective, problem.task.zero);
  Random random(1);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> near = best;
    const double size = std::pow(10.0, -4 * random.uniform());
    for (std::size_t j = 0; j < near.size(); ++j) {
      if (j + 1 < near.size() || problem.task.fit_intercept)
        near[j] += size * (random.uniform() - 0.5);
    }
    CHECK(problem.objective(near) >= objective - 1.001 * allowed);
  }
  return best;
}

const std::vector<Losses> kLosses = {Hinge{}, EpsilonInsensitive{}};

TEST_CASE("kinked losses end at an optimum, for every penalty") {
  for (const Losses& loss : kLosses) {
    for (const double l1 : {0.0, 1e-3, 1e-2}) {
      for (const double l2 : {0.0, 1e-4, 1e-1}) {
        check_optimum(Problem(200, 6, loss, l1, l2), 1e-3);
        check_optimum(Problem(200, 6, loss, l1, l2), 1e-8);
      }
    }
  }
}

TEST_CASE("a strong l1 norm leaves exact zeros, a huge one nothing but the intercept") {
  for (const Losses& loss : kLosses) {
    const std::vector<double> few = check_optimum(Problem(300, 6, loss, 2e-2, 0), 1e-6);
    CHECK(few[0] == 0);
    CHECK(few[2] == 0);
    CHECK(few[4] == 0);
    CHECK(few[1] != 0);
    const std::vector<double> none = check_optimum(Problem(300, 6, loss, 10, 0), 1e-6);
    for (std::size_t j = 0; j < 6; ++j) CHECK(none[j] == 0);
  }
}

TEST_CASE("without an intercept it stays 0") {
  for (const Losses& loss : kLosses) {
    Problem problem(100, 4, loss, 1e-3, 1e-3);
    problem.task.fit_intercept = false;
    problem.begin();
    CHECK(check_optimum(problem, 1e-6)[4] == 0);
  }
}

TEST_CASE("repeated and empty columns, and fewer rows than columns") {
  for (const Losses& loss : kLosses) {
    for (const double l1 : {0.0, 1e-3}) {
      Problem problem(80, 5, loss, l1, 0);
      for (std::size_t i = 0; i < 80; ++i) {
        problem.rows(i, 3) = problem.rows(i, 1);
        problem.rows(i, 4) = 0;
      }
      check_optimum(problem, 1e-6);
      check_optimum(Problem(9, 20, loss, l1, 0), 1e-6);
    }
  }
}

TEST_CASE("classes that a plane separates: weights stay within reach of float32") {
  Problem problem(200, 4, Hinge{}, 0, 0, 0);
  const InteriorSolution solution = solve_kinked(problem.task, {.tol = 1e-3}, {});
  CHECK(solution.converged);
  for (const double w : weights_of(solution)) CHECK(std::abs(w) < 1e5);
}

TEST_CASE("one row, rows that cost nothing, a loss that is 0 from the start") {
  const Problem one(2, 3, EpsilonInsensitive{}, 1e-3, 0);  // its first row costs nothing
  CHECK(solve_kinked(one.task, {}, {}).converged);
  Problem flat(50, 3, EpsilonInsensitive{}, 0, 0);
  flat.task.epsilon = 1e3;
  flat.begin();
  const InteriorSolution solution = solve_kinked(flat.task, {}, {});
  CHECK(solution.converged);
  CHECK(solution.primal == 0);
  Problem perceptron(50, 3, Perceptron{}, 0, 0);
  CHECK(perceptron.task.zero == 0);
  CHECK(solve_kinked(perceptron.task, {}, {}).converged);
}

TEST_CASE("threads change nothing") {
  const Problem problem(500, 20, Hinge{}, 1e-3, 0);
  const auto one = weights_of(solve_kinked(problem.task, {.n_threads = 1}, {}));
  CHECK(one == weights_of(solve_kinked(problem.task, {.n_threads = 2}, {})));
}

}  // namespace
}  // namespace slimline
