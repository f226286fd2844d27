#!/usr/bin/env bash
# What the tests reach. In an environment with the packages of nox -s coverage; needs doctest.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export COVERAGE_FILE="$work/coverage"
# Counts get lost where threads meet, but no line loses all; atomic ones would take several times as long.
flags="--coverage -O1"

pip install -q --no-deps --no-build-isolation --config-settings=build-dir="$work/build" --config-settings=cmake.build-type=Debug \
  --config-settings=cmake.define.CMAKE_CXX_FLAGS="$flags" --config-settings=cmake.define.SLIMLINE_BUILD_TESTS=ON .
ctest --test-dir "$work/build" -j "$(nproc)" --output-on-failure -E 'one_symbol|consumer' # coverage adds symbols
# Not what counts allocations: the tracer makes some of its own.
coverage run -m pytest -q -n auto -p no:benchmark --deselect tests/python/model/test_predictor.py::test_no_memory_is_taken_after_the_first_call
coverage combine -q
coverage report --skip-covered --fail-under=95

gcovr --root . --filter cpp/ --filter python/bindings/ --exclude-throw-branches --merge-lines \
  --gcov-ignore-parse-errors=negative_hits.warn_once_per_file --gcov-suspicious-hits-threshold=0 \
  --fail-under-line 90 --print-summary "$work/build"
