// Functions applied to the outputs of a layer, by name.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace slimline {

using ActivationFunction = void (*)(float* values, std::size_t n);

std::vector<std::string> activation_names();

// Throws std::invalid_argument, listing the names, when there is none called `name`.
ActivationFunction make_activation(const std::string& name);

}  // namespace slimline
