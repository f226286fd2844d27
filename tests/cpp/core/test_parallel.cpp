#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/parallel.hpp"

namespace slimline {

TEST_CASE("every element is visited once, in chunks that do not depend on the threads") {
  for (const int n_threads : {1, 2, 3, 8}) {
    for (const std::size_t size : {0U, 1U, 9U, 10U, 11U, 1000U}) {
      std::vector<int> visits(size);
      std::vector<std::size_t> begins(chunk_count(size, 10));
      parallel_for(size, 10, n_threads, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
        begins[chunk] = begin;
        for (std::size_t i = begin; i < end; ++i) ++visits[i];
      });
      CHECK(visits == std::vector<int>(size, 1));
      for (std::size_t c = 0; c < begins.size(); ++c) CHECK(begins[c] == 10 * c);
    }
  }
}

TEST_CASE("an exception in a chunk reaches the caller") {
  for (const int n_threads : {1, 2}) {
    CHECK_THROWS_WITH_AS(run_chunks(20, n_threads,
                                    [](std::size_t chunk) {
                                      if (chunk == 7) throw std::invalid_argument("chunk 7");
                                    }),
                         "chunk 7", std::invalid_argument);
  }
}

TEST_CASE("nested loops run, serially") {
  std::atomic<int> count{0};
  run_chunks(4, 2, [&](std::size_t) { run_chunks(5, 2, [&](std::size_t) { ++count; }); });
  CHECK(count == 20);
}

TEST_CASE("at least one thread is available") { CHECK(available_threads() >= 1); }

}  // namespace slimline
