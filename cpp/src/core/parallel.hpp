// parallel_for: the only use of threads, and its .cpp the only user of OpenMP.
//
// Work on [0, size) is cut into chunks whose borders depend on `size` and `grain` alone, never on
// the number of threads. A body that keeps one partial result per chunk, combined in chunk order
// afterwards, therefore gives the same bits on 1 thread and on 64. One level only: a parallel_for
// inside a chunk runs serially. In a child after fork() everything runs serially, since libgomp
// would hang. An exception in a body reaches the caller (the first one by chunk order that was
// caught).
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>

#include "slimline/threads.hpp"

namespace slimline {

// Calls body(chunk) once for each chunk in [0, n_chunks), on at most n_threads threads.
void run_chunks(std::size_t n_chunks, int n_threads, const std::function<void(std::size_t)>& body);

inline std::size_t chunk_count(std::size_t size, std::size_t grain) {
  return (size + grain - 1) / grain;
}

// Calls body(begin, end, chunk) for each chunk of `grain` elements (the last may be shorter).
template <class Body>
void parallel_for(std::size_t size, std::size_t grain, int n_threads, Body&& body) {
  run_chunks(chunk_count(size, grain), n_threads, [&](std::size_t chunk) {
    const std::size_t begin = chunk * grain;
    body(begin, std::min(size, begin + grain), chunk);
  });
}

}  // namespace slimline
