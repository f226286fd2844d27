#include "fit/choose.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace slimline {
namespace {

constexpr std::size_t kWideColumns = 1024;  // above, no matrix of the columns is factorised

// Limits of the linear learner.
constexpr double kManyColumns = kWideColumns;
constexpr double kFewColumns = 256;      // for each output, that L-BFGS has a preconditioner for
constexpr double kMostValues = 1 << 27;  // of a copy of the rows: 1 GB
constexpr double kMostWork = 2e10;       // products for one Hessian of each output

bool has_dual(const LinearFacts& f) { return f.svm && !f.l1 && f.l2; }

struct LinearRule {
  LinearEngine engine;
  const char* engines;
  const char* when;
  bool (*applies)(const LinearFacts&);
};

constexpr std::array<LinearRule, 7> kLinear = {{
    {LinearEngine::interior,
     "Newton's method on a standardised copy of the rows, primal-dual for kinks",
     "an l1 norm, or a loss with a kink and no l2 norm, or columns so far from 0 for their "
     "deviation that rounding would harm; where the copy and a Hessian per output are affordable",
     [](const LinearFacts& f) { return affordable(f) && (f.awkward || !has_engine_in_place(f)); }},
    {LinearEngine::dual_newton, "`newton` of the linear SVM",
     "`hinge` or `epsilon_insensitive` with an l2 norm, and at most 1,024 columns",
     [](const LinearFacts& f) { return has_dual(f) && f.columns <= kManyColumns; }},
    {LinearEngine::dual_dcd, "`dcd` of the linear SVM",
     "`hinge` or `epsilon_insensitive` with an l2 norm", has_dual},
    {LinearEngine::descent, "gradient descent with decaying steps; nothing is proven",
     "a loss with a kink", [](const LinearFacts& f) { return !f.smooth; }},
    {LinearEngine::proximal, "accelerated proximal gradients", "an l1 norm",
     [](const LinearFacts& f) { return f.l1; }},
    {LinearEngine::lbfgs, "L-BFGS, preconditioned by the Hessian of a sample of the rows",
     "at most 256 columns per output, and at most 1,024",
     [](const LinearFacts& f) {
       return f.columns <= std::min(kFewColumns * f.outputs, kManyColumns);
     }},
    {LinearEngine::newton_cg,
     "gradient descent, or SAGA on sparse rows; then Newton steps by conjugate gradients",
     "everything else", [](const LinearFacts&) { return true; }},
}};

// Limits of the SVM, measured in docs/benchmarks/svm.md. Below, newton costs little, and gives rows
// of weight 2 and rows given twice closer solutions.
constexpr std::size_t kSomeColumns = 128;
constexpr std::size_t kRowsPerColumn = 2;  // below, coordinate steps do without newton

// smo comes where rounding or max_iter stopped the others: magnitudes such as 1e30, since smo alone
// has no products of X with multipliers near their bounds.
constexpr std::array kColumnsFirst = {SvmSolver::dcd, SvmSolver::newton, SvmSolver::smo};
constexpr std::array kRowsFirst = {SvmSolver::newton, SvmSolver::smo};

struct SvmRule {
  std::span<const SvmSolver> order;
  const char* when;
  bool (*applies)(std::size_t rows, std::size_t columns);
};

constexpr std::array<SvmRule, 2> kSvm = {{
    {kColumnsFirst, "more than 1,024 columns; or more than 128, and fewer than two rows per column",
     [](std::size_t rows, std::size_t columns) {
       return columns > kWideColumns || (columns > kSomeColumns && rows < kRowsPerColumn * columns);
     }},
    {kRowsFirst, "everything else", [](std::size_t, std::size_t) { return true; }},
}};

std::string names_of(std::span<const SvmSolver> order) {
  std::string names;
  for (const SvmSolver solver : order) {
    names += names.empty() ? "`" : ", `";
    names += solver == SvmSolver::dcd ? "dcd" : solver == SvmSolver::newton ? "newton" : "smo";
    names += "`";
  }
  return names;
}

const LinearRule& rule_for(const LinearFacts& facts) {
  return *std::ranges::find_if(kLinear,
                               [&](const LinearRule& rule) { return rule.applies(facts); });
}

const SvmRule& rule_for(std::size_t rows, std::size_t columns) {
  return *std::ranges::find_if(
      kSvm, [&](const SvmRule& candidate) { return candidate.applies(rows, columns); });
}

EngineRule in_words(const LinearRule& rule) { return {"linear", rule.when, rule.engines}; }
EngineRule in_words(const SvmRule& rule) { return {"svm", rule.when, names_of(rule.order)}; }

std::string counted(double n, const std::string& noun) {
  return std::to_string(static_cast<std::size_t>(n)) + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace

bool affordable(const LinearFacts& f) {
  if (f.perceptron) return false;
  const double size = f.columns + 1;
  const double coupled = f.coupled ? f.outputs : 1;
  return coupled * size <= kManyColumns + 1 && f.rows * size <= kMostValues &&
         f.rows * size * size * f.outputs * coupled <= kMostWork;
}

bool has_engine_in_place(const LinearFacts& f) { return !f.l1 && (f.smooth || has_dual(f)); }

LinearEngine choose_linear(const LinearFacts& facts) { return rule_for(facts).engine; }

std::vector<SvmSolver> choose_svm(std::size_t rows, std::size_t columns) {
  const SvmRule& rule = rule_for(rows, columns);
  return {rule.order.begin(), rule.order.end()};
}

std::vector<EngineRule> engine_rules() {
  std::vector<EngineRule> rules;
  for (const LinearRule& rule : kLinear) rules.push_back(in_words(rule));
  for (const SvmRule& rule : kSvm) rules.push_back(in_words(rule));
  return rules;
}

EngineChoice explain_linear(const LinearFacts& f) {
  const LinearRule& rule = rule_for(f);
  EngineChoice choice{.rule = in_words(rule), .facts = {}, .fallback = {}};
  choice.facts = {counted(f.rows, "row"), counted(f.columns, "column"),
                  counted(f.outputs, "output") + (f.coupled ? " coupled by softmax" : ""),
                  f.smooth ? "a smooth loss" : "a loss with a kink"};
  if (f.l1) choice.facts.emplace_back("an l1 norm");
  if (f.l2) choice.facts.emplace_back("an l2 norm");
  if (!f.l1 && !f.l2) choice.facts.emplace_back("no penalty");
  if (f.awkward) choice.facts.emplace_back("columns far from 0 for their deviation");
  if (f.perceptron) choice.facts.emplace_back("the perceptron, whose least objective is of no use");
  if (!f.perceptron) {
    choice.facts.emplace_back(std::string("a copy of the rows and a Hessian per output are ") +
                              (affordable(f) ? "affordable" : "not affordable"));
  }
  if (affordable(f) && rule.engine != LinearEngine::interior)
    choice.fallback = kLinear.front().engines;
  return choice;
}

EngineChoice choice_for_svm(std::size_t n_rows, std::size_t n_columns) {
  return {.rule = in_words(rule_for(n_rows, n_columns)),
          .facts = {counted(static_cast<double>(n_rows), "row"),
                    counted(static_cast<double>(n_columns), "column")},
          .fallback = {}};
}

}  // namespace slimline
