#!/usr/bin/env bash
# The Python tests on an extension built with -fsanitize=address,undefined, which is installed already, with pytest-xdist.
set -euo pipefail
cd "$(dirname "$0")/.."
libraries=$(for name in libasan.so libubsan.so libstdc++.so; do g++ -print-file-name="$name"; done | tr '\n' ' ')
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ASAN_OPTIONS=detect_leaks=0
LD_PRELOAD=$libraries pytest -n auto -p no:benchmark "$@"
