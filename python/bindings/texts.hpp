// Texts of Python as the core reads them: UTF-8 where it lies, without a copy wherever Python has
// it that way.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "slimline/arrow.hpp"

namespace slimline::bindings {

namespace py = pybind11;

// A column or a frame that gives the C data interface: __arrow_c_stream__ or __arrow_c_array__.
ArrowColumn arrow_column(const py::object& column);

class Texts {
 public:
  // str, and bytes of UTF-8, are taken as they are. convert(row, item) turns anything else into a
  // str, or raises: bytes that are no UTF-8, or all bytes unless `utf8`, a str with lone
  // surrogates, what is no text.
  Texts(py::tuple items, const py::function& convert, bool utf8);
  // The same for a column that gives the C data interface. A missing row is converted as None, one
  // that is no UTF-8 as bytes.
  Texts(const py::object& column, const py::function& convert, bool utf8);

  std::span<const std::string_view> views() const { return views_; }
  std::size_t size() const { return views_.size(); }

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 20U;

  bool take(PyObject* item, bool utf8);
  bool take_text(PyObject* text);
  template <class Unit>
  bool encode(const Unit* units, std::size_t n);
  char* room(std::size_t n_bytes);
  void convert_and_take(std::size_t row, py::handle item, const py::function& convert);

  std::vector<std::string_view> views_;
  py::tuple items_;
  ArrowColumn column_;
  std::vector<py::object> converted_;
  // Texts that Python does not hold as UTF-8, encoded.
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t left_ = 0;  // bytes of the last block
  char* next_ = nullptr;
};

}  // namespace slimline::bindings
