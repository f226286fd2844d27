#include "core/spare_threads.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <latch>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace slimline {
namespace {

constexpr int kSpare = 4;

#ifdef __linux__

using ThreadId = pid_t;

ThreadId own_id() { return static_cast<ThreadId>(syscall(SYS_gettid)); }

bool exists(ThreadId id) { return syscall(SYS_tgkill, getpid(), id, 0) == 0 || errno != ESRCH; }

// A thread that has been joined still counts against the limits until the kernel has removed it.
void wait_until_forgotten(ThreadId id) {
  constexpr int kMostTries = 1000;
  for (int k = 0; k < kMostTries && exists(id); ++k) {
    std::this_thread::sleep_for(std::chrono::microseconds(10));
  }
}

#else

using ThreadId = int;

ThreadId own_id() { return 0; }
void wait_until_forgotten(ThreadId /*id*/) {}

#endif

}  // namespace

int startable_threads(int wanted) {
  std::vector<ThreadId> ids(static_cast<std::size_t>(std::max(0, wanted)));
  std::vector<std::thread> threads;
  std::latch done(1);
  try {
    threads.reserve(ids.size());
    for (ThreadId& id : ids) {
      threads.emplace_back([&id, &done] {
        id = own_id();
        done.wait();  // all at once, or the first one's place would do for all
      });
    }
  } catch (const std::exception&) {  // refused, or no memory left
  }
  done.count_down();
  for (std::thread& thread : threads) thread.join();
  for (std::size_t k = 0; k < threads.size(); ++k) wait_until_forgotten(ids[k]);
  return static_cast<int>(threads.size());
}

int team_size(int n_threads) {
  thread_local int last = 1;
  if (n_threads > last) {
    const int found = startable_threads(n_threads - last + kSpare) - kSpare;
    n_threads = std::clamp(last + found, last, n_threads);
  }
  return last = n_threads;
}

}  // namespace slimline
