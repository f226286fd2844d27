#include "slimline/text/weights.hpp"

#include <cmath>
#include <type_traits>

namespace slimline {
namespace {

template <class T>
T sublinear(std::int32_t count, std::span<const T> log_counts) {
  const auto place = static_cast<std::size_t>(count);
  return place < log_counts.size() ? log_counts[place] : std::log(static_cast<T>(count)) + T{1};
}

template <class T>
double norm_of(std::span<const T> values, Norm norm) {
  double sum = 0;
  if (norm == Norm::kL1) {
    for (const T value : values) sum += std::abs(static_cast<double>(value));
    return sum;
  }
  for (const T value : values) sum += static_cast<double>(value * value);
  return std::sqrt(sum);
}

}  // namespace

template <class T>
void weigh(std::span<const TermCount> counts, const TermWeights<T>& weights, std::span<T> values) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    values[i] = static_cast<T>(weights.binary ? 1 : counts[i].count);
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (weights.sublinear) {
      for (std::size_t i = 0; i < counts.size(); ++i) {
        values[i] = sublinear(weights.binary ? 1 : counts[i].count, weights.log_counts);
      }
    }
    if (!weights.idf.empty()) {
      for (std::size_t i = 0; i < counts.size(); ++i) values[i] *= weights.idf[counts[i].column];
    }
    if (weights.norm == Norm::kNone) return;
    const double norm = norm_of<T>(values, weights.norm);
    if (norm == 0) return;
    for (T& value : values) value = static_cast<T>(static_cast<double>(value) / norm);
  }
}

template void weigh(std::span<const TermCount>, const TermWeights<double>&, std::span<double>);
template void weigh(std::span<const TermCount>, const TermWeights<float>&, std::span<float>);
template void weigh(std::span<const TermCount>, const TermWeights<std::int64_t>&,
                    std::span<std::int64_t>);

}  // namespace slimline
