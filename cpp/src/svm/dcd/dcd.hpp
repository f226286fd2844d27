// Dual coordinate descent with a free intercept: the engine for sparse text.
//
// Each step maximises the dual of svm.hpp over one beta_k, at the price of the entries of row k:
// X' beta is kept up to date. The constraint sum beta = 0 is an augmented term,
// lambda sum beta + tau / 2 (sum beta)^2, whose multiplier takes a step of its own after each pass:
// lambda += tau sum beta. Rows are taken less their mean m, which leaves them sparse: with
// s = sum beta,
//
//   (x_k - m) . sum beta (x - m) = x_k . X' beta - s x_k . m - m . X' beta + s |m|^2
//
// Without that, a part that all rows share makes each step undo what others did for the intercept.
// From time to time all rows are looked at, from a copy of beta of which a few rows take what its
// sum is off by: that gives a proven gap, and the rows that a step might change are chosen anew.
//
// Sources: Hsieh, Chang, Lin, Keerthi & Sundararajan, "A dual coordinate descent method for
// large-scale linear SVM", ICML 2008 (steps, random order, shrinking); the intercept is ours
// (Hestenes, "Multiplier and gradient methods", JOTA 4, 1969).
#pragma once

#include "svm/task.hpp"

namespace slimline {

// max_iter counts passes over the chosen rows. Begins at start.beta. Throws Interrupted when watch
// says so.
SvmSolution solve_dcd(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch);

}  // namespace slimline
