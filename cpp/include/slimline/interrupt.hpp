// Ending long work from outside, for example by Ctrl-C.
//
// The caller of the library opens an InterruptScope around the call. The work then calls the
// function of the scope from time to time: between the chunks of every parallel_for, and in long
// loops that have no chunks. It does so in the thread that opened the scope, also while this thread
// waits for others, and not before some time has passed, so that short calls never do. Without a
// scope no function is called.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace slimline {

class InterruptScope {
 public:
  // should_stop: true ends the work with Interrupted; what it throws ends the work in its place.
  explicit InterruptScope(std::function<bool()> should_stop);
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
  ~InterruptScope();

  // Asks, unless it has just asked. In the thread that opened the scope.
  void check();

 private:
  std::function<bool()> should_stop_;
  std::int64_t next_;  // when to ask again, in milliseconds
  // Of a call that this one is made in, by way of a callback: see core/interrupt.hpp.
  InterruptScope* outer_;
  const std::atomic<bool>* outer_region_;
};

}  // namespace slimline
