// The tables by which "auto" picks an engine, as text: for documentation, and for who asks.
#pragma once

#include <string>
#include <vector>

namespace slimline {

struct EngineRule {
  std::string learner;  // "linear": SGD estimators with learning_rate="auto"; "svm": solver="auto"
  std::string when;     // the first rule of a learner that applies is taken
  std::string engines;  // in the order in which they run
};

std::vector<EngineRule> engine_rules();

}  // namespace slimline
