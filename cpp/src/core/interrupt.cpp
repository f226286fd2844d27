#include "core/interrupt.hpp"

#include <chrono>
#include <ctime>
#include <utility>

#include "slimline/error.hpp"

namespace slimline {
namespace {

// Asking takes Python's interpreter lock, which another thread may hold for some milliseconds.
constexpr std::int64_t kInterval = 50;

thread_local InterruptScope* scope = nullptr;
thread_local const std::atomic<bool>* region_failed = nullptr;

// Milliseconds from some start, to a few of them: a coarse clock costs a fifth of a fine one.
std::int64_t now() {
#ifdef CLOCK_MONOTONIC_COARSE
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return std::int64_t{time.tv_sec} * 1000 + std::int64_t{time.tv_nsec} / 1'000'000;
#else
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
#endif
}

}  // namespace

InterruptScope::InterruptScope(std::function<bool()> should_stop)
    : should_stop_(std::move(should_stop)),
      next_(now() + kInterval),
      outer_(std::exchange(scope, this)),
      outer_region_(std::exchange(region_failed, nullptr)) {}

InterruptScope::~InterruptScope() {
  scope = outer_;
  region_failed = outer_region_;
}

void InterruptScope::check() {
  if (now() < next_) return;
  const bool stop = should_stop_();
  next_ = now() + kInterval;
  if (stop) throw Interrupted();
}

void check_interrupt() {
  if (region_failed != nullptr && region_failed->load(std::memory_order_relaxed)) throw Cancelled();
  if (scope != nullptr) scope->check();
}

RegionWork::RegionWork(const std::atomic<bool>& failed)
    : outer_(std::exchange(region_failed, &failed)) {}

RegionWork::~RegionWork() { region_failed = outer_; }

}  // namespace slimline
