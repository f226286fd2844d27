// Which instruction sets this build holds, which the CPU runs, and which one is in use.
#pragma once

#include <string>
#include <vector>

namespace slimline {

// The level in use. The environment variable SLIMLINE_ISA forces one; throws
// std::invalid_argument when that is unknown here or unsupported by the CPU.
std::string active_isa();

// Levels that this CPU can run, most basic first.
std::vector<std::string> available_isas();

}  // namespace slimline
