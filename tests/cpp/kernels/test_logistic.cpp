#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"

namespace slimline {

TEST_CASE("logistic gives losses and probabilities to the last digits") {
  constexpr double kWithin = 1e-15;
  Random random(2);
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    for (const std::size_t n : {0, 1, 2, 3, 4, 5, 7, 8, 9, 64, 1000}) {
      CAPTURE(n);
      for (const double spread : {1e-8, 1.0, 30.0, 690.0}) {
        std::vector<double> margins(n + 1);
        for (double& m : margins) m = spread * (2 * random.uniform() - 1);
        std::vector<double> wrong(n + 2, -1);
        std::vector<double> loss(n + 2, -1);
        table->logistic(margins.data() + 1, n, wrong.data() + 1, loss.data() + 1);
        for (std::size_t i = 0; i < n; ++i) {
          const long double m = margins[i + 1];
          CAPTURE(margins[i + 1]);
          const auto p = static_cast<double>(1 / (1 + std::exp(m)));
          const auto value = static_cast<double>(std::log1p(std::exp(-m)));
          CHECK(std::abs(wrong[i + 1] - p) <= kWithin * p);
          CHECK(std::abs(loss[i + 1] - value) <= kWithin * value);
        }
        for (const std::size_t outside : {std::size_t{0}, n + 1}) {
          CHECK(wrong[outside] == -1);
          CHECK(loss[outside] == -1);
        }
      }
    }
  }
}

TEST_CASE("logistic at the extremes") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double margins[] = {
      0,      -0.0,   800,       -800,       1e300,
      -1e300, 5e-324, kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()};
  constexpr std::size_t kFinite = 7;
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    double wrong[10];
    double loss[10];
    table->logistic(margins, 10, wrong, loss);
    for (std::size_t i = 0; i < kFinite; ++i) {
      CAPTURE(margins[i]);
      CHECK(std::abs(wrong[i] - 1 / (1 + std::exp(margins[i]))) <= 1e-15);
      const double value = margins[i] > 0 ? std::exp(-margins[i]) : -margins[i];
      CHECK(loss[i] == doctest::Approx(std::abs(margins[i]) < 1 ? std::log(2) : value));
    }
    for (std::size_t i = kFinite; i < 10; ++i) {
      CHECK(std::isnan(wrong[i]));
      CHECK(std::isnan(loss[i]));
    }
  }
}

}  // namespace slimline
