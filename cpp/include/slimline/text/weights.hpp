// From how often terms occur in a text to the values of its features, with the bits of
// scikit-learn: every step is rounded to T, sums of a norm run in double in the order of the terms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace slimline {

// A feature of a text: a term's column and how often it occurs. Hashed terms may count negative.
struct TermCount {
  std::uint32_t column;
  std::int32_t count;
};

enum class Norm { kNone, kL1, kL2 };

// T is double or float, or std::int64_t for counts as they are.
template <class T>
struct TermWeights {
  bool binary = false;     // every count is 1
  bool sublinear = false;  // 1 + ln(count) instead of the count
  // 1 + ln(count) by count, for as many counts as there are: NumPy's own, where they must agree to
  // the bit. Others are taken by std::log.
  std::span<const T> log_counts{};
  std::span<const T> idf{};  // by column, what a value is multiplied by; empty: 1
  Norm norm = Norm::kNone;
};

// values[i] = the value of counts[i].
template <class T>
void weigh(std::span<const TermCount> counts, const TermWeights<T>& weights, std::span<T> values);

}  // namespace slimline
