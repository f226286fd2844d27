// Steps that change the numbers of a block one by one, in float64, each with parameters of its own
// for every column. NaN is a missing cell and stays one, until a step imputes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slimline::table {

enum class Op : std::uint8_t {
  kImpute,  // NaN -> a
  kAffine,  // (x - a) * b
  kClip,    // to [a, b]
  kLog,
  kLog1p,
  kSqrt,
  kSquare,
  kAbs,
  kExp,
  kExpm1,
  kYeoJohnson,  // with lambda a
  kBoxCox,      // with lambda a, of numbers above 0
  // The place in a distribution, see quantile.hpp: the places a, shared by all columns, of the
  // values b, (columns, places); then its normal quantile.
  kUniformQuantile,
  kNormalQuantile,
};

// Throws std::invalid_argument, listing the names, when there is none called `name`.
Op op_of(const std::string& name);
// Arrays of parameters that it takes: 0 to 2.
std::size_t parameter_count(Op op);

struct Step {
  Op op;
  std::vector<double> a;
  std::vector<double> b;
};

// slope * x + intercept, and for a missing cell `missing`, NaN where nothing imputes.
struct Line {
  double slope;
  double intercept;
  double missing;
};

class Steps {
 public:
  Steps() = default;
  // Throws std::invalid_argument where a parameter has not one entry for each column, or a
  // distribution no places or values that do not ascend.
  Steps(std::vector<Step> steps, std::size_t n_columns);

  // x[i] of column j after all steps.
  void apply(std::size_t j, std::span<double> x) const;
  // All steps of column j at once, where each imputes or is affine.
  std::optional<Line> line(std::size_t j) const;

 private:
  std::vector<Step> steps_;
};

}  // namespace slimline::table
