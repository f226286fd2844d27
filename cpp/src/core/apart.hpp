// Values kept apart.
#pragma once

namespace slimline {

// The value, of which the compiler cannot make a lane of a register beside its neighbours: where
// these come from all over memory, putting them together takes longer than working on each.
template <class T>
T apart(T value) {
#if defined(__GNUC__) && defined(__x86_64__)
  __asm__("" : "+x"(value));
#elif defined(__GNUC__) && defined(__aarch64__)
  __asm__("" : "+w"(value));
#endif
  return value;
}

}  // namespace slimline
