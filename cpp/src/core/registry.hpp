// A registry is a std::variant of small structs, each with a static `name`: the list of losses, of
// penalties, of schedules. Looking up a name returns the variant; std::visit then compiles the loop
// around it once for each entry.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "slimline/error.hpp"

namespace slimline {

template <class Variant>
std::vector<std::string> registry_names() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::vector<std::string>{std::variant_alternative_t<I, Variant>::name...};
  }(std::make_index_sequence<std::variant_size_v<Variant>>{});
}

// The entry called `name`; `what` names the option in the error.
template <class Variant>
Variant registry_make(const std::string& name, const char* what) {
  Variant entry;
  const bool found = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return ((name == std::variant_alternative_t<I, Variant>::name
                 ? (entry.template emplace<I>(), true)
                 : false) ||
            ...);
  }(std::make_index_sequence<std::variant_size_v<Variant>>{});
  if (found) return entry;
  std::string listed;
  for (const std::string& known : registry_names<Variant>()) {
    listed += (listed.empty() ? "" : ", ") + known;
  }
  throw std::invalid_argument(std::string(what) + " must be one of " + listed + ", got " + name);
}

}  // namespace slimline
