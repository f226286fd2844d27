// To add an activation, write a struct and list it in Activations.
#include "slimline/layers/activation.hpp"

#include <cmath>
#include <variant>

#include "core/registry.hpp"

namespace slimline {
namespace {

struct Identity {
  static constexpr const char* name = "identity";
  static float at(float z) { return z; }
};

struct Relu {
  static constexpr const char* name = "relu";
  static float at(float z) { return z < 0 ? 0.0F : z; }  // NaN stays NaN
};

struct Tanh {
  static constexpr const char* name = "tanh";
  static float at(float z) { return std::tanh(z); }
};

// 1 / (1 + exp(-z)); exp overflows to infinity for very negative z, which gives 0 as it should.
struct Logistic {
  static constexpr const char* name = "logistic";
  static float at(float z) { return 1.0F / (1.0F + std::exp(-z)); }
};

using Activations = std::variant<Identity, Relu, Tanh, Logistic>;

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

}  // namespace slimline
