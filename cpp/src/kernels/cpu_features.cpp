#include "kernels/cpu_features.hpp"

#include "kernels/table.hpp"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace slimline::kernels {
namespace {

std::uint32_t detect() {
  std::uint32_t features = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  // __builtin_cpu_supports also asks xgetbv whether the operating system saves the registers.
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt") &&
      __builtin_cpu_supports("ssse3")) {
    features |= kX86V2;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) features |= kAvx2Fma;
  if (__builtin_cpu_supports("avxvnni")) features |= kAvxVnni;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni")) {
    features |= kAvx512Vnni;
  }
#elif defined(__aarch64__) && defined(__linux__)
  if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0) features |= kDotProduct;
#endif
  return features;
}

}  // namespace

std::uint32_t cpu_features() {
  static const std::uint32_t features = detect();
  return features;
}

}  // namespace slimline::kernels
