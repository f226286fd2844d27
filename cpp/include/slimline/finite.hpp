// Whether values can be computed with.
#pragma once

#include <span>

namespace slimline {

// Whether no value is NaN or infinite. T is float or double.
template <class T>
bool all_finite(std::span<const T> values, int n_threads);

}  // namespace slimline
