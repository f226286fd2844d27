// The level that every supported CPU runs: x86-64-v2, or the compiler's default elsewhere.
#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
#include "kernels/generic/kernels.inl.hpp"
}  // namespace

extern const KernelTable baseline_table;
const KernelTable baseline_table = generic_kernels();

}  // namespace slimline::kernels
