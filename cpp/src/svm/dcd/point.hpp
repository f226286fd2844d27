// The rows of dcd.hpp as its steps read them, and dual points.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "slimline/samples.hpp"

namespace slimline {

// What a step reads of a row in addition to its entries, in one cache line.
struct alignas(64) DcdRow {
  double beta;
  double target;
  double lower;
  double upper;
  double ridge;
  double curvature;  // |x - m|^2
  double common;     // x . m
  std::size_t row;   // of X
};

// A dual point with what it sums up to.
struct DcdPoint {
  std::vector<double> beta;
  std::vector<double> w;  // X' beta
};

DcdPoint point_of(std::span<const DcdRow> rows, const std::vector<double>& w);

// The same with the sum of beta zero to rounding, which steps reach in the limit alone: made so on
// rows between the kinks of the dual, which it costs least, and if these do not suffice, on others.
DcdPoint balanced(const AnySamples& X, std::span<const DcdRow> rows, const std::vector<double>& w);

}  // namespace slimline
