// The weights that a pruned layer keeps, as a file stores them (docs/internals/file_format.md).
//
// A unit is one weight, or a block of four along the inputs. The units of W (n_out, n_in) are
// numbered row by row: a row has n_in units of one, or n_in / 4, rounded up, of four. The numbers
// of those that are kept, ascending, are coded as
//   deltas of one or two bytes: how many units were left out since the last one that was kept; the
//     largest value leaves out as many units as it says and keeps none; or
//   a bitmap: one bit per unit, the first unit in the highest bit.
// Nothing here makes room for the units that were left out, however many a file says there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "slimline/error.hpp"
#include "slimline/matrix.hpp"
#include "slimline/size.hpp"

namespace slimline {

struct UnitCode {
  enum class Kind { kBitmap, kDelta8, kDelta16 };
  Kind kind = Kind::kBitmap;
  std::span<const std::uint8_t> bytes;   // of a bitmap, and of deltas of one byte
  std::span<const std::uint16_t> words;  // of deltas of two bytes
};

// Weights that somebody else owns. T is float or std::int8_t.
template <class T>
struct KeptUnits {
  std::span<const T> values;  // unit after unit
  UnitCode code;
  std::size_t n_out = 0;
  std::size_t n_in = 0;
  std::size_t unit = 1;  // 1 or 4

  std::size_t n_units() const { return values.size() / unit; }
  std::size_t units_per_row() const { return (n_in + unit - 1) / unit; }
};

// Throws std::invalid_argument or std::length_error where the parts do not fit together: units that
// are not as many as the values, lie outside the weights, or hold more than zeros from n_in on.
template <class T>
void check_units(const KeptUnits<T>& kept);

// Blocks of four along the inputs that hold anything but zeros; of units that were checked.
template <class T>
std::size_t count_blocks(const KeptUnits<T>& kept);

// The inputs that have a weight other than zero, ascending; of units that were checked.
std::vector<std::uint32_t> used_inputs(const KeptUnits<std::int8_t>& kept);

// The values as floats, value * scale[output] * 2^exponent[k] of the k-th of used_inputs(kept), in
// their order; of units that were checked. Throws std::invalid_argument where lengths do not fit.
void scale_units(const KeptUnits<std::int8_t>& kept, std::span<const float> scale,
                 std::span<const std::int8_t> exponent, std::span<float> out);

// All weights, those left out as zeros; out: (n_out, n_in), zeroed.
template <class T>
void expand_units(const KeptUnits<T>& kept, MatrixView<T> out);

// Calls body(number) for each number in a code, ascending.
template <class Body>
void for_each_number(const UnitCode& code, const Body& body) {
  const auto deltas = [&body](const auto& index, std::size_t longest) {
    std::size_t next = 0;
    for (const std::size_t gap : index) {
      next += gap;
      if (gap < longest) body(next++);
    }
  };
  if (code.kind == UnitCode::Kind::kDelta8) return deltas(code.bytes, UINT8_MAX);
  if (code.kind == UnitCode::Kind::kDelta16) return deltas(code.words, UINT16_MAX);
  for (std::size_t i = 0; i < code.bytes.size(); ++i) {
    for (std::size_t bit = 0; bit < 8; ++bit) {
      if ((code.bytes[i] >> (7 - bit) & 1U) != 0) body(8 * i + bit);
    }
  }
}

// Calls body(output, unit within the row, its values) for each kept unit; of units that were
// checked.
template <class T, class Body>
void for_each_unit(const KeptUnits<T>& kept, const Body& body) {
  const std::size_t per_row = kept.units_per_row();
  const T* values = kept.values.data();
  std::size_t row = 0;
  std::size_t begin = 0;  // number of the row's first unit
  for_each_number(kept.code, [&](std::size_t number) {
    if (number - begin >= per_row) {
      row = number / per_row;
      begin = row * per_row;
    }
    body(row, number - begin, values);
    values += kept.unit;
  });
}

}  // namespace slimline
