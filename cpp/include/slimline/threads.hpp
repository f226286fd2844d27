// How many threads a computation may use. Results never depend on that number.
#pragma once

namespace slimline {

// CPUs that this process may use: affinity, cgroup quota and OMP_NUM_THREADS respected; >= 1.
int available_threads();

}  // namespace slimline
