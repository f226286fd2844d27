#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using Clock = std::chrono::steady_clock;

// Works until it is interrupted, or gives up after ten seconds.
void work_long() {
  const auto end = Clock::now() + std::chrono::seconds(10);
  while (Clock::now() < end) check_interrupt();
  throw std::logic_error("it was not interrupted");
}

}  // namespace

TEST_CASE("work without a scope is not interrupted") { CHECK_NOTHROW(check_interrupt()); }

TEST_CASE("work in a scope ends when its function says so, which short work never asks") {
  int asked = 0;
  const auto stop = [&asked] { return ++asked == 2; };
  InterruptScope scope(stop);
  check_interrupt();
  CHECK(asked == 0);
  CHECK_THROWS_AS(work_long(), Interrupted);
  CHECK(asked == 2);
}

TEST_CASE("what the function throws ends the work") {
  InterruptScope scope([]() -> bool { throw std::domain_error("alarm"); });
  CHECK_THROWS_WITH_AS(work_long(), "alarm", std::domain_error);
}

TEST_CASE("a scope within a scope leaves the outer one as it was") {
  InterruptScope scope([] { return true; });
  {
    InterruptScope inner([]() -> bool { throw std::domain_error("inner"); });
    CHECK_THROWS_AS(work_long(), std::domain_error);
  }
  CHECK_THROWS_AS(work_long(), Interrupted);
}

TEST_CASE("chunks are interrupted on any number of threads") {
  for (const int n_threads : {1, 2, 3}) {
    std::atomic<int> finished{0};
    InterruptScope scope([] { return true; });
    const auto body = [&](std::size_t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      ++finished;
    };
    CHECK_THROWS_AS(run_chunks(2000, n_threads, body), Interrupted);
    CHECK(finished < 2000);
  }
}

TEST_CASE("a thread that waits for others is interrupted, and ends their work") {
  InterruptScope scope([] { return true; });
  const auto caller = std::this_thread::get_id();
  const auto body = [&](std::size_t) {
    if (std::this_thread::get_id() != caller) {
      work_long();
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // leaves the other chunk to them
    }
  };
  CHECK_THROWS_AS(run_chunks(2, 2, body), Interrupted);
}

TEST_CASE("an exception in one chunk ends the work on the others") {
  const auto body = [](std::size_t chunk) {
    if (chunk == 0) work_long();
    throw std::domain_error("chunk 1");
  };
  CHECK_THROWS_AS(run_chunks(2, 2, body), std::domain_error);
}

TEST_CASE("a scope that is opened within a region is not the region's") {
  std::atomic<bool> failed{false};
  const auto body = [&](std::size_t chunk) {
    if (chunk == 1) {
      failed = true;
      throw std::domain_error("chunk 1");
    }
    while (!failed) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    InterruptScope callback([] { return true; });
    check_interrupt();  // would throw Cancelled, which callers from outside do not know
  };
  CHECK_THROWS_AS(run_chunks(2, 2, body), std::domain_error);
}

}  // namespace slimline
