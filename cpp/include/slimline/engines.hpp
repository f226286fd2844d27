// The tables by which "auto" chooses an engine, as text, and what they choose for a problem.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "slimline/samples.hpp"

namespace slimline {

struct EngineRule {
  std::string learner;  // "linear": SGD estimators with learning_rate="auto"; "svm": solver="auto"
  std::string when;     // the first rule of a learner that applies is taken
  std::string engines;  // in the order in which they run
};

std::vector<EngineRule> engine_rules();

struct EngineChoice {
  EngineRule rule;                 // the one that applies
  std::vector<std::string> facts;  // what it was chosen by
  std::string fallback;            // what continues where nothing is proven; empty: nothing
};

struct SgdOptions;

// What sgd_fit does with schedule "auto" on these rows, all of them with a weight. T is float or
// double.
template <class T>
EngineChoice choice_for_linear(const Samples<T>& X, std::size_t n_outputs,
                               const SgdOptions& options);

// What an SVM does for one of its problems, of as many rows with a cost.
EngineChoice choice_for_svm(std::size_t n_rows, std::size_t n_columns);

}  // namespace slimline
