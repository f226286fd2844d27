// The points at which long work can be interrupted: check_interrupt(), which takes some
// nanoseconds. parallel_for calls it between chunks. Code that may run for a tenth of a second
// without a parallel_for calls it itself.
#pragma once

#include <atomic>
#include <cstddef>

#include "slimline/interrupt.hpp"

namespace slimline {

// Thrown in a thread whose part of a parallel region is no longer wanted, since another part has
// failed; parallel_for alone catches it.
class Cancelled {};

// Ends the work of this thread, by an exception, where its InterruptScope says so or where the
// parallel region that it works for has failed elsewhere.
void check_interrupt();

// The same for number k of a loop whose steps take less than a millisecond: at one of 64.
inline void check_interrupt_at(std::size_t k) {
  if (k % 64 == 0) check_interrupt();
}

// While it lives, this thread works for a parallel region that fails once `failed` is true.
class RegionWork {
 public:
  explicit RegionWork(const std::atomic<bool>& failed);
  RegionWork(const RegionWork&) = delete;
  RegionWork& operator=(const RegionWork&) = delete;
  ~RegionWork();

 private:
  const std::atomic<bool>* outer_;
};

}  // namespace slimline
