// Products with pruned weights against naive loops; the same bits on every table, and for a row
// alone as in a batch.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

using kernels::kBlock;
using kernels::kSparseRows;
using kernels::SparseWeights;

constexpr std::size_t kUnits = 33;

// Outputs with 0, 1, ... n_out - 1 units, each run padded to four with zero weights.
template <class T>
struct Pruned {
  std::size_t unit;
  std::vector<T> values;
  std::vector<std::int32_t> indices;
  std::vector<std::size_t> begin;
  std::vector<std::size_t> end;

  template <class Value>
  Pruned(std::size_t n_out, std::size_t unit_size, Random& random, const Value& value)
      : unit(unit_size) {
    for (std::size_t o = 0; o < n_out; ++o) {
      begin.push_back(indices.size());
      end.push_back(indices.size() + o);
      for (std::size_t u = 0; u < (o + 3) / 4 * 4; ++u) {
        const std::size_t index = u < o ? random.below(kUnits) : 0;
        indices.push_back(static_cast<std::int32_t>(index));
        for (std::size_t s = 0; s < unit; ++s) values.push_back(u < o ? value() : T{0});
      }
    }
  }
  SparseWeights<T> view() const {
    return {values.data(), indices.data(), begin.data(), end.data(), begin.size()};
  }
  double naive(std::size_t o, const auto& input) const {
    double sum = 0;
    for (std::size_t k = begin[o] * unit; k < end[o] * unit; ++k) {
      const auto index = static_cast<std::size_t>(indices[k / unit]);
      sum += static_cast<double>(values[k]) * static_cast<double>(input(index * unit + k % unit));
    }
    return sum;
  }
};

}  // namespace

TEST_CASE("float products match the naive loop, alone and in a batch, on every table") {
  Random random(9);
  const auto value = [&] { return static_cast<float>(2 * random.uniform() - 1); };
  for (const std::size_t unit : {std::size_t{1}, kBlock}) {
    const std::size_t n_in = kUnits * unit;
    std::vector<float> xt(n_in * kSparseRows + 1);
    for (float& v : xt) v = value();
    for (const std::size_t n_out : {0, 1, 7, 8, 9, 16, 22}) {
      const Pruned<float> w(n_out, unit, random, value);
      std::vector<float> first;
      for (const kernels::KernelTable* table : kernels::available_tables()) {
        const auto& kernel = unit == 1 ? table->sparse.f32 : table->sparse.f32_blocks;
        const std::size_t ldy = n_out + 1;
        std::vector<float> y(kSparseRows * ldy, -7);
        kernel.rows(w.view(), xt.data() + 1, y.data(), ldy);
        for (std::size_t r = 0; r < kSparseRows; ++r) {
          std::vector<float> x(n_in);
          for (std::size_t j = 0; j < n_in; ++j) x[j] = xt[1 + j * kSparseRows + r];
          std::vector<float> alone(n_out + 1, -7);
          kernel.row(w.view(), x.data(), alone.data());
          for (std::size_t o = 0; o < n_out; ++o) {
            const double expected = w.naive(o, [&](std::size_t j) { return x[j]; });
            CHECK(std::abs(static_cast<double>(alone[o]) - expected) < 1e-4);
          }
          CHECK(alone == std::vector<float>(y.data() + r * ldy, y.data() + (r + 1) * ldy));
        }
        if (first.empty()) first = y;
        CHECK(y == first);
      }
    }
  }
}

TEST_CASE("transposing puts zeros where rows are missing") {
  for (const std::size_t m : {0, 1, 7, 8, 9, 16}) {
    for (const std::size_t n : {0, 1, 7, 8, 9, 33}) {
      const std::size_t stride = n + 3;
      std::vector<std::uint32_t> rows(kSparseRows * stride + 1);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = 0x7F800000U + static_cast<std::uint32_t>(i);  // the bits of NaN stay, too
      }
      for (const kernels::KernelTable* table : kernels::available_tables()) {
        std::vector<std::uint32_t> out(n * kSparseRows + 1, 7);
        table->sparse.transpose(rows.data() + 1, 4 * stride, m, n, out.data());
        for (std::size_t j = 0; j < n; ++j) {
          for (std::size_t r = 0; r < kSparseRows; ++r) {
            CHECK(out[j * kSparseRows + r] == (r < m ? rows[1 + r * stride + j] : 0));
          }
        }
        CHECK(out.back() == 7);
      }
    }
  }
}

TEST_CASE("int8 products are exact, at the extremes too") {
  Random random(10);
  std::vector<std::uint8_t> xt(kUnits * kSparseRows * kBlock + 1);
  for (const bool extreme : {false, true}) {
    for (auto& v : xt) v = static_cast<std::uint8_t>(extreme ? 127 : random.below(128));
    const auto value = [&] {
      const int any = static_cast<int>(random.below(255)) - 127;
      return static_cast<std::int8_t>(!extreme ? any : any < 0 ? -127 : 127);
    };
    for (const std::size_t n_out : {0, 1, 7, 8, 9, 16, 22}) {
      const Pruned<std::int8_t> w(n_out, kBlock, random, value);
      for (const kernels::KernelTable* table : kernels::available_tables()) {
        std::vector<std::int32_t> y(kSparseRows * n_out);
        table->sparse.int8_rows(w.view(), xt.data() + 1, y.data(), n_out);
        for (std::size_t r = 0; r < kSparseRows; ++r) {
          std::vector<std::uint8_t> x(kUnits * kBlock);
          for (std::size_t j = 0; j < x.size(); ++j) {
            x[j] = xt[1 + (j / kBlock * kSparseRows + r) * kBlock + j % kBlock];
          }
          std::vector<std::int32_t> alone(n_out);
          table->sparse.int8_row(w.view(), x.data(), alone.data());
          for (std::size_t o = 0; o < n_out; ++o) {
            const double expected = w.naive(o, [&](std::size_t j) { return x[j]; });
            CHECK(static_cast<double>(alone[o]) == expected);
            CHECK(static_cast<double>(y[r * n_out + o]) == expected);
          }
        }
      }
    }
  }
}

}  // namespace slimline
