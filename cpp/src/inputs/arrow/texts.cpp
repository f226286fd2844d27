// The layouts of Arrow's strings (https://arrow.apache.org/docs/format/Columnar.html).
#include <string>

#include "inputs/arrow/layout.hpp"
#include "slimline/arrow.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using arrow::buffer;
using arrow::is_missing;
using arrow::PlainTexts;
using arrow::ViewedTexts;
using Views = std::vector<std::string_view>;

// Rows [begin, begin + length) of an array, counted from the start of its buffers.
struct Rows {
  const ArrowArray& array;
  std::size_t begin;
  std::size_t length;
};

Rows rows_of(const ArrowArray& array) {
  return {array, static_cast<std::size_t>(array.offset), static_cast<std::size_t>(array.length)};
}

template <class Layout>
void read_texts(Rows rows, Views& texts) {
  const Layout text(rows.array);
  for (std::size_t i = rows.begin; i < rows.begin + rows.length; ++i) {
    texts.push_back(is_missing(rows.array, i) ? std::string_view() : text(i));
  }
}

template <class Index>
void look_up(Rows rows, const Views& values, Views& texts) {
  const auto* indices = buffer<Index>(rows.array, 1);
  for (std::size_t i = rows.begin; i < rows.begin + rows.length; ++i) {
    texts.push_back(is_missing(rows.array, i) ? std::string_view()
                                              : values.at(static_cast<std::size_t>(indices[i])));
  }
}

void read_rows(const ArrowSchema& schema, Rows rows, ArrowTexts& out);

void read_dictionary(const ArrowSchema& schema, Rows rows, ArrowTexts& out) {
  ArrowTexts values;
  read_rows(*schema.dictionary, rows_of(*rows.array.dictionary), values);
  out.binary = values.binary;
  switch (schema.format[0]) {
    case 'c':
      return look_up<std::int8_t>(rows, values.texts, out.texts);
    case 'C':
      return look_up<std::uint8_t>(rows, values.texts, out.texts);
    case 's':
      return look_up<std::int16_t>(rows, values.texts, out.texts);
    case 'S':
      return look_up<std::uint16_t>(rows, values.texts, out.texts);
    case 'i':
      return look_up<std::int32_t>(rows, values.texts, out.texts);
    case 'I':
      return look_up<std::uint32_t>(rows, values.texts, out.texts);
    case 'l':
      return look_up<std::int64_t>(rows, values.texts, out.texts);
    default:
      return look_up<std::uint64_t>(rows, values.texts, out.texts);
  }
}

// A frame of one column: the rows of its child lie where its own do.
void read_frame(const ArrowSchema& schema, Rows rows, ArrowTexts& out) {
  require(schema.n_children == 1,
          "a frame of texts must have one column, got " + std::to_string(schema.n_children));
  const ArrowArray& child = *rows.array.children[0];
  const std::size_t first = out.texts.size();
  const std::size_t begin = static_cast<std::size_t>(child.offset) + rows.begin;
  read_rows(*schema.children[0], {child, begin, rows.length}, out);
  for (std::size_t i = 0; i < rows.length; ++i) {
    if (is_missing(rows.array, rows.begin + i)) out.texts[first + i] = {};
  }
}

void read_rows(const ArrowSchema& schema, Rows rows, ArrowTexts& out) {
  if (schema.dictionary != nullptr) return read_dictionary(schema, rows, out);
  const std::string_view format = schema.format;
  if (format == "+s") return read_frame(schema, rows, out);
  out.binary = format == "z" || format == "Z" || format == "vz";
  if (format == "u" || format == "z") return read_texts<PlainTexts<std::int32_t>>(rows, out.texts);
  if (format == "U" || format == "Z") return read_texts<PlainTexts<std::int64_t>>(rows, out.texts);
  if (format == "vu" || format == "vz") return read_texts<ViewedTexts>(rows, out.texts);
  require(format == "n",
          "a column of texts must hold strings or binary values, got Arrow's type '" +
              std::string(format) + "'");
  out.texts.resize(out.texts.size() + rows.length);
}

}  // namespace

ArrowTexts arrow_texts(const ArrowColumn& column) {
  ArrowTexts out;
  std::size_t n = 0;
  for (const ArrowArray& chunk : column.chunks()) n += static_cast<std::size_t>(chunk.length);
  out.texts.reserve(n);
  for (const ArrowArray& chunk : column.chunks()) {
    read_rows(column.schema(), rows_of(chunk), out);
  }
  return out;
}

}  // namespace slimline
