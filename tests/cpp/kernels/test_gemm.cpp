// Products with packed weights against naive loops, on every table that the CPU runs: every tail,
// extremes, and the same bits for a row alone and in a batch.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/gemm.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

using kernels::kPanel;

std::vector<std::int8_t> random_weights(std::size_t size, Random& random) {
  std::vector<std::int8_t> values(size);
  for (auto& v : values) v = static_cast<std::int8_t>(static_cast<int>(random.below(255)) - 127);
  return values;
}

std::vector<std::uint8_t> random_activations(std::size_t size, int a_max, Random& random) {
  std::vector<std::uint8_t> values(size);
  const auto bound = static_cast<std::uint64_t>(a_max) + 1;
  for (auto& v : values) v = static_cast<std::uint8_t>(random.below(bound));
  return values;
}

// a: (m, k) padded to rows of 4 * quads bytes, as kernels want them.
void check_integers(const kernels::KernelTable& table, std::size_t m, std::size_t k, std::size_t n,
                    const std::vector<std::uint8_t>& a, const std::vector<std::int8_t>& b,
                    bool full_u8) {
  const PackedInt8 packed(b.data(), k, n, n, 1);
  const std::size_t width = packed.quads() * 4;
  const std::size_t ld = packed.n_panels() * kPanel;
  std::vector<std::uint8_t> rows(m * width + 1);
  for (std::size_t i = 0; i < m; ++i) {
    std::copy_n(a.data() + i * k, k, rows.data() + 1 + i * width);  // unaligned
  }
  std::vector<std::int32_t> c(m * ld + 1, -7);
  const auto multiply = full_u8 ? table.gemm.u8s8 : table.gemm.u7s8;
  multiply(rows.data() + 1, width, packed.data(), packed.n_panels(), m, packed.quads(), c.data(),
           ld);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      std::int64_t sum = 0;
      for (std::size_t l = 0; l < k; ++l) sum += std::int64_t{a[i * k + l]} * b[l * n + j];
      wrong += c[i * ld + j] != sum ? 1U : 0U;
    }
  }
  CHECK(wrong == 0);
  CHECK(c[m * ld] == -7);
}

}  // namespace

TEST_CASE("int8 products are exact at every tail") {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    Random random(1);
    for (const int a_max : {127, 255}) {
      for (std::size_t s = 0; s <= 70; ++s) {
        const std::size_t sizes[][3] = {{s, 9, 17}, {3, s, 18}, {5, 10, s}, {s % 7, s, 70 - s}};
        for (const auto& [m, k, n] : sizes) {
          CAPTURE(m);
          CAPTURE(k);
          CAPTURE(n);
          check_integers(*table, m, k, n, random_activations(m * k, a_max, random),
                         random_weights(k * n, random), a_max == 255);
        }
      }
    }
  }
}

TEST_CASE("int8 products are exact at the extremes, up to the deepest sums") {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    for (const int a_max : {127, 255}) {
      const std::size_t k = a_max == 127 ? kMaxDepthU7 : kMaxDepthU8;
      const std::vector<std::uint8_t> a(3 * k, static_cast<std::uint8_t>(a_max));
      for (const int value : {-127, 127, 0}) {
        const std::vector<std::int8_t> b(k * 2, static_cast<std::int8_t>(value));
        check_integers(*table, 3, k, 2, a, b, a_max == 255);
      }
      std::vector<std::int8_t> mixed(k * 2);
      for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] = i % 3 == 0 ? -127 : 127;
      check_integers(*table, 3, k, 2, a, mixed, a_max == 255);
    }
  }
}

TEST_CASE("float products match the naive loop, a row alone gives the bits it has in a batch") {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    Random random(2);
    for (std::size_t s = 0; s <= 40; ++s) {
      const std::size_t sizes[][3] = {{s, 9, 17}, {3, s, 80}, {13, 10, s}};
      for (const auto& [m, k, n] : sizes) {
        std::vector<float> a(m * k + 1);
        std::vector<float> b(k * n);
        for (float& v : a) v = static_cast<float>(2 * random.uniform() - 1);
        for (float& v : b) v = static_cast<float>(2 * random.uniform() - 1);
        const PackedFloat packed(b.data(), k, n, n, 1);
        const std::size_t ld = packed.n_panels() * kPanel;
        std::vector<float> c(m * ld);
        std::vector<float> alone(ld);
        table->gemm.f32(a.data() + 1, k, packed.data(), packed.n_panels(), m, k, c.data(), ld);
        for (std::size_t i = 0; i < m; ++i) {
          table->gemm.f32(a.data() + 1 + i * k, k, packed.data(), packed.n_panels(), 1, k,
                          alone.data(), ld);
          for (std::size_t j = 0; j < n; ++j) {
            double sum = 0;
            for (std::size_t l = 0; l < k; ++l) {
              sum += static_cast<double>(a[1 + i * k + l]) * static_cast<double>(b[l * n + j]);
            }
            CHECK(std::abs(static_cast<double>(c[i * ld + j]) - sum) < 1e-5);
            CHECK(c[i * ld + j] == alone[j]);
          }
        }
      }
    }
  }
}

TEST_CASE("packing and products refuse what they cannot do exactly") {
  const std::vector<std::int8_t> low{-128};
  CHECK_THROWS_AS(PackedInt8(low.data(), 1, 1, 1, 1), std::invalid_argument);
  const std::vector<std::int8_t> zeros(kMaxDepthU7 + 1);
  CHECK_THROWS_AS(PackedInt8(zeros.data(), kMaxDepthU7 + 1, 1, 1, 1), std::invalid_argument);
  const PackedInt8 deep(zeros.data(), kMaxDepthU8 + 1, 1, 1, 1);
  const std::vector<std::uint8_t> a(kMaxDepthU8 + 1, 128);
  std::int32_t c = 0;
  const MatrixView<const std::uint8_t> A(a.data(), 1, a.size());
  CHECK_THROWS_AS(gemm_int8(A, deep, 255, {&c, 1, 1}, 1), std::invalid_argument);
  CHECK_THROWS_AS(gemm_int8(A, deep, 127, {&c, 1, 1}, 1), std::invalid_argument);  // 128 > 127
  CHECK_THROWS_AS(gemm_int8(A, deep, 100, {&c, 1, 1}, 1), std::invalid_argument);
}

}  // namespace slimline
