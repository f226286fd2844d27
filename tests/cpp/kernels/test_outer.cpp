#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"

namespace slimline {

TEST_CASE("outer_4x8 adds a block of a sum of outer products") {
  Random random(1);
  constexpr std::size_t kStride = 17;
  constexpr std::size_t kTarget = 11;
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    for (const std::size_t n : {0U, 1U, 2U, 7U, 64U}) {
      std::vector<double> panel(n * kStride + kStride);
      for (double& value : panel) value = random.uniform() - 0.5;
      std::vector<double> h(4 * kTarget, 0.25);
      table->outer_4x8(panel.data() + 1, panel.data() + 5, n, kStride, h.data(), kTarget);
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < kTarget; ++j) {
          double expected = 0.25;
          for (std::size_t r = 0; r < n && j < 8; ++r) {
            expected += panel[r * kStride + 1 + i] * panel[r * kStride + 5 + j];
          }
          CHECK(h[i * kTarget + j] == doctest::Approx(expected).epsilon(1e-14));
        }
      }
    }
  }
}

TEST_CASE("add_gram adds the lower triangle of a panel's Gram matrix") {
  Random random(2);
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    for (const std::size_t size : {0U, 8U, 16U, 24U, 32U, 56U, 80U}) {
      for (const std::size_t n : {0U, 1U, 7U, 8U, 64U}) {
        CAPTURE(table->name);
        CAPTURE(size);
        CAPTURE(n);
        const std::size_t stride = size + 3;
        std::vector<double> panel(n * size + 1);
        for (double& value : panel) value = random.uniform() - 0.5;
        std::vector<double> h(size * stride + 1, 0.25);
        table->add_gram(panel.data() + 1, n, size, h.data() + 1, stride);
        for (std::size_t i = 0; i < size; ++i) {
          for (std::size_t j = 0; j <= i; ++j) {
            double expected = 0.25;
            for (std::size_t r = 0; r < n; ++r) {
              expected += panel[r * size + 1 + i] * panel[r * size + 1 + j];
            }
            CHECK(h[i * stride + 1 + j] == doctest::Approx(expected).epsilon(1e-13));
          }
          for (std::size_t j = size; j < stride; ++j) CHECK(h[i * stride + 1 + j] == 0.25);
        }
      }
    }
  }
}

}  // namespace slimline
