// Memory asked for before it is read.
#pragma once

#include <algorithm>
#include <cstddef>

namespace slimline {

// Rows to ask for in advance: 16 updates of 100 features take several cache misses.
inline constexpr std::size_t kRowsAhead = 16;

// Asks for the first cache lines of data; the hardware's own prefetcher follows from there.
template <class T>
void prefetch_lines(const T* data, std::size_t size) {
  constexpr std::size_t kLine = sizeof(T) < 64 ? 64 / sizeof(T) : 1;
  constexpr std::size_t kLines = 16;
#if defined(__GNUC__)
  for (std::size_t j = 0; j < size && j < kLines * kLine; j += kLine) __builtin_prefetch(data + j);
#endif
}

}  // namespace slimline
