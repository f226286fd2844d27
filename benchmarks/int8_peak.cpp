// Integer products of AVX2 that touch no memory: what a CPU does at most. Built and called by
// int8_peak.py.
#include <immintrin.h>

namespace {

constexpr int kSums = 8;  // as in the tiles of the products: 4 rows by 16 columns

// In assembly, since compilers would see that the operands stay the same.
__m256i multiply_bytes(__m256i x, __m256i w) {
  __m256i pairs;
  asm volatile("vpmaddubsw %2, %1, %0" : "=x"(pairs) : "x"(x), "x"(w));
  return pairs;
}

// Returns the number of operations done.
template <int kQuads>
double multiply(int n) {
  __m256i x = _mm256_set1_epi8(1);
  __m256i w = _mm256_set1_epi8(1);
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[kSums];
#pragma GCC unroll 8
  for (int s = 0; s < kSums; ++s) sums[s] = _mm256_setzero_si256();
  for (int i = 0; i < n; ++i) {
#pragma GCC unroll 8
    for (int s = 0; s < kSums; ++s) {
      __m256i pairs = multiply_bytes(x, w);
      if constexpr (kQuads == 2) pairs = _mm256_add_epi16(pairs, multiply_bytes(x, w));
      sums[s] = _mm256_add_epi32(sums[s], _mm256_madd_epi16(pairs, ones));
    }
  }
#pragma GCC unroll 8
  for (int s = 0; s < kSums; ++s) asm volatile("" : : "x"(sums[s]));
  return 2.0 * 32 * kQuads * kSums * n;
}

}  // namespace

extern "C" {
// vpmaddubsw, vpmaddwd, vpaddd for each quad.
double int8_peak_single(int n) { return multiply<1>(n); }
// Two vpmaddubsw, vpaddw, vpmaddwd, vpaddd for a couple of quads.
double int8_peak_couple(int n) { return multiply<2>(n); }
}
