// One declaration an area of the core; module.cpp calls each once.
#pragma once

#include <pybind11/pybind11.h>

namespace slimline::bindings {

void bind_choice(pybind11::module_& m);
void bind_config(pybind11::module_& m);
void bind_svm(pybind11::module_& m);
void bind_tables(pybind11::module_& m);
void bind_text(pybind11::module_& m);
void bind_text_stack(pybind11::module_& m);
void bind_layers(pybind11::module_& m);
void bind_network(pybind11::module_& m);
void bind_partial(pybind11::module_& m);
void bind_lifecycle(pybind11::module_& m);
void bind_ops(pybind11::module_& m);
void bind_sgd(pybind11::module_& m);

}  // namespace slimline::bindings
