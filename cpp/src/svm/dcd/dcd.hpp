// Dual coordinate descent with an intercept that is not penalised: the engine for sparse text.
//
// Each step maximises the dual of svm.hpp over one beta_k. It costs as much as the entries of row
// k, since X' beta is kept up to date. The constraint sum beta = 0 becomes a term of an augmented
// Lagrangian, lambda sum beta + tau / 2 (sum beta)^2, whose multiplier is updated after each pass:
// lambda += tau sum beta. Rows are centred by their mean m without losing sparsity: with
// s = sum beta,
//
//   (x_k - m) . sum beta (x - m) = x_k . X' beta - s x_k . m - m . X' beta + s |m|^2
//
// Without centring, a component that all rows share makes each step undo what others did for the
// intercept. From time to time a full pass checks all rows, at a copy of beta in which a few rows
// take up the difference of its sum from 0. This point is feasible and gives a proven gap; the pass
// also selects the rows that violate the KKT conditions.
//
// Sources: Hsieh, Chang, Lin, Keerthi & Sundararajan, "A dual coordinate descent method for
// large-scale linear SVM", ICML 2008 (steps, random order, shrinking). The treatment of the
// intercept is new (after Hestenes, "Multiplier and gradient methods", JOTA 4, 1969).
#pragma once

#include "svm/task.hpp"

namespace slimline {

// max_iter counts passes over the chosen rows. Starts from start.beta. Throws Interrupted when
// watch asks for it.
SvmSolution solve_dcd(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch);

}  // namespace slimline
