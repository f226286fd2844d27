// Headers that sl.to_c wrote, beside the same layers and products in the installed library: the
// same classes, and for int8 the same bits. Ends with 0 when all of it agrees.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <slimline/gemm.hpp>
#include <slimline/isa.hpp>
#include <slimline/layers/stack.hpp>
#include <slimline/random.hpp>
#include <span>
#include <utility>
#include <vector>

#include "exact.h"
#include "plain.h"

namespace {

using slimline::Matrix;
using slimline::MatrixView;

constexpr std::size_t kRows = 2000;

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "consumer: %s\n", what);
  std::exit(1);
}

template <class T, std::size_t N>
MatrixView<const T> matrix(const T (&values)[N], std::size_t rows) {
  return {values, rows, N / rows};
}

Matrix<float> random_rows() {
  slimline::Random random(1);
  Matrix<float> X(kRows, PLAIN_N_FEATURES);
  for (std::size_t i = 0; i < kRows * PLAIN_N_FEATURES; ++i) {
    X.row(0)[i] = static_cast<float>(6 * random.uniform() - 3);
  }
  return X;
}

Matrix<float> outputs(const slimline::Stack& stack, const Matrix<float>& X) {
  Matrix<float> out(X.rows(), stack.n_outputs());
  stack.forward(X.view(), out.view(), 2);
  return out;
}

std::size_t winner(std::span<const float> scores) {
  std::size_t best = 0;
  for (std::size_t j = 1; j < scores.size(); ++j) best = scores[j] > scores[best] ? j : best;
  return best;
}

void compare_plain(const Matrix<float>& X) {
  slimline::Stack stack(PLAIN_N_FEATURES);
  stack.set_standardize(plain_offset, plain_scale);
  stack.add(slimline::DenseLayer(matrix(plain_w0, std::size(plain_b0)), plain_b0, "relu"));
  stack.add(slimline::DenseLayer(matrix(plain_w1, std::size(plain_b1)), plain_b1, "identity"));
  const Matrix<float> expected = outputs(stack, X);
  for (std::size_t i = 0; i < kRows; ++i) {
    float out[PLAIN_N_OUTPUTS];
    plain_outputs(X.row(i), out);
    for (std::size_t j = 0; j < PLAIN_N_OUTPUTS; ++j) {
      check(std::abs(out[j] - expected(i, j)) < 1e-4F, "plain_outputs differs from the layers");
    }
    const auto best = winner({expected.row(i), PLAIN_N_OUTPUTS});
    check(plain_class(X.row(i)) == static_cast<int>(best), "plain_class differs");
  }
}

void compare_exact(const Matrix<float>& X) {
  slimline::Stack stack(EXACT_N_FEATURES);
  stack.set_standardize(exact_offset, exact_scale);
  stack.add(slimline::Int8Layer(matrix(exact_w0, std::size(exact_b0)), exact_s0, exact_b0, "relu"));
  stack.add(
      slimline::Int8Layer(matrix(exact_w1, std::size(exact_b1)), exact_s1, exact_b1, "identity"));
  const Matrix<float> expected = outputs(stack, X);
  for (std::size_t i = 0; i < kRows; ++i) {
    float out[EXACT_N_OUTPUTS];
    exact_outputs(X.row(i), out);
    for (std::size_t j = 0; j < EXACT_N_OUTPUTS; ++j) {
      check(out[j] == expected(i, j), "exact_outputs has other bits than the layers");
    }
  }
}

// The public product, on the header's weights: A (2 x K) times W' (K x n_out).
void compare_product() {
  constexpr std::size_t n_out = std::size(exact_b0);
  constexpr std::size_t depth = std::size(exact_w0) / n_out;
  const slimline::PackedInt8 packed(exact_w0, depth, n_out, 1, depth);
  Matrix<std::uint8_t> A(2, depth);
  for (std::size_t k = 0; k < depth; ++k) {
    A(0, k) = 1;
    A(1, k) = static_cast<std::uint8_t>(127 - k);
  }
  Matrix<std::int32_t> C(2, n_out);
  slimline::gemm_int8(std::as_const(A).view(), packed, 127, C.view(), 1);
  for (std::size_t j = 0; j < n_out; ++j) {
    check(C(0, j) == exact_sum0[j], "gemm_int8 differs from the sums of the columns");
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < depth; ++k) sum += exact_w0[j * depth + k] * A(1, k);
    check(C(1, j) == sum, "gemm_int8 differs from a loop");
  }
}

}  // namespace

int main() {
  const Matrix<float> X = random_rows();
  compare_plain(X);
  compare_exact(X);
  compare_product();
  std::printf("consumer: all agrees, on %s\n", slimline::active_isa().c_str());
}
