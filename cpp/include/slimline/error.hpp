// Reports invalid arguments. They are checked once, at the public entry, with a message that states
// what was expected and what came. Bindings map std::invalid_argument to Python's ValueError.
#pragma once

#include <stdexcept>
#include <string>

namespace slimline {

// Thrown when a callback or an InterruptScope ended a computation.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

// Throws std::invalid_argument with `message` unless `condition` holds.
inline void require(bool condition, const std::string& message) {
  if (!condition) throw std::invalid_argument(message);
}

inline void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

}  // namespace slimline
