// The extension module slimline._core: one bind_* function an area, each in its own file.
// Bindings convert, release the GIL, call and convert; nothing else.
#include <pybind11/pybind11.h>

#include "bindings.hpp"
#include "slimline/isa.hpp"

PYBIND11_MODULE(_core, m, pybind11::mod_gil_not_used()) {
  m.doc() = "The compiled core of slimline. Private: use the functions of the slimline package.";
  slimline::active_isa();  // a wrong SLIMLINE_ISA fails here, at import, not in the middle of a fit
  slimline::bindings::bind_config(m);
  slimline::bindings::bind_svm(m);
  slimline::bindings::bind_layers(m);
  slimline::bindings::bind_lifecycle(m);
  slimline::bindings::bind_ops(m);
  slimline::bindings::bind_sgd(m);
  slimline::bindings::bind_text(m);
  slimline::bindings::bind_tables(m);
  slimline::bindings::bind_text_stack(m);
  slimline::bindings::bind_choice(m);
  slimline::bindings::bind_network(m);
  slimline::bindings::bind_partial(m);
}
