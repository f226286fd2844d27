#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "algorithms/newton_system.hpp"
#include "slimline/random.hpp"

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

}  // namespace

TEST_CASE("a Newton system changed by its rows has the solution of one made anew") {
  Random random(1);
  std::vector<double> values(kRows * kColumns);
  for (double& value : values) value = random.uniform() - 0.5;
  const SvmSamples X = MatrixView<const double>(values.data(), kRows, kColumns);
  std::vector<double> g(kColumns + 1);
  for (double& value : g) value = random.uniform() - 0.5;

  for (const bool intercept : {false, true}) {
    NewtonSolver updating(true);
    CHECK_FALSE(updating.forget());
    for (std::size_t step = 0; step < 12; ++step) {
      CAPTURE(step);
      const Weighted rows = weighted(step);
      const NewtonSystem system{X, rows.rows, rows.weight, intercept, 1};
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

TEST_CASE("the curvature of a Newton system is that of its matrix") {
  const std::vector<double> values{1, 2, 3, 4, 5, 6};
  const SvmSamples X = MatrixView<const double>(values.data(), 3, 2);
  const std::vector<std::size_t> rows{0, 2};
  const std::vector<double> weight{0.5, 2};
  NewtonSolver solver(false);
  const std::vector<double> v{1, -2};
  CHECK(solver.curvature(v) == 0);
  std::vector<double> g{1, 1, 1};
  solver.solve({X, rows, weight, true, 1}, g);
  // |v|^2 + 0.5 (1 - 4)^2 + 2 (5 - 12)^2
  CHECK(solver.curvature(v) == doctest::Approx(5 + 4.5 + 98));
}

}  // namespace slimline
