#!/usr/bin/env bash
# The Python tests on an extension built with -fsanitize=address,undefined, which is installed already, with pytest-xdist.
set -euo pipefail
cd "$(dirname "$0")/.."
libraries=$(for name in libasan.so libubsan.so libstdc++.so; do g++ -print-file-name="$name"; done | tr '\n' ' ')
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ASAN_OPTIONS=detect_leaks=0
# Not what measures memory, of which sanitizers take twice as much, nor a browser, which does not start with them.
LD_PRELOAD=$libraries pytest -n auto -p no:benchmark \
  --deselect tests/python/integration/test_out_of_core.py::test_out_of_core_example_stays_within_its_memory_and_learns \
  --deselect tests/python/pages/test_pages.py::test_a_browser_shows_the_page_without_complaint "$@"
