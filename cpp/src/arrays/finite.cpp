#include "slimline/finite.hpp"

#include <atomic>
#include <cstddef>

#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"

namespace slimline {

template <class T>
bool all_finite(std::span<const T> values, int n_threads) {
  constexpr std::size_t kGrain = std::size_t{1} << 18U;
  std::atomic<bool> finite = true;
  parallel_for(
      values.size(), kGrain, n_threads,
      [&](std::size_t begin, std::size_t end, std::size_t /*chunk*/) {
        if (finite && !kernels::vector_kernels<T>().all_finite(&values[begin], end - begin))
          finite = false;
      });
  return finite;
}

template bool all_finite<float>(std::span<const float>, int);
template bool all_finite<double>(std::span<const double>, int);

}  // namespace slimline
