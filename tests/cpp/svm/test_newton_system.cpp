#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "slimline/random.hpp"
#include "svm/newton/system.hpp"

namespace slimline {
namespace {

constexpr std::size_t kRows = 700;
constexpr std::size_t kColumns = 9;

struct Weighted {
  std::vector<std::size_t> rows;
  std::vector<double> weight;
};

// The rows with a weight at this step: most keep theirs, but for rounding.
Weighted weighted(std::size_t step) {
  Random noise(step);
  Weighted result;
  for (std::size_t k = 0; k < kRows; ++k) {
    const std::size_t turn = (k + 31 * step) % 10;
    if (turn == 0) continue;
    result.rows.push_back(k);
    result.weight.push_back((turn == 1 ? 0.3 : 2) * (1 + 1e-13 * noise.uniform()));
  }
  return result;
}

NewtonSystem make_system(const AnySamples& X, const Weighted& rows, std::span<const double> centre,
                         bool intercept) {
  return {.X = X,
          .rows = rows.rows,
          .weight = rows.weight,
          .centre = centre,
          .intercept_ridge = 0,
          .fit_intercept = intercept,
          .n_threads = 1};
}

}  // namespace

TEST_CASE("a Newton system changed by its rows has the solution of one made anew") {
  Random random(1);
  std::vector<double> values(kRows * kColumns);
  for (double& value : values) value = random.uniform() - 0.5;
  const AnySamples X = MatrixView<const double>(values.data(), kRows, kColumns);
  std::vector<double> g(kColumns + 1);
  for (double& value : g) value = random.uniform() - 0.5;

  for (const bool intercept : {false, true}) {
    NewtonSolver updating(true);
    CHECK_FALSE(updating.forget());
    for (std::size_t step = 0; step < 12; ++step) {
      CAPTURE(step);
      const Weighted rows = weighted(step);
      const NewtonSystem system = make_system(X, rows, {}, intercept);
      NewtonSolver fresh(false);
      std::vector<double> expected = g;
      std::vector<double> found = g;
      fresh.solve(system, expected);
      updating.solve(system, found);
      for (std::size_t j = 0; j <= kColumns; ++j) {
        CHECK(found[j] == doctest::Approx(expected[j]).epsilon(1e-9));
      }
      const std::span<const double> v = std::span<const double>(g).first(kColumns);
      CHECK(updating.curvature(v) == doctest::Approx(fresh.curvature(v)).epsilon(1e-9));
      CHECK_FALSE(fresh.forget());
      if (step == 5) {
        CHECK(updating.forget());
        updating.solve(system, found = g);
        CHECK_FALSE(updating.forget());
      }
    }
  }
}

TEST_CASE("rows less a centre make the same Newton step") {
  Random random(2);
  // Few columns go by Cholesky, many by conjugate gradients.
  for (const std::size_t columns : {kColumns, std::size_t{1030}}) {
    std::vector<double> values(kRows * columns);
    for (double& value : values) value = random.uniform();
    const AnySamples X = MatrixView<const double>(values.data(), kRows, columns);
    std::vector<double> g(columns + 1);
    for (double& value : g) value = random.uniform() - 0.5;
    const std::vector<double> centre(columns, 0.5);
    const Weighted rows = weighted(0);
    for (const bool intercept : {true, false}) {
      if (!intercept) g.back() = 0;
      std::vector<double> plain = g;
      NewtonSolver(false).solve(make_system(X, rows, {}, intercept), plain);
      std::vector<double> step = g;
      for (std::size_t j = 0; j < columns; ++j) step[j] -= g.back() * centre[j];
      NewtonSolver(false).solve(make_system(X, rows, centre, intercept), step);
      for (std::size_t j = 0; j < columns; ++j) step.back() -= centre[j] * step[j];
      double size = 0;
      double off = 0;
      for (std::size_t j = 0; j <= columns; ++j) {
        size += plain[j] * plain[j];
        off += (step[j] - plain[j]) * (step[j] - plain[j]);
      }
      CHECK(std::sqrt(off) <= (columns > kColumns ? 0.02 : 1e-9) * std::sqrt(size));
    }
  }
}

TEST_CASE("the curvature of a Newton system is that of its matrix") {
  const std::vector<double> values{1, 2, 3, 4, 5, 6};
  const AnySamples X = MatrixView<const double>(values.data(), 3, 2);
  const Weighted rows{.rows = {0, 2}, .weight = {0.5, 2}};
  NewtonSolver solver(false);
  const std::vector<double> v{1, -2};
  CHECK(solver.curvature(v) == 0);
  std::vector<double> g{1, 1, 1};
  solver.solve(make_system(X, rows, {}, true), g);
  // |v|^2 + 0.5 (1 - 4)^2 + 2 (5 - 12)^2
  CHECK(solver.curvature(v) == doctest::Approx(5 + 4.5 + 98));
}

}  // namespace slimline
