// The features that the CPU and the operating system support, as a mask of CpuFeature (table.hpp).
#pragma once

#include <cstdint>

namespace slimline::kernels {

// Every feature that this machine has; detected once.
std::uint32_t cpu_features();

}  // namespace slimline::kernels
