// The CPU quota of the control groups that this process is in (Linux): containers and services.
#pragma once

#include <filesystem>

namespace slimline {

// CPUs granted, rounded up and within [1, limit]; `limit` where no quota is found. Version 2: the
// least of cpu.max from this process's group ("0::/path" in `self`) up to `root`. Version 1: the
// two files of the cpu controller. Source: Documentation/admin-guide/cgroup-v2.rst of Linux.
int cgroup_cpus(int limit, const std::filesystem::path& root = "/sys/fs/cgroup",
                const std::filesystem::path& self = "/proc/self/cgroup");

}  // namespace slimline
