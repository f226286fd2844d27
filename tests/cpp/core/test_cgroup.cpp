#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/cgroup.hpp"

namespace slimline {
namespace {

namespace fs = std::filesystem;

// A folder that looks like /sys/fs/cgroup, and goes with this object.
class Groups {
 public:
  Groups() {
    std::string name = (fs::temp_directory_path() / "slimline-cgroup-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;
  ~Groups() { fs::remove_all(root_); }

  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  int cpus(int limit) const { return cgroup_cpus(limit, root_, root_ / "self"); }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("without control groups the limit stands") {
  const Groups groups;
  CHECK(groups.cpus(8) == 8);
}

TEST_CASE("a quota of version 2 is rounded up and kept within [1, limit]") {
  const Groups groups;
  for (const auto& [text, expected] : {std::pair{"max 100000", 8},
                                       {"200000 100000", 2},
                                       {"150000 100000", 2},
                                       {"1000 100000", 1},
                                       {"9900000 100000", 8},
                                       {"0 100000", 8},
                                       {"nonsense", 8},
                                       {"", 8},
                                       {"100000 0", 8}}) {
    CAPTURE(text);
    groups.write("cpu.max", text);
    CHECK(groups.cpus(8) == expected);
  }
}

TEST_CASE("the least quota from the root down to this process's group counts") {
  const Groups groups;
  groups.write("self", "1:name=systemd:/other\n0::/a/b\n");
  groups.write("a/cpu.max", "300000 100000");
  groups.write("a/b/cpu.max", "max 100000");
  groups.write("a/b/c/cpu.max", "100000 100000");
  CHECK(groups.cpus(8) == 3);
  groups.write("a/b/cpu.max", "200000 100000");
  CHECK(groups.cpus(8) == 2);
  groups.write("self", "0::/../outside\n");
  CHECK(groups.cpus(8) == 8);
}

TEST_CASE("a quota of version 1") {
  const Groups groups;
  groups.write("cpu/cpu.cfs_quota_us", "250000");
  groups.write("cpu/cpu.cfs_period_us", "100000");
  CHECK(groups.cpus(8) == 3);
  groups.write("cpu/cpu.cfs_quota_us", "-1");
  CHECK(groups.cpus(8) == 8);
}

}  // namespace slimline
