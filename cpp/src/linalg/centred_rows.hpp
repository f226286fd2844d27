// Centring: rows less a point m near their mean. Where an intercept is fitted this is the same
// problem with another intercept. Without centring, the differences between the rows would be lost
// in the rounding of a large common part.
//
// Engines centre on the fly, by sum a_k (x_k - m) = sum a_k x_k - m sum a_k, on the rows in the
// caller's memory. Where m is so large that even the rounding of these sums could hide a gap, the
// rows are copied and centred.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "slimline/matrix.hpp"
#include "slimline/samples.hpp"

namespace slimline {

class CentredRows {
 public:
  // rows: those that count, some of which make the point. most_common: the largest entry of m that
  // leaves enough of their sums.
  CentredRows(const AnySamples& X, std::span<const std::size_t> rows, double most_common);
  CentredRows(const CentredRows&) = delete;
  CentredRows& operator=(const CentredRows&) = delete;

  const AnySamples& given() const { return given_; }
  const AnySamples& samples() const { return samples_; }
  // What engines are to take off, empty where the samples are a copy without it.
  std::span<const double> centre() const { return copied() ? std::span<const double>{} : centre_; }
  // The intercept for samples() that is b for X with the weights w, less b.
  double shift(std::span<const double> w) const;

 private:
  bool copied() const { return copy_.rows() > 0; }

  const AnySamples& given_;
  std::vector<double> centre_;
  Matrix<double> copy_;
  AnySamples samples_;
};

}  // namespace slimline
