// Prefetching.
#pragma once

#include <algorithm>
#include <cstddef>

namespace slimline {

// Rows to ask for in advance: 16 updates of 100 features take several cache misses.
inline constexpr std::size_t kRowsAhead = 16;

// Asks for the first cache lines of data; the hardware's own prefetcher follows from there.
template <class T>
void prefetch_lines(const T* data, std::size_t size) {
#if defined(__GNUC__)
  constexpr std::size_t kLine = 64;
  const std::size_t bytes = std::min(size * sizeof(T), 16 * kLine);
  const char* const begin = reinterpret_cast<const char*>(data);
  std::size_t j = 0;
  for (; j + 4 * kLine <= bytes; j += 4 * kLine) {
    __builtin_prefetch(begin + j);
    __builtin_prefetch(begin + j + kLine);
    __builtin_prefetch(begin + j + 2 * kLine);
    __builtin_prefetch(begin + j + 3 * kLine);
  }
  for (; j < bytes; j += kLine) __builtin_prefetch(begin + j);
#endif
}

}  // namespace slimline
