// Whether the system grants this process more threads. OpenMP's runtime ends the process when a
// thread is refused (by ulimit -u, a container's limit of processes, or for want of memory). It is
// therefore asked only for as many threads as could just be started.
#pragma once

namespace slimline {

// How many threads, the calling one counted, OpenMP may use for this thread's parallel regions: at
// most n_threads, and at least 1. It keeps those of the last region, so that this costs something
// only where a thread first asks for more. A few more must be free than are asked for, since others
// may take some in the meantime.
int team_size(int n_threads);

// Plain threads that could be started beside the calling one, at most `wanted`; all have ended
// again, and the system has forgotten them.
int startable_threads(int wanted);

}  // namespace slimline
