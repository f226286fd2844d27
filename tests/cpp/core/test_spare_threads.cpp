#include <doctest/doctest.h>

#include <thread>

#include "core/spare_threads.hpp"

namespace slimline {

TEST_CASE("threads can be started, again and again") {
  CHECK(startable_threads(-1) == 0);
  CHECK(startable_threads(0) == 0);
  for (int k = 0; k < 20; ++k) CHECK(startable_threads(8) == 8);
}

TEST_CASE("a team has at least the calling thread and at most what is asked for") {
  const auto check = [] {
    for (const int n : {1, 4, 2, 4, 1, 3}) CHECK(team_size(n) == n);
  };
  check();
  std::thread(check).join();
}

}  // namespace slimline
