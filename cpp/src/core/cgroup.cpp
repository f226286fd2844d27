#include "core/cgroup.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>

namespace slimline {
namespace {

namespace fs = std::filesystem;

int within(double quota, double period, int limit) {
  if (!(quota > 0) || !(period > 0)) return limit;
  return static_cast<int>(std::clamp(std::ceil(quota / period), 1.0, static_cast<double>(limit)));
}

// "quota period", or "max period" for none.
int read_v2(const fs::path& file, int limit) {
  std::string quota;
  double period = 0;
  if (!(std::ifstream(file) >> quota >> period) || quota == "max") return limit;
  return within(std::strtod(quota.c_str(), nullptr), period, limit);
}

int read_v1(const fs::path& folder, int limit) {
  double quota = -1;
  double period = 0;
  std::ifstream(folder / "cpu.cfs_quota_us") >> quota;
  std::ifstream(folder / "cpu.cfs_period_us") >> period;
  return within(quota, period, limit);
}

// The path of this process's group below the root; empty where there is none or it is the root.
fs::path own_group(const fs::path& self) {
  std::ifstream file(self);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("0::/", 0) == 0) return fs::path(line.substr(4)).lexically_normal();
  }
  return {};
}

}  // namespace

int cgroup_cpus(int limit, const fs::path& root, const fs::path& self) {
  limit = read_v1(root / "cpu", read_v2(root / "cpu.max", limit));
  fs::path folder = root;
  for (const fs::path& part : own_group(self)) {
    if (part == "..") break;  // a group outside this namespace: its files are not to be seen
    folder /= part;
    limit = read_v2(folder / "cpu.max", limit);
  }
  return limit;
}

}  // namespace slimline
