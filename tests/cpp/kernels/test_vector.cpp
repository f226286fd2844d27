// Vector kernels against a naive double loop, on every table that the CPU runs.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

template <class T>
const kernels::VectorKernels<T>& kernels_of(const kernels::KernelTable& table);
template <>
const kernels::VectorKernels<float>& kernels_of<float>(const kernels::KernelTable& table) {
  return table.f32;
}
template <>
const kernels::VectorKernels<double>& kernels_of<double>(const kernels::KernelTable& table) {
  return table.f64;
}

template <class T>
std::vector<T> random_vector(std::size_t n, Random& random) {
  std::vector<T> values(n);
  for (T& value : values) value = static_cast<T>(2 * random.uniform() - 1);
  return values;
}

constexpr std::size_t kOffset = 1;  // makes every pointer unaligned

}  // namespace

TEST_CASE_TEMPLATE("dot and axpy match the naive loop", T, float, double) {
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    const auto& k = kernels_of<T>(*table);
    Random random(5);
    for (std::size_t n = 0; n <= 130; ++n) {
      CAPTURE(n);
      const auto x = random_vector<T>(n + kOffset, random);
      auto y = random_vector<T>(n + kOffset, random);
      auto w = random_vector<double>(n + kOffset, random);
      double dot = 0;
      double dot_wide = 0;
      for (std::size_t i = kOffset; i < n + kOffset; ++i) {
        dot += static_cast<double>(x[i]) * static_cast<double>(y[i]);
        dot_wide += static_cast<double>(x[i]) * w[i];
      }
      CHECK(std::abs(k.dot(x.data() + kOffset, y.data() + kOffset, n) - dot) <= tolerance * 10);
      CHECK(std::abs(k.dot_wide(x.data() + kOffset, w.data() + kOffset, n) - dot_wide) <= 1e-13);

      const auto y_before = y;
      const auto w_before = w;
      k.axpy(T{0.5}, x.data() + kOffset, y.data() + kOffset, n);
      k.axpy_wide(0.5, x.data() + kOffset, w.data() + kOffset, n);
      CHECK(y[0] == y_before[0]);
      CHECK(w[0] == w_before[0]);
      for (std::size_t i = kOffset; i < n + kOffset; ++i) {
        CHECK(std::abs(y[i] - (y_before[i] + T{0.5} * x[i])) <= tolerance);
        CHECK(std::abs(w[i] - (w_before[i] + 0.5 * static_cast<double>(x[i]))) <= 1e-15);
      }
    }
  }
}

TEST_CASE_TEMPLATE("finite or not, wherever it is", T, float, double) {
  using limits = std::numeric_limits<T>;
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    const auto& k = kernels_of<T>(*table);
    for (std::size_t n = 0; n <= 150; ++n) {
      std::vector<T> x(n, limits::lowest());
      CHECK(k.all_finite(x.data(), n));
      for (std::size_t i = 0; i < n; ++i) {
        for (const T wrong : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
          x[i] = wrong;
          CHECK_FALSE(k.all_finite(x.data(), n));
        }
        x[i] = 0;
      }
    }
  }
}

TEST_CASE_TEMPLATE("the kernels for four rows match the naive loop", T, float, double) {
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    const auto& k = kernels_of<T>(*table);
    Random random(6);
    for (const std::size_t n : {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 700}) {
      CAPTURE(n);
      constexpr std::size_t kVectors = 8;  // more than share registers on any instruction set
      const std::size_t stride = n + 2;
      std::vector<std::vector<T>> rows;
      const T* x[4];
      for (auto& pointer : x) {
        rows.push_back(random_vector<T>(n + kOffset, random));
        pointer = rows.back().data() + kOffset;
      }
      const auto w = random_vector<T>(kVectors * stride + kOffset, random);
      const auto naive = [&](const T* a, const T* b) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i)
          sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        return sum;
      };
      T sums[4 * kVectors];
      k.dot4(x, w.data() + kOffset, stride, kVectors, n, sums);
      for (std::size_t c = 0; c < kVectors; ++c) {
        for (std::size_t r = 0; r < 4; ++r) {
          CHECK(std::abs(sums[4 * c + r] - naive(x[r], w.data() + kOffset + c * stride)) <=
                tolerance * 10);
        }
      }
      T gram[6];
      k.gram4(x, n, gram);
      std::size_t pair = 0;
      for (std::size_t q = 0; q < 4; ++q) {
        for (std::size_t r = 0; r < q; ++r) {
          CHECK(std::abs(gram[pair++] - naive(x[r], x[q])) <= tolerance * 10);
        }
      }
      const T a[4] = {T{0.5}, T{-1}, T{0}, T{0.25}};
      auto y = w;
      k.axpy4(a, x, y.data() + kOffset, n);
      for (std::size_t i = 0; i < y.size(); ++i) {
        double expected = static_cast<double>(w[i]);
        if (i >= kOffset && i < n + kOffset) {
          for (std::size_t r = 0; r < 4; ++r) {
            expected += static_cast<double>(a[r]) * static_cast<double>(x[r][i - kOffset]);
          }
        }
        CHECK(std::abs(static_cast<double>(y[i]) - expected) <= tolerance);
      }
      std::vector<T> first(n, T{1});
      std::vector<T> second(n, T{2});
      k.add_moments4(a, x, n, first.data(), second.data());
      for (std::size_t i = 0; i < n; ++i) {
        double sum = 1;
        double squares = 2;
        for (std::size_t r = 0; r < 4; ++r) {
          const auto value = static_cast<double>(x[r][i]);
          sum += static_cast<double>(a[r]) * value * value;
          squares += std::pow(static_cast<double>(a[r]) * value * value, 2);
        }
        CHECK(std::abs(static_cast<double>(first[i]) - sum) <= tolerance);
        CHECK(std::abs(static_cast<double>(second[i]) - squares) <= tolerance);
      }
      T many[4 * kVectors];
      for (std::size_t m = 0; m < 4 * kVectors; ++m) many[m] = static_cast<T>(m % 7) / 4 - T{0.5};
      const T* const others[4] = {x[3], x[1], x[0], x[2]};
      constexpr std::size_t kValues = kernels::kPadded / sizeof(T);
      const std::size_t apart = (n + kValues - 1) / kValues * kValues + 2;
      for (std::size_t n_vectors = 1; n_vectors <= kVectors; ++n_vectors) {
        CAPTURE(n_vectors);
        std::vector<T> z(kVectors * apart + kOffset);
        for (std::size_t c = 0; c < kVectors; ++c) {
          std::copy_n(w.data() + kOffset + c * stride, n, z.data() + kOffset + c * apart);
        }
        auto expected = z;
        k.axpy4_dot4(many, x, others, z.data() + kOffset, apart, n_vectors, n, sums);
        for (std::size_t c = 0; c < n_vectors; ++c) {
          k.axpy4(&many[4 * c], x, expected.data() + kOffset + c * apart, n);
          for (std::size_t r = 0; r < 4; ++r) {
            const double sum = naive(others[r], z.data() + kOffset + c * apart);
            CHECK(std::abs(static_cast<double>(sums[4 * c + r]) - sum) <= tolerance * 10);
          }
        }
        for (std::size_t i = 0; i < z.size(); ++i) CHECK(std::abs(z[i] - expected[i]) <= tolerance);
      }
    }
  }
}

}  // namespace slimline
