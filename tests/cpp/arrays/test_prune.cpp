// Optimal brain surgeon against its definition: each step removes what costs least of what is left.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "slimline/prune.hpp"

namespace slimline {

TEST_CASE("with a diagonal Hessian the order is that of h w^2, and nothing is corrected") {
  const std::vector<double> inverse{1, 0, 0, 0, 0.25, 0, 0, 0, 0.5};
  const std::vector<double> w{3, 1, -2, 0, 1, 1};
  std::vector<std::int32_t> order(6);
  std::vector<double> loss(6);
  eliminate({inverse.data(), 3, 3}, {w.data(), 2, 3}, {order.data(), 2, 3}, {loss.data(), 2, 3}, 2);
  CHECK(order == std::vector<std::int32_t>{1, 2, 0, 0, 2, 1});
  CHECK(loss == std::vector<double>{2, 4, 4.5, 0, 1, 2});
}

TEST_CASE("of two equal inputs one goes for nothing, and the other takes over its weight") {
  // A = [[1, r], [r, 1]] with r close to 1; w = (1, 1): removing one corrects the other to 1 + r.
  const double r = 0.9;
  const double scale = 1 / (1 - r * r);
  const std::vector<double> inverse{scale, -r * scale, -r * scale, scale};
  const std::vector<double> w{1, 1};
  std::vector<std::int32_t> order(2);
  std::vector<double> loss(2);
  eliminate({inverse.data(), 2, 2}, {w.data(), 1, 2}, {order.data(), 1, 2}, {loss.data(), 1, 2}, 1);
  CHECK(order == std::vector<std::int32_t>{0, 1});
  CHECK(loss[0] == doctest::Approx((1 - r * r) / 2));
  CHECK(loss[1] == doctest::Approx((1 + r) * (1 + r) / 2));
  CHECK_THROWS_AS(eliminate({inverse.data(), 2, 2}, {w.data(), 2, 1}, {order.data(), 2, 1},
                            {loss.data(), 2, 1}, 1),
                  std::invalid_argument);
}

}  // namespace slimline
