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
  const std::size_t width = packed.depth();
  const std::size_t ld = packed.n_panels() * kPanel;
  std::vector<std::uint8_t> rows(m * width + 1);
  for (std::size_t i = 0; i < m; ++i) {
    std::copy_n(a.data() + i * k, k, rows.data() + 1 + i * width);  // unaligned
  }
  std::vector<std::int32_t> c(m * ld + 1, -7);
  const auto multiply = full_u8 ? table.gemm.u8s8 : table.gemm.u7s8;
  multiply(rows.data() + 1, width, packed.panels(0, packed.n_panels()), m, c.data(), ld);
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

TEST_CASE("int8 products are exact where quads are couples, where not, and in between") {
  constexpr int kFits = 32767 / 127;
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    Random random(3);
    for (const std::size_t k : {8, 1024, 1031, 2064, 3000}) {
      const std::size_t n = 33;
      std::vector<std::int8_t> b(k * n);
      for (std::size_t i = 0; i < b.size(); ++i) {
        // Four weights of a lane add up to what just fits, or in some pairs to one more.
        const std::size_t l = i / n;
        const bool more = l % 8 == 5 && random.below(40) == 0;
        const int weight = l % 4 < 2 ? kFits / 4 + (l % 8 < 4 ? 1 : 0) : kFits / 4;
        b[i] = static_cast<std::int8_t>((weight + (more ? 1 : 0)) * (i % n % 2 == 0 ? 1 : -1));
      }
      for (std::size_t m = 0; m <= 9; ++m) {
        check_integers(*table, m, k, n, std::vector<std::uint8_t>(m * k, 127), b, false);
        check_integers(*table, m, k, n, random_activations(m * k, 127, random), b, false);
      }
    }
  }
}

TEST_CASE("packing couples quads that fit int16 together and no others") {
  std::vector<std::int8_t> b(2048, 64);  // one column of 512 quads, two blocks
  b[4] = 66;
  b[12] = 67;   // 64 + 64 + 64 + 67: 259 times 127 is more than 32,767
  b[24] = 100;  // fits beside no other quad
  b[28] = 100;
  b[1024 + 9] = -99;  // what lies below zero may not make up for what lies above
  b[1024 + 12] = 127;
  const PackedInt8 packed(b.data(), b.size(), 1, 1, 1);
  const kernels::Int8Panels panels = packed.panels(0, 1);
  constexpr std::size_t kQuads = kernels::kBlockQuads;
  CHECK(panels.couples[0] == kQuads / 2 - 2);
  const std::vector<std::uint8_t> order(panels.order, panels.order + kQuads);
  CHECK(std::vector<std::uint8_t>(order.begin(), order.begin() + 6) ==
        std::vector<std::uint8_t>{0, 1, 4, 5, 8, 9});
  // Neighbours 2 and 3, 6 and 7 do not fit; 2 fits none of 3, 6 and 7.
  CHECK(std::vector<std::uint8_t>(order.end() - 4, order.end()) ==
        std::vector<std::uint8_t>{2, 3, 6, 7});
  CHECK(packed.coupled() == 1 - 4.0 / (2 * kQuads));
  CHECK(panels.couples[1] == kQuads / 2);  // 64 + 64 + 127 fits, and so does -99
}

TEST_CASE("quads find partners that are no neighbours, and each is there once") {
  Random random(5);
  for (const std::size_t k : {std::size_t{1024}, std::size_t{1000}, std::size_t{72}}) {
    const auto b = random_weights(k * 20, random);
    const PackedInt8 packed(b.data(), k, 20, 20, 1);
    const kernels::Int8Panels panels = packed.panels(0, 2);
    for (std::size_t p = 0; p < 2; ++p) {
      std::vector<std::uint8_t> order(panels.order + p * panels.quads,
                                      panels.order + (p + 1) * panels.quads);
      std::sort(order.begin(), order.end());
      for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);
    }
    if (k >= 1000) CHECK(panels.couples[0] > panels.quads / 8);  // of neighbours, 1 in 100 fits
  }
}

TEST_CASE("shared products: the same for any number of threads, by rows and by panels") {
  Random random(4);
  const std::size_t k = 1100;
  for (const std::size_t m : {3, 40, 150}) {
    const std::size_t n = 150;
    const auto a = random_activations(m * k, 127, random);
    const auto b = random_weights(k * n, random);
    const PackedInt8 packed(b.data(), k, n, n, 1);
    std::vector<float> af(a.begin(), a.end());
    std::vector<float> bf(b.begin(), b.end());
    for (float& v : bf) v *= 0.37F;
    const PackedFloat packed_float(bf.data(), k, n, n, 1);
    std::vector<std::int32_t> c1(m * n);
    std::vector<std::int32_t> c3(m * n);
    std::vector<float> f1(m * n);
    std::vector<float> f3(m * n);
    gemm_int8({a.data(), m, k}, packed, 127, {c1.data(), m, n}, 1);
    gemm_int8({a.data(), m, k}, packed, 127, {c3.data(), m, n}, 3);
    gemm_float({af.data(), m, k}, packed_float, {f1.data(), m, n}, 1);
    gemm_float({af.data(), m, k}, packed_float, {f3.data(), m, n}, 3);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < m * n; ++i) {
      std::int64_t sum = 0;
      for (std::size_t l = 0; l < k; ++l) sum += std::int64_t{a[i / n * k + l]} * b[l * n + i % n];
      wrong += c1[i] != sum ? 1U : 0U;
    }
    CHECK(wrong == 0);
    CHECK(c1 == c3);
    CHECK(f1 == f3);
  }
}

TEST_CASE("float products match the naive loop, a row alone gives the bits it has in a batch") {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    Random random(2);
    for (std::size_t s = 0; s <= 40; ++s) {
      // 300: more than one block of k
      const std::size_t sizes[][3] = {{s, 9, 17}, {3, s, 80}, {13, 10, s}, {s % 14, 280 + s, 18}};
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
            CHECK(std::abs(static_cast<double>(c[i * ld + j]) - sum) < 3e-5);
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
