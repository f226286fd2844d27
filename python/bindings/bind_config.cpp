#include <pybind11/stl.h>

#include "bindings.hpp"
#include "slimline/isa.hpp"
#include "slimline/threads.hpp"

namespace slimline::bindings {

void bind_config(pybind11::module_& m) {
  m.def("active_isa", &active_isa);
  m.def("available_isas", &available_isas);
  m.def("available_threads", &available_threads);
  m.def("compiler", [] { return SLIMLINE_COMPILER; });
}

}  // namespace slimline::bindings
