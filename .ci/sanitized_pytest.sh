#!/usr/bin/env bash
# The Python tests on an extension built with -fsanitize=address,undefined, which is installed already, with pytest-xdist.
set -euo pipefail
cd "$(dirname "$0")/.."
libraries=$(for name in libasan.so libubsan.so libstdc++.so; do g++ -print-file-name="$name"; done | tr '\n' ' ')
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ASAN_OPTIONS=detect_leaks=0
# What reaches the core; then models whose files are hostile. Not what measures memory, of which sanitizers take twice as much.
LD_PRELOAD=$libraries pytest -n auto -p no:benchmark tests/python/{compression,estimators,layers,lifecycle,persistence} \
  tests/python/test_*.py "$@"
for target in tests/fuzz/fuzz_{files,fits}.py; do
  LD_PRELOAD=$libraries python "$target" --cases 1000000 --seconds 60 --seed 1
done
