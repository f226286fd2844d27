#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/cgroup.hpp"
#include "core/interrupt.hpp"
#include "core/spare_threads.hpp"

#ifdef SLIMLINE_THREADS_STD
#else
#include <omp.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace slimline {
namespace {

std::atomic<bool> forked{false};

#if defined(__unix__) || defined(__APPLE__)
const int fork_handler = pthread_atfork(nullptr, nullptr, [] { forked = true; });
#endif

// One call of run_chunks on several threads: each takes the next chunk until none is left.
class Region {
 public:
  Region(std::size_t n_chunks, const std::function<void(std::size_t)>& body)
      : n_chunks_(n_chunks), body_(body), errors_(n_chunks + 1) {}

  void work() {
    const RegionWork region(failed_);
    for (std::size_t chunk = next_++; chunk < n_chunks_; chunk = next_++) {
      attempt(chunk, [&] {
        check_interrupt();
        body_(chunk);
      });
      if (++n_done_ == n_chunks_ && waiting_) {
        const std::lock_guard lock(mutex_);
        all_done_.notify_one();
      }
    }
  }

  // The calling thread waits for chunks of others, ready to be interrupted: a barrier would wait
  // for as long as the longest chunk takes.
  void wait() {
    for (int k = 0; k < kSpins && n_done_ < n_chunks_; ++k) std::this_thread::yield();
    if (n_done_ == n_chunks_) return;
    waiting_ = true;
    std::unique_lock lock(mutex_);
    while (!all_done_.wait_for(lock, kPatience, [&] { return n_done_ == n_chunks_; })) {
      attempt(n_chunks_, check_interrupt);
    }
  }

  // Throws the first by chunk number of what was caught.
  void rethrow() const {
    if (!failed_) return;
    for (const std::exception_ptr& error : errors_) {
      if (error) std::rethrow_exception(error);
    }
  }

 private:
  static constexpr int kSpins = 100;  // what chunks of one size differ by, some microseconds
  static constexpr std::chrono::milliseconds kPatience{50};

  template <class Work>
  void attempt(std::size_t place, const Work& work) {
    if (failed_) return;
    try {
      work();
    } catch (const Cancelled&) {
    } catch (...) {
      errors_[place] = std::current_exception();
      failed_ = true;
    }
  }

  std::size_t n_chunks_;
  const std::function<void(std::size_t)>& body_;
  std::vector<std::exception_ptr> errors_;  // by chunk; the last is the waiting thread's
  std::atomic<bool> failed_{false};
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> n_done_{0};
  std::atomic<bool> waiting_{false};
  std::mutex mutex_;
  std::condition_variable all_done_;
};

#ifdef SLIMLINE_THREADS_STD

thread_local bool inside_region = false;

bool nested() { return inside_region; }
int machine_threads() {
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}
int runtime_threads() { return machine_threads(); }

void run(Region& region, int n_threads) {
  const auto work = [&] {
    inside_region = true;
    region.work();
    inside_region = false;
  };
  std::vector<std::jthread> threads;
  try {
    for (int t = 1; t < n_threads; ++t) threads.emplace_back(work);
  } catch (const std::system_error&) {  // the system has no more: those that there are do it all
  }
  work();
  region.wait();
}

#else

bool nested() { return omp_in_parallel() != 0; }
int machine_threads() { return omp_get_num_procs(); }
int runtime_threads() { return std::min(omp_get_max_threads(), machine_threads()); }

void run(Region& region, int n_threads) {
  n_threads = team_size(n_threads);
#pragma omp parallel num_threads(n_threads)
  {
    region.work();
    if (omp_get_thread_num() == 0) region.wait();
  }
}

#endif

// More threads than CPUs gain nothing; some more are let through, so that what does not depend on
// their number can be seen not to.
int most_threads() {
  constexpr int kAnyMachine = 8;
  static const int most = std::max(kAnyMachine, 2 * machine_threads());
  return most;
}

}  // namespace

int available_threads() { return cgroup_cpus(std::max(1, runtime_threads())); }

void run_chunks(std::size_t n_chunks, int n_threads, const std::function<void(std::size_t)>& body) {
  if (n_chunks <= 1 || n_threads <= 1 || nested() || forked) {
    for (std::size_t chunk = 0; chunk < n_chunks; ++chunk) {
      check_interrupt();
      body(chunk);
    }
    return;
  }
  Region region(n_chunks, body);
  run(region, std::min(n_threads, most_threads()));
  region.rethrow();
}

}  // namespace slimline
