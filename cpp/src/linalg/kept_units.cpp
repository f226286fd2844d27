#include "slimline/kept_units.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace slimline {
namespace {

constexpr std::size_t kBlock = 4;

template <class T>
bool any(const T* values, std::size_t n) {
  return std::any_of(values, values + n, [](T value) { return value != T{}; });
}

// Throws unless the code keeps n_units units below n_numbers.
void check_code(const UnitCode& code, std::size_t n_numbers, std::size_t n_units) {
  if (code.kind == UnitCode::Kind::kBitmap) {
    const std::size_t n_bytes = n_numbers / 8 + (n_numbers % 8 != 0 ? 1 : 0);
    require(code.bytes.size() == n_bytes, "a bitmap of " + std::to_string(n_numbers) +
                                              " units must have " + std::to_string(n_bytes) +
                                              " bytes, got " + std::to_string(code.bytes.size()));
  }
  const bool ends_with_unit = (code.bytes.empty() || code.bytes.back() != UINT8_MAX) &&
                              (code.words.empty() || code.words.back() != UINT16_MAX);
  require(code.kind == UnitCode::Kind::kBitmap || ends_with_unit, "index must end with a unit");
  std::size_t n = 0;
  std::size_t last = 0;
  for_each_number(code, [&](std::size_t number) {
    ++n;
    last = number;
  });
  require(n == n_units, "index must place " + std::to_string(n_units) +
                            " units, as there are values, got " + std::to_string(n));
  require(n == 0 || last < n_numbers, "index must place units below " + std::to_string(n_numbers) +
                                          ", got " + std::to_string(last));
}

}  // namespace

template <class T>
void check_units(const KeptUnits<T>& kept) {
  require(kept.unit == 1 || kept.unit == kBlock,
          "values must have 1 or 4 columns, got " + std::to_string(kept.unit));
  check_code(kept.code, checked_product(kept.n_out, kept.units_per_row()), kept.n_units());
  const std::size_t rest = kept.n_in % kept.unit;
  if (rest == 0) return;
  const std::size_t last = kept.units_per_row() - 1;
  bool beyond = false;
  for_each_unit(kept, [&](std::size_t, std::size_t unit, const T* values) {
    beyond |= unit == last && any(values + rest, kept.unit - rest);
  });
  require(!beyond, "values must be zero from input n_in=" + std::to_string(kept.n_in) + " on");
}

template <class T>
std::size_t count_blocks(const KeptUnits<T>& kept) {
  std::size_t n = 0;
  std::size_t last_row = SIZE_MAX;
  std::size_t last_block = SIZE_MAX;
  for_each_unit(kept, [&](std::size_t row, std::size_t unit, const T* values) {
    if (!any(values, kept.unit)) return;
    const std::size_t block = unit * kept.unit / kBlock;
    if (row != last_row || block != last_block) ++n;
    last_row = row;
    last_block = block;
  });
  return n;
}

std::vector<std::uint32_t> used_inputs(const KeptUnits<std::int8_t>& kept) {
  constexpr std::size_t kLeast = std::size_t{1} << 16U;
  std::vector<std::uint32_t> inputs;
  const auto sort = [&inputs] {
    std::sort(inputs.begin(), inputs.end());
    inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  };
  std::size_t most =
      kLeast;  // then repeated ones go, so that as many as inputs are held twice over
  for_each_unit(kept, [&](std::size_t, std::size_t unit, const std::int8_t* values) {
    for (std::size_t k = 0; k < kept.unit; ++k) {
      if (values[k] != 0) inputs.push_back(static_cast<std::uint32_t>(unit * kept.unit + k));
    }
    if (inputs.size() < most) return;
    sort();
    most = std::max(kLeast, 2 * inputs.size());
  });
  sort();
  return inputs;
}

void scale_units(const KeptUnits<std::int8_t>& kept, std::span<const float> scale,
                 std::span<const std::int8_t> exponent, std::span<float> out) {
  const std::vector<std::uint32_t> inputs = used_inputs(kept);
  require(scale.size() == kept.n_out, "scale must have one entry for each output");
  require(exponent.size() == inputs.size(), "exponent must have one entry for each used input");
  require(out.size() == kept.values.size(), "out must have an entry for each value");
  float* next = out.data();
  for_each_unit(kept, [&](std::size_t row, std::size_t unit, const std::int8_t* values) {
    for (std::size_t k = 0; k < kept.unit; ++k, ++next) {
      *next = 0.0F;
      if (values[k] == 0) continue;
      const auto input = static_cast<std::uint32_t>(unit * kept.unit + k);
      const auto place = std::lower_bound(inputs.begin(), inputs.end(), input) - inputs.begin();
      const float scaled = static_cast<float>(values[k]) * scale[row];
      *next = std::ldexp(scaled, exponent[static_cast<std::size_t>(place)]);
    }
  });
}

template <class T>
void expand_units(const KeptUnits<T>& kept, MatrixView<T> out) {
  require(out.rows() == kept.n_out && out.cols() == kept.n_in, "out must have the weights' shape");
  for_each_unit(kept, [&](std::size_t row, std::size_t unit, const T* values) {
    const std::size_t begin = unit * kept.unit;
    std::copy_n(values, std::min(kept.unit, kept.n_in - begin), out.row(row) + begin);
  });
}

template void check_units(const KeptUnits<float>&);
template void check_units(const KeptUnits<std::int8_t>&);
template std::size_t count_blocks(const KeptUnits<float>&);
template std::size_t count_blocks(const KeptUnits<std::int8_t>&);
template void expand_units(const KeptUnits<float>&, MatrixView<float>);
template void expand_units(const KeptUnits<std::int8_t>&, MatrixView<std::int8_t>);

}  // namespace slimline
