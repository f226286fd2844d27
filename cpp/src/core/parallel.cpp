#include "core/parallel.hpp"

#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "core/cgroup.hpp"

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

// Keeps the exception of the lowest chunk number among those caught.
class FirstError {
 public:
  explicit FirstError(std::size_t n_chunks) : errors_(n_chunks) {}
  void capture(std::size_t chunk) {
    errors_[chunk] = std::current_exception();
    any_ = true;
  }
  bool any() const { return any_; }
  void rethrow() const {
    if (!any_) return;
    for (const std::exception_ptr& error : errors_) {
      if (error) std::rethrow_exception(error);
    }
  }

 private:
  std::vector<std::exception_ptr> errors_;
  std::atomic<bool> any_{false};
};

#ifdef SLIMLINE_THREADS_STD

thread_local bool inside_chunk = false;

bool nested() { return inside_chunk; }
int runtime_threads() {
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

template <class Body>
void run_threads(std::size_t n_chunks, int n_threads, const Body& body) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    inside_chunk = true;
    for (std::size_t chunk = next++; chunk < n_chunks; chunk = next++) body(chunk);
    inside_chunk = false;
  };
  std::vector<std::jthread> threads;
  for (int t = 1; t < n_threads; ++t) threads.emplace_back(work);
  work();
}

#else

bool nested() { return omp_in_parallel() != 0; }
int runtime_threads() { return std::min(omp_get_max_threads(), omp_get_num_procs()); }

template <class Body>
void run_threads(std::size_t n_chunks, int n_threads, const Body& body) {
  const auto n = static_cast<std::ptrdiff_t>(n_chunks);
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
  for (std::ptrdiff_t chunk = 0; chunk < n; ++chunk) body(static_cast<std::size_t>(chunk));
}

#endif

}  // namespace

int available_threads() { return cgroup_cpus(std::max(1, runtime_threads())); }

void run_chunks(std::size_t n_chunks, int n_threads, const std::function<void(std::size_t)>& body) {
  if (n_chunks <= 1 || n_threads <= 1 || nested() || forked) {
    for (std::size_t chunk = 0; chunk < n_chunks; ++chunk) body(chunk);
    return;
  }
  if (n_chunks < static_cast<std::size_t>(n_threads)) n_threads = static_cast<int>(n_chunks);
  FirstError error(n_chunks);
  run_threads(n_chunks, n_threads, [&](std::size_t chunk) {
    if (error.any()) return;
    try {
      body(chunk);
    } catch (...) {
      error.capture(chunk);
    }
  });
  error.rethrow();
}

}  // namespace slimline
