// To add an activation, write a struct and list it in Activations. gradient(z, a) is its derivative
// at z, where it has the value a.
#include "slimline/layers/activation.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "core/interrupt.hpp"
#include "core/registry.hpp"

namespace slimline {
namespace {

struct Identity {
  static constexpr const char* name = "identity";
  static float at(float z) { return z; }
  static float gradient(float /*z*/, float /*a*/) { return 1.0F; }
};

struct Relu {
  static constexpr const char* name = "relu";
  static float at(float z) { return z < 0 ? 0.0F : z; }  // NaN stays NaN
  static float gradient(float z, float /*a*/) { return z > 0 ? 1.0F : 0.0F; }
};

struct Tanh {
  static constexpr const char* name = "tanh";
  static float at(float z) { return std::tanh(z); }
  static float gradient(float /*z*/, float a) { return 1.0F - a * a; }
};

// 1 / (1 + exp(-z)); exp overflows to infinity for very negative z, which gives 0 as it should.
struct Logistic {
  static constexpr const char* name = "logistic";
  static float at(float z) { return 1.0F / (1.0F + std::exp(-z)); }
  static float gradient(float /*z*/, float a) { return a * (1.0F - a); }
};

// z Phi(z), Phi the normal distribution function (Hendrycks and Gimpel, arXiv 1606.08415).
struct Gelu {
  static constexpr const char* name = "gelu";
  static float below(float z) { return 0.5F * (1.0F + std::erf(z * 0.70710678F)); }
  static float at(float z) { return z * below(z); }
  static float gradient(float z, float /*a*/) {
    return below(z) + z * 0.39894228F * std::exp(-0.5F * z * z);
  }
};

using Activations = std::variant<Identity, Relu, Tanh, Logistic, Gelu>;

}  // namespace

std::vector<std::string> activation_names() { return registry_names<Activations>(); }

ActivationFunction make_activation(const std::string& name) {
  return std::visit(
      []<class Activation>(const Activation&) -> ActivationFunction {
        return [](float* values, std::size_t n) {
          for (std::size_t i = 0; i < n; ++i) values[i] = Activation::at(values[i]);
        };
      },
      registry_make<Activations>(name, "activation"));
}

ActivationGradient make_activation_gradient(const std::string& name) {
  return std::visit(
      []<class Activation>(const Activation&) -> ActivationGradient {
        return [](const float* z, const float* a, float* gradients, std::size_t n) {
          for (std::size_t i = 0; i < n; ++i) gradients[i] *= Activation::gradient(z[i], a[i]);
        };
      },
      registry_make<Activations>(name, "activation"));
}

void activate(const std::string& name, std::span<const float> z, std::span<float> values,
              std::span<float> gradients) {
  constexpr std::size_t kBlock = 4096;
  const ActivationFunction function = make_activation(name);
  const ActivationGradient derivative = make_activation_gradient(name);
  for (std::size_t begin = 0; begin < z.size(); begin += kBlock) {
    check_interrupt();
    const std::size_t n = std::min(kBlock, z.size() - begin);
    std::copy_n(&z[begin], n, &values[begin]);
    function(&values[begin], n);
    std::fill_n(&gradients[begin], n, 1.0F);
    derivative(&z[begin], &values[begin], &gradients[begin], n);
  }
}

FusedActivation make_fused_activation(const std::string& name) {
  const ActivationFunction all = make_activation(name);
  const bool relu = name == Relu::name;
  return {.relu = relu, .rest = relu || name == Identity::name ? nullptr : all};
}

}  // namespace slimline
