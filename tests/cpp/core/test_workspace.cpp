// Scratch memory: aligned, given back by scopes, kept for the next time unless it is much.
#include <doctest/doctest.h>

#include <cstdint>

#include "core/workspace.hpp"

namespace slimline {

TEST_CASE("memory comes back with the scope that took it, and is used again") {
  Workspace workspace;
  const float* first = nullptr;
  for (int round = 0; round < 3; ++round) {
    const Workspace::Scope scope(workspace);
    auto* a = workspace.take<float>(100);
    if (round == 0) first = a;
    CHECK(a == first);
    const double* inner = nullptr;
    for (int again = 0; again < 2; ++again) {
      const Workspace::Scope nested(workspace);
      auto* b = workspace.take<double>(20000);  // more than is left of the first block
      if (again == 0) inner = b;
      CHECK(b == inner);
      CHECK(reinterpret_cast<std::uintptr_t>(b) % 64 == 0);
    }
    auto* c = workspace.take<std::uint8_t>(3);
    CHECK(reinterpret_cast<std::uintptr_t>(c) % 64 == 0);
    CHECK(static_cast<const void*>(c) != static_cast<const void*>(a));
    CHECK(workspace.n_blocks() == 2);
  }
}

TEST_CASE("much memory is not kept") {
  Workspace workspace;
  {
    const Workspace::Scope scope(workspace);
    const auto matrix = workspace.take_matrix<float>(1 << 11, 1 << 12);
    matrix(2047, 4095) = 1;
    CHECK(workspace.n_blocks() == 1);
  }
  CHECK(workspace.n_blocks() == 0);
}

}  // namespace slimline
