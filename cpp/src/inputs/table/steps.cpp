#include "slimline/table/steps.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "inputs/table/quantile.hpp"
#include "slimline/error.hpp"
#include "slimline/size.hpp"

namespace slimline::table {
namespace {

// Yeo and Johnson, "A new family of power transformations to improve normality or symmetry",
// Biometrika 87 (2000), as scikit-learn computes it.
double yeo_johnson(double x, double lambda, double) {
  constexpr double kNone = std::numeric_limits<double>::epsilon();
  if (x >= 0) {
    return std::abs(lambda) < kNone ? std::log1p(x) : (std::pow(x + 1, lambda) - 1) / lambda;
  }
  const double rest = 2 - lambda;
  return std::abs(rest) > kNone ? -(std::pow(-x + 1, rest) - 1) / rest : -std::log1p(-x);
}

double box_cox(double x, double lambda, double) {
  if (!(x > 0)) return std::numeric_limits<double>::quiet_NaN();
  return lambda == 0 ? std::log(x) : std::expm1(lambda * std::log(x)) / lambda;
}

struct OpEntry {
  const char* name;
  std::size_t n_parameters;
  void (*apply)(std::span<double> values, double a, double b);
};

template <auto kFunction>
void to_all(std::span<double> values, double a, double b) {
  for (double& x : values) x = kFunction(x, a, b);
}

double clipped(double x, double low, double high) {
  if (x < low) return low;
  return x > high ? high : x;
}

// In the order of Op.
constexpr std::array kOps = {
    OpEntry{"impute", 1, to_all<[](double x, double a, double) { return std::isnan(x) ? a : x; }>},
    OpEntry{"affine", 2, to_all<[](double x, double a, double b) { return (x - a) * b; }>},
    OpEntry{"clip", 2, to_all<&clipped>},
    OpEntry{"log", 0, to_all<[](double x, double, double) { return std::log(x); }>},
    OpEntry{"log1p", 0, to_all<[](double x, double, double) { return std::log1p(x); }>},
    OpEntry{"sqrt", 0, to_all<[](double x, double, double) { return std::sqrt(x); }>},
    OpEntry{"square", 0, to_all<[](double x, double, double) { return x * x; }>},
    OpEntry{"abs", 0, to_all<[](double x, double, double) { return std::abs(x); }>},
    OpEntry{"exp", 0, to_all<[](double x, double, double) { return std::exp(x); }>},
    OpEntry{"expm1", 0, to_all<[](double x, double, double) { return std::expm1(x); }>},
    OpEntry{"yeo_johnson", 1, to_all<&yeo_johnson>},
    OpEntry{"box_cox", 1, to_all<&box_cox>},
    OpEntry{"uniform_quantile", 2, nullptr},
    OpEntry{"normal_quantile", 2, nullptr},
};

const OpEntry& entry_of(Op op) { return kOps[static_cast<std::size_t>(op)]; }

}  // namespace

Op op_of(const std::string& name) {
  std::string names;
  for (std::size_t k = 0; k < kOps.size(); ++k) {
    if (name == kOps[k].name) return static_cast<Op>(k);
    names += std::string(names.empty() ? "" : ", ") + kOps[k].name;
  }
  throw std::invalid_argument("op must be one of " + names);
}

std::size_t parameter_count(Op op) { return entry_of(op).n_parameters; }

namespace {

bool is_quantile(Op op) { return op == Op::kUniformQuantile || op == Op::kNormalQuantile; }

void check_distributions(const Step& step, std::size_t n_columns) {
  const std::size_t n = step.a.size();
  require(n > 0 && step.b.size() == checked_product(n, n_columns),
          "a distribution must have values for each column, one for each place");
  require(std::is_sorted(step.a.begin(), step.a.end()), "the places of a distribution must ascend");
  for (std::size_t j = 0; j < n_columns; ++j) {
    const double* values = step.b.data() + j * n;
    require(std::is_sorted(values, values + n), "the values of a distribution must ascend");
  }
}

}  // namespace

Steps::Steps(std::vector<Step> steps, std::size_t n_columns) : steps_(std::move(steps)) {
  for (const Step& step : steps_) {
    if (is_quantile(step.op)) {
      check_distributions(step, n_columns);
      continue;
    }
    const std::size_t n = parameter_count(step.op);
    require(step.a.size() == (n > 0 ? n_columns : 0) && step.b.size() == (n > 1 ? n_columns : 0),
            "the parameters of a step must have one entry for each column");
  }
}

void Steps::apply(std::size_t j, std::span<double> values) const {
  for (const Step& step : steps_) {
    if (is_quantile(step.op)) {
      const std::size_t n = step.a.size();
      const Distribution distribution{
          {step.b.data() + j * n, n}, step.a, step.op == Op::kNormalQuantile};
      for (double& x : values) x = quantile_of(x, distribution);
      continue;
    }
    const double a = step.a.empty() ? 0 : step.a[j];
    const double b = step.b.empty() ? 0 : step.b[j];
    entry_of(step.op).apply(values, a, b);
  }
}

std::optional<Line> Steps::line(std::size_t j) const {
  Line line{1, 0, std::numeric_limits<double>::quiet_NaN()};
  for (const Step& step : steps_) {
    if (step.op == Op::kImpute) {
      if (std::isnan(line.missing)) line.missing = step.a[j];
    } else if (step.op == Op::kAffine) {
      line.slope *= step.b[j];
      line.intercept = (line.intercept - step.a[j]) * step.b[j];
      line.missing = (line.missing - step.a[j]) * step.b[j];
    } else {
      return std::nullopt;
    }
  }
  return line;
}

}  // namespace slimline::table
