// Which engine "auto" runs, for both learners: two tables, whose first row that applies is taken.
#pragma once

#include <cstddef>
#include <vector>

#include "slimline/engines.hpp"
#include "slimline/svm.hpp"

namespace slimline {

enum class LinearEngine { interior, dual_newton, dual_dcd, descent, proximal, lbfgs, newton_cg };

// What the choice for the linear learner depends on.
struct LinearFacts {
  double rows = 0;
  double columns = 0;
  double outputs = 0;
  bool coupled = false;     // the outputs, by softmax
  bool smooth = false;      // the loss
  bool svm = false;         // the loss: the engines of the linear SVM solve it
  bool perceptron = false;  // the loss, whose least objective is of no use
  bool l1 = false;          // the penalty has an l1 norm
  bool l2 = false;          // and a squared l2 norm
  bool awkward = false;     // rounding the products of rows may harm: asked for where it matters
};

// Whether a standardised copy of the rows and the Hessians of all outputs are affordable: then
// Newton's method on the copy is what other engines fall back on where they have proven nothing.
bool affordable(const LinearFacts& facts);

// Whether an engine that reads the rows in place would do, if they are not awkward.
bool has_engine_in_place(const LinearFacts& facts);

LinearEngine choose_linear(const LinearFacts& facts);
EngineChoice explain_linear(const LinearFacts& facts);

// In the order in which they run, each where the ones before have not reached tol.
std::vector<SvmSolver> choose_svm(std::size_t rows, std::size_t columns);

}  // namespace slimline
