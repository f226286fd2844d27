// AArch64 with the dot product instructions of Armv8.2 (Cortex-A75 and A55 2017, Apple A11, and
// later). What is no product of integers is the generic code.
#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
// clang-format off
#include "kernels/generic/kernels.inl.hpp"
#include "kernels/isa/arm/neon_gemm_int8.inl.hpp"
#include "kernels/isa/arm/dotprod_gemm_int8.inl.hpp"
// clang-format on

constexpr KernelTable dotprod_kernels() {
  KernelTable table = generic_kernels();
  table.name = "dotprod";
  table.required = kDotProduct;
  table.gemm.u7s8 = dotprod_gemm_int8<false>;
  table.gemm.u8s8 = dotprod_gemm_int8<true>;
  return table;
}
}  // namespace

extern const KernelTable dotprod_table;
const KernelTable dotprod_table = dotprod_kernels();

}  // namespace slimline::kernels
