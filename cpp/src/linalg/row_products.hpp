// Operations of the SVM engines on rows of X, dense or CSR, float or double. X is read in place,
// and every sum is in double. `rows` selects rows of X; w has one entry per column.
#pragma once

#include <cstddef>
#include <span>

#include "slimline/matrix.hpp"
#include "slimline/samples.hpp"

namespace slimline {

std::size_t n_rows(const AnySamples& X);
std::size_t n_columns(const AnySamples& X);

// out[k] = x_rows[k] . w
void row_products(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> w,
                  std::span<double> out, int n_threads);

// w = sum_k a[k] x_rows[k]
void combine_rows(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> a,
                  std::span<double> w, int n_threads);

// w += sum_k a[k] x_rows[k], serially
void add_rows(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> a,
              std::span<double> w);

// Below, rows may be taken less a centre, with one entry a column or empty, which stands for zeros.

// K(k, l) = x_rows[k] . x_rows[l], both triangles
void gram(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> centre,
          MatrixView<double> K, int n_threads);

// H = sum_k h[k] (x_rows[k], 1)(x_rows[k], 1)', the lower triangle; H has n_columns + 1 rows.
void weighted_gram(const AnySamples& X, std::span<const std::size_t> rows,
                   std::span<const double> h, std::span<const double> centre, MatrixView<double> H,
                   int n_threads);

// out[k] = |x_rows[k]|^2
void squared_norms(const AnySamples& X, std::span<const std::size_t> rows, std::span<double> out,
                   int n_threads);

// out[j] += sum_k h[k] X(rows[k], j)^2
void add_squares(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> h,
                 std::span<const double> centre, std::span<double> out);

}  // namespace slimline
