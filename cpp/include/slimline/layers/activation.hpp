// Functions applied to the outputs of a layer, by name.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace slimline {

using ActivationFunction = void (*)(float* values, std::size_t n);
// gradients[i] *= the derivative at z[i], where the function has the value a[i].
using ActivationGradient = void (*)(const float* z, const float* a, float* gradients,
                                    std::size_t n);

std::vector<std::string> activation_names();

// Throws std::invalid_argument, listing the names, when there is none called `name`.
ActivationFunction make_activation(const std::string& name);
ActivationGradient make_activation_gradient(const std::string& name);

// values[i] and gradients[i] become the function and its derivative at z[i]. Sizes are equal.
void activate(const std::string& name, std::span<const float> z, std::span<float> values,
              std::span<float> gradients);

// An activation for kernels that can do relu by themselves: what is left to do after them.
struct FusedActivation {
  bool relu;
  ActivationFunction rest;  // null for identity and relu
};

// Throws as make_activation does.
FusedActivation make_fused_activation(const std::string& name);

}  // namespace slimline
