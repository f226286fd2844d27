// While the core works, other threads of Python run, and a signal such as Ctrl-C ends the work.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>

#include "slimline/interrupt.hpp"

namespace slimline::bindings {

namespace py = pybind11;

// What the core asks now and then: throws what the handler of a signal that came raises. Python
// runs handlers in its main thread alone; others ask once, and leave its lock alone from then on.
class SignalCheck {
 public:
  bool operator()() {
    if (handles_signals_ == false) return false;
    const py::gil_scoped_acquire gil;
    if (!handles_signals_) {
      const py::module_ threading = py::module_::import("threading");
      handles_signals_ = threading.attr("current_thread")().is(threading.attr("main_thread")());
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    return false;
  }

 private:
  std::optional<bool> handles_signals_;
};

// In place of gil_scoped_release around every call of the core that may take a while.
class Released {
 public:
  Released() : scope_(SignalCheck()) {}

 private:
  InterruptScope scope_;
  py::gil_scoped_release release_;
};

}  // namespace slimline::bindings
