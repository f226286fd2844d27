// Rows to learn from, in the caller's memory.
#pragma once

#include <cstdint>
#include <variant>

#include "slimline/matrix.hpp"

namespace slimline {

// Dense rows, or CSR ones with indices of either size, of any of the types T.
template <class... T>
using Samples =
    std::variant<MatrixView<const T>..., CsrView<T, std::int32_t>..., CsrView<T, std::int64_t>...>;

// What engines take that read values as they are and calculate in double.
using AnySamples = Samples<float, double>;

}  // namespace slimline
