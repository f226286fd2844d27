// Dual coordinate descent with a free intercept: the engine for sparse text.
//
// Each step maximises the dual of svm.hpp over one beta_k, at the price of the entries of row k:
// w = X' beta is kept up to date. The constraint sum beta = 0 is an augmented term,
// lambda sum beta + tau / 2 (sum beta)^2, which makes the intercept b = lambda + tau sum beta. From
// time to time a few rows take what sum beta is off by, and all rows are looked at: lambda becomes
// the best intercept for w, which gives the gap, and the rows that a step might change are chosen
// anew.
//
// Sources: Hsieh, Chang, Lin, Keerthi & Sundararajan, "A dual coordinate descent method for
// large-scale linear SVM", ICML 2008 (steps, random order, shrinking); the intercept is ours.
#pragma once

#include "algorithms/svm_task.hpp"

namespace slimline {

// max_iter counts passes over the chosen rows. Begins at start.beta. Throws Interrupted when watch
// says so.
SvmSolution solve_dcd(const SvmSamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch);

}  // namespace slimline
