// Newton steps on the rows that matter. Far from a kink of its loss a row's beta' stays what it is
// while (w, b) moves a little: such rows take part only through what they add to X' beta'.
//
// The slopes of beta' are means over a window as wide as the next move is likely to be. Slopes at
// a point see no kink but those that rows are on; where these are few for their columns (sharp
// kinks, rare columns) such steps are far too long and the line search leaves next to nothing.
#pragma once

#include <span>
#include <vector>

#include "algorithms/newton_lagrangian.hpp"
#include "algorithms/svm_task.hpp"

namespace slimline {

// (w, b) with what the gradient (w - X' beta', -sum beta') needs, over all rows.
struct NewtonPoint {
  std::vector<double> w;
  double b = 0;
  std::vector<double> combined;  // X' beta'
  double balance = 0;            // sum beta'
};

// Rows of X with residuals s = z - f - b, kept up to date.
struct NewtonRows {
  std::vector<std::size_t> rows;
  std::vector<ProxTerm> terms;
  std::vector<double> s;
  std::vector<double> beta;  // beta'(s)

  explicit NewtonRows(std::size_t count) : rows(count), terms(count), s(count), beta(count) {}
};

// In root mean squares of the change of residuals: how far the next step is likely to lead, and how
// far all steps together may lead before other rows matter.
struct NewtonTrust {
  double window;
  double room;
};

class NewtonSteps {
 public:
  // rows.beta and point must belong together.
  NewtonSteps(const SvmSamples& X, bool fit_intercept, int n_threads, NewtonRows rows,
              NewtonTrust trust, NewtonPoint& point);

  // One step with a line search; false when it is too small to change anything.
  bool step();

  const std::vector<double>& beta() const { return rows_.beta; }
  double window() const { return trust_.window; }
  bool exhausted() const { return trust_.room <= 0; }

 private:
  double step_size() const;
  double derivative(double t) const;
  double line_search(double rate) const;
  bool move(double t);
  void evaluate();

  const SvmSamples& X_;
  const bool fit_intercept_;
  const int n_threads_;
  NewtonRows rows_;
  NewtonTrust trust_;
  NewtonPoint& point_;
  std::vector<double> df_;      // X dw
  std::vector<double> step_;    // (dw, db)
  std::vector<double> change_;  // of beta'
  std::vector<double> added_;   // X' change
};

}  // namespace slimline
