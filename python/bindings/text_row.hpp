// One text of Python at a time, through a predictor of texts.
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <memory>
#include <string>

#include "convert.hpp"
#include "slimline/text_stack.hpp"

namespace slimline::bindings {

// Nothing is allocated from the second text on, but for UTF-8 that Python makes of a str. Not for
// several threads at once.
class TextRow {
 public:
  // convert(row, item) turns what is neither str nor UTF-8 into a str, or raises: see Texts.
  TextRow(std::shared_ptr<const TextStack> stack, py::function convert);

  // The outputs of a text, in an array that the next call overwrites.
  Array<float> outputs(py::handle text);
  std::int64_t winner(py::handle text);

 private:
  std::string_view utf8(py::handle text);

  std::shared_ptr<const TextStack> stack_;
  py::function convert_;
  py::object converted_;
  Array<float> outputs_;
};

}  // namespace slimline::bindings
