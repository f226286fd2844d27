// AArch64 with NEON, which every such CPU has. What is no product of integers is the generic code,
// which compilers turn into NEON by themselves.
#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
// clang-format off
#include "kernels/generic/kernels.inl.hpp"
#include "kernels/isa/arm/neon_gemm_int8.inl.hpp"
// clang-format on

constexpr KernelTable neon_kernels() {
  KernelTable table = generic_kernels();
  table.name = "neon";
  table.gemm.u7s8 = neon_gemm_u7s8;
  return table;
}
}  // namespace

extern const KernelTable neon_table;
const KernelTable neon_table = neon_kernels();

}  // namespace slimline::kernels
