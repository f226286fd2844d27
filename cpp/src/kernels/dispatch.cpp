#include "kernels/dispatch.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/cpu_features.hpp"
#include "slimline/error.hpp"
#include "slimline/isa.hpp"

namespace slimline {
namespace kernels {

extern const KernelTable baseline_table;
#ifdef SLIMLINE_HAS_AVX2
extern const KernelTable avx2_table;
#endif
#ifdef SLIMLINE_HAS_AVXVNNI
extern const KernelTable avxvnni_table;
#endif
#ifdef SLIMLINE_HAS_AVX512VNNI
extern const KernelTable avx512vnni_table;
#endif
#ifdef SLIMLINE_HAS_NEON
extern const KernelTable neon_table;
#endif
#ifdef SLIMLINE_HAS_DOTPROD
extern const KernelTable dotprod_table;
#endif

namespace {

// Most basic first; the last one that the CPU supports is the default.
constexpr const KernelTable* kCompiled[] = {
    &baseline_table,
#ifdef SLIMLINE_HAS_AVX2
    &avx2_table,
#endif
#ifdef SLIMLINE_HAS_AVXVNNI
    &avxvnni_table,
#endif
#ifdef SLIMLINE_HAS_AVX512VNNI
    &avx512vnni_table,
#endif
#ifdef SLIMLINE_HAS_NEON
    &neon_table,
#endif
#ifdef SLIMLINE_HAS_DOTPROD
    &dotprod_table,
#endif
};

std::string join_names(std::span<const KernelTable* const> tables) {
  std::string names;
  for (const KernelTable* table : tables) {
    if (!names.empty()) names += ", ";
    names += table->name;
  }
  return names;
}

const KernelTable& choose() {
  const auto available = available_tables();
  require(!available.empty(),
          "this CPU lacks x86-64-v2 (SSE4.2, POPCNT), the least slimline runs on");
  const char* forced = std::getenv("SLIMLINE_ISA");
  if (forced == nullptr || *forced == '\0') return *available.back();
  for (const KernelTable* table : available) {
    if (std::string_view(forced) == table->name) return *table;
  }
  for (const KernelTable* table : kCompiled) {
    require(std::string_view(forced) != table->name,
            "SLIMLINE_ISA=" + std::string(forced) +
                " is not supported by this CPU; available: " + join_names(available));
  }
  throw std::invalid_argument("SLIMLINE_ISA=" + std::string(forced) +
                              " is unknown; available: " + join_names(available));
}

}  // namespace

std::span<const KernelTable* const> available_tables() {
  static const std::vector<const KernelTable*> tables = [] {
    std::vector<const KernelTable*> supported;
    for (const KernelTable* table : kCompiled) {
      if ((table->required & ~cpu_features()) == 0) supported.push_back(table);
    }
    return supported;
  }();
  return tables;
}

const KernelTable& active_table() {
  static const KernelTable& table = choose();
  return table;
}

}  // namespace kernels

std::string active_isa() { return kernels::active_table().name; }

std::vector<std::string> available_isas() {
  std::vector<std::string> names;
  for (const kernels::KernelTable* table : kernels::available_tables())
    names.emplace_back(table->name);
  return names;
}

}  // namespace slimline
