#include "slimline/table/outcomes.hpp"

#include <string>
#include <utility>

#include "slimline/error.hpp"

namespace slimline::table {

Outcomes::Outcomes(Keys keys, std::vector<std::int32_t> outcomes,
                   std::optional<std::int32_t> unknown, std::optional<std::int32_t> missing,
                   std::int32_t n_outcomes)
    : keys_(std::move(keys)),
      outcomes_(std::move(outcomes)),
      unknown_(unknown.value_or(kRefused)),
      missing_(missing.value_or(kRefused)),
      n_outcomes_(n_outcomes) {
  require(outcomes_.size() == keys_.size(), "outcomes must have one entry for each key");
  const auto check = [n_outcomes](std::int32_t outcome) {
    require(outcome >= kNoFeature && outcome < n_outcomes, "an outcome must be -1 or below " +
                                                               std::to_string(n_outcomes) +
                                                               ", got " + std::to_string(outcome));
  };
  for (const std::int32_t outcome : outcomes_) check(outcome);
  if (unknown) check(*unknown);
  if (missing) check(*missing);
}

Problem Outcomes::problem(const Cell& cell) const {
  if (cell.kind == CellKind::kMissing) return Problem::kMissing;
  if (keys_.find(cell) != Keys::kWrongType) return Problem::kUnknown;
  return keys_.are_texts() ? Problem::kNumberForKeys : Problem::kTextForKeys;
}

}  // namespace slimline::table
