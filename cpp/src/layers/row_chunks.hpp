// The division of rows among the threads of a predictor: chunks, each with the scratch memory of
// its thread.
#pragma once

#include <cstddef>

#include "core/parallel.hpp"
#include "core/workspace.hpp"

namespace slimline {

// Calls body(begin, end, workspace) for chunks of rows, each with its thread's scratch memory.
template <class Body>
void for_row_chunks(std::size_t rows, std::size_t chunk, int n_threads, const Body& body) {
  parallel_for(rows, chunk, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
    Workspace& workspace = thread_workspace();
    const Workspace::Scope scope(workspace);
    body(begin, end, workspace);
  });
}

}  // namespace slimline
