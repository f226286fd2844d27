// The part of a Newton method that runs on the rows of one of several machines: scores, losses and
// dual variables of the rows, and sums over the rows, which are added over the machines.
//
//   minimise over w, b   1/2 |w|^2 + sum_i c_i loss(y_i, p_i),   p_i = w . x_i + b
//
// The dual variable of a row is beta_i = -c_i loss'(p_i); with sum_i beta_i = 0 (when b is fitted)
// it gives the lower bound -1/2 |sum_i beta_i x_i|^2 + sum_i gain_i. By Fenchel's equality
// gain_i = c_i loss(p_i) + beta_i p_i, for every convex loss. Gains are concave in beta and 0 at 0,
// so that a scaled beta gains at least as much as the scaled gain. Losses with kinks are smoothed
// by multipliers: see svm/newton/newton.hpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "slimline/matrix.hpp"
#include "slimline/svm.hpp"

namespace slimline {

struct PartLoss {
  std::string name;              // one of loss_names()
  double epsilon = 0;            // of the losses that have one
  double sigma = 0;              // > 0 for "hinge" and "epsilon_insensitive": of the smoothing
  std::span<const double> beta;  // their multipliers, one per row; else empty
};

// Over rows with beta > 0 and those with beta < 0.
struct PartSums {
  double up = 0;  // sum of beta
  double down = 0;
  double gain_up = 0;
  double gain_down = 0;
  double loss = 0;          // sum of c_i loss, without the smoothing
  std::size_t support = 0;  // rows with beta != 0
};

struct PartTerms {
  std::vector<double> beta;
  std::vector<double> curvature;  // -d beta / d p, >= 0
  PartSums sums;
};

// p_i
std::vector<double> part_scores(const AnySamples& X, std::span<const double> w, double b,
                                int n_threads);

// y: -1 and 1 for classes. cost: c_i >= 0. Throws std::invalid_argument for an unknown loss and
// where sizes differ.
PartTerms part_terms(const PartLoss& loss, std::span<const double> y, std::span<const double> cost,
                     std::span<const double> scores);

// sum_i beta_i(p_i + t step_i) step_i for every t: minus the derivative of the losses along a step.
std::vector<double> part_slopes(const PartLoss& loss, std::span<const double> y,
                                std::span<const double> cost, std::span<const double> scores,
                                std::span<const double> step, std::span<const double> lengths);

// sum_i a_i x_i
std::vector<double> part_sum(const AnySamples& X, std::span<const double> a, int n_threads);

// The lower triangle of sum_i h_i (x_i, 1)(x_i, 1)', zeros above.
Matrix<double> part_hessian(const AnySamples& X, std::span<const double> h, int n_threads);

// Its diagonal.
std::vector<double> part_diagonal(const AnySamples& X, std::span<const double> h);

}  // namespace slimline
