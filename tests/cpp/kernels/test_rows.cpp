#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

constexpr std::size_t kCols[] = {0, 1, 7, 8, 9, 15, 16, 17, 33, 50, 63, 64, 65, 131};
constexpr std::size_t kRows[] = {0, 1, 3, 4, 5, 127, 128, 129};

template <class T>
const kernels::RowKernels<T>& rows_of(const kernels::KernelTable& table) {
  if constexpr (sizeof(T) == 4) {
    return table.rows_f32;
  } else {
    return table.rows_f64;
  }
}

// n_rows of X in any order, one of them twice, against w; all arrays begin off by one.
template <class T>
struct Case {
  std::size_t n_cols;
  std::size_t stride;
  std::vector<std::size_t> rows;
  std::vector<T> x;
  std::vector<double> w;
  std::vector<double> a;

  Case(std::size_t n_rows, std::size_t cols)
      : n_cols(cols), stride(cols + 3), x(1 + (n_rows + 2) * stride), w(1 + cols), a(1 + n_rows) {
    Random random(n_rows * 1000 + cols);
    for (T& value : x) value = static_cast<T>(random.uniform() - 0.5);
    for (double& value : w) value = random.uniform() - 0.5;
    for (double& value : a) value = random.below(3) == 0 ? 0 : random.uniform() - 0.5;
    for (std::size_t k = 0; k < n_rows; ++k) rows.push_back(random.below(n_rows + 1));
  }
  double at(std::size_t k, std::size_t j) const {
    return static_cast<double>(x[1 + rows[k] * stride + j]);
  }
};

template <class F>  // f(table, n_rows, n_cols)
void for_all(const F& f) {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    for (const std::size_t n_rows : kRows) {
      for (const std::size_t n_cols : kCols) {
        CAPTURE(table->name);
        CAPTURE(n_rows);
        CAPTURE(n_cols);
        f(*table, n_rows, n_cols);
      }
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("products multiplies rows with a vector of doubles", T, float, double) {
  for_all([](const kernels::KernelTable& table, std::size_t n_rows, std::size_t n_cols) {
    const Case<T> rows(n_rows, n_cols);
    std::vector<double> out(n_rows + 2, 7);
    rows_of<T>(table).products(rows.x.data() + 1, rows.stride, rows.rows.data(), n_rows,
                               rows.w.data() + 1, n_cols, out.data() + 1);
    for (std::size_t k = 0; k < n_rows; ++k) {
      double expected = 0;
      for (std::size_t j = 0; j < n_cols; ++j) expected += rows.at(k, j) * rows.w[1 + j];
      CHECK(out[k + 1] == doctest::Approx(expected).epsilon(1e-13));
    }
    CHECK(out.front() == 7);
    CHECK(out.back() == 7);
  });
}

TEST_CASE_TEMPLATE("combine adds multiples of rows to a vector of doubles", T, float, double) {
  for_all([](const kernels::KernelTable& table, std::size_t n_rows, std::size_t n_cols) {
    const Case<T> rows(n_rows, n_cols);
    std::vector<double> w(n_cols + 2, 0.5);
    rows_of<T>(table).combine(rows.x.data() + 1, rows.stride, rows.rows.data(), n_rows,
                              rows.a.data() + 1, w.data() + 1, n_cols);
    for (std::size_t j = 0; j < n_cols; ++j) {
      double expected = 0.5;
      for (std::size_t k = 0; k < n_rows; ++k) expected += rows.a[1 + k] * rows.at(k, j);
      CHECK(w[j + 1] == doctest::Approx(expected).epsilon(1e-13));
    }
    CHECK(w.front() == 0.5);
    CHECK(w.back() == 0.5);
  });
}

}  // namespace slimline
