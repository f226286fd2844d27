#include "kernels/cpu_features.hpp"

#include "kernels/table.hpp"

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
#endif
  return features;
}

}  // namespace

std::uint32_t cpu_features() {
  static const std::uint32_t features = detect();
  return features;
}

}  // namespace slimline::kernels
