// What becomes of a cell of categories: the outcome of its key, of a missing cell or of an unknown
// one. Outcomes that several keys share merge them.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "slimline/table/keys.hpp"

namespace slimline::table {

class Outcomes {
 public:
  static constexpr std::int32_t kNoFeature = -1;
  static constexpr std::int32_t kRefused = std::numeric_limits<std::int32_t>::min();

  // outcomes: one a key, kNoFeature or below n_outcomes; so are `unknown` and `missing`, where
  // nullopt refuses such cells. Throws std::invalid_argument otherwise.
  Outcomes(Keys keys, std::vector<std::int32_t> outcomes, std::optional<std::int32_t> unknown,
           std::optional<std::int32_t> missing, std::int32_t n_outcomes);

  std::int32_t n_outcomes() const { return n_outcomes_; }
  const Keys& keys() const { return keys_; }

  // An outcome, or kRefused.
  std::int32_t of_missing() const { return missing_; }
  std::int32_t of(std::string_view text) const { return at(keys_.find(text)); }
  std::int32_t of(std::int64_t integer) const { return at(keys_.find(integer)); }
  std::int32_t of(double number) const { return at(keys_.find(number)); }
  std::int32_t of(const Cell& cell) const {
    return cell.kind == CellKind::kMissing ? missing_ : at(keys_.find(cell));
  }
  // Why a cell is refused.
  Problem problem(const Cell& cell) const;

 private:
  std::int32_t at(std::int32_t place) const {
    if (place >= 0) return outcomes_[static_cast<std::size_t>(place)];
    return place == Keys::kUnknown ? unknown_ : kRefused;
  }

  Keys keys_;
  std::vector<std::int32_t> outcomes_;
  std::int32_t unknown_;
  std::int32_t missing_;
  std::int32_t n_outcomes_;
};

}  // namespace slimline::table
