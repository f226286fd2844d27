// Arrow's arrays as pieces of a column.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "inputs/arrow/layout.hpp"
#include "slimline/error.hpp"
#include "slimline/table/column.hpp"

namespace slimline::table {
namespace {

struct TypeSize {
  NumberType type;
  std::size_t size;
};

std::optional<TypeSize> number_type(std::string_view format) {
  if (format.size() != 1) return std::nullopt;
  switch (format[0]) {
    case 'c':
      return TypeSize{NumberType::kInt8, 1};
    case 'C':
      return TypeSize{NumberType::kUint8, 1};
    case 's':
      return TypeSize{NumberType::kInt16, 2};
    case 'S':
      return TypeSize{NumberType::kUint16, 2};
    case 'i':
      return TypeSize{NumberType::kInt32, 4};
    case 'I':
      return TypeSize{NumberType::kUint32, 4};
    case 'l':
      return TypeSize{NumberType::kInt64, 8};
    case 'L':
      return TypeSize{NumberType::kUint64, 8};
    case 'f':
      return TypeSize{NumberType::kFloat32, 4};
    case 'g':
      return TypeSize{NumberType::kFloat64, 8};
    default:
      return std::nullopt;
  }
}

std::optional<Piece::Layout> layout_of(std::string_view format) {
  if (number_type(format)) return Piece::Layout::kNumbers;
  if (format == "b") return Piece::Layout::kBits;
  if (format == "u") return Piece::Layout::kTexts;
  if (format == "U") return Piece::Layout::kLargeTexts;
  if (format == "vu") return Piece::Layout::kTextViews;
  if (format == "n") return Piece::Layout::kMissing;
  return std::nullopt;
}

}  // namespace

bool reads_arrow(const ArrowSchema& schema) {
  if (!layout_of(schema.format)) return false;
  return schema.dictionary == nullptr ||
         (schema.dictionary->dictionary == nullptr && layout_of(schema.dictionary->format));
}

void Column::add(const ArrowSchema& schema, const ArrowArray& array, std::size_t begin,
                 std::size_t rows) {
  require(reads_arrow(schema),
          "a column of a table must hold numbers or texts, got Arrow's type '" +
              std::string(schema.format) + "'");
  Piece piece{.layout = *layout_of(schema.format), .rows = rows, .array = &array};
  piece.begin = static_cast<std::size_t>(array.offset) + begin;
  if (piece.layout != Piece::Layout::kMissing) {
    piece.valid = arrow::buffer<std::uint8_t>(array, 0);
  }
  if (const auto number = number_type(schema.format)) {
    const auto* data = arrow::buffer<std::byte>(array, 1);
    piece.numbers = {.type = number->type,
                     .data = rows == 0 ? data : data + piece.begin * number->size,
                     .stride = static_cast<std::ptrdiff_t>(number->size),
                     .rows = rows};
  }
  if (schema.dictionary == nullptr) {
    rows_ += rows;
    pieces_.push_back(std::move(piece));
    return;
  }
  auto dictionary = std::make_shared<Column>();
  dictionary->add(*schema.dictionary, *array.dictionary, 0,
                  static_cast<std::size_t>(array.dictionary->length));
  piece.dictionary = std::move(dictionary);
  add_codes(std::move(piece));
}

}  // namespace slimline::table
