#!/usr/bin/env bash
# sdist -> wheel -> repaired wheel -> a new environment -> the tests. In an environment with the packages of
# nox -s wheel. WHEELS=folder keeps what was made.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python -m build --sdist -o "$work/sdist" .
mkdir "$work/unpacked"
tar -xzf "$work"/sdist/slimline-*.tar.gz -C "$work/unpacked" --strip-components=1
python -m build --wheel -o "$work/wheel" "$work/unpacked"
auditwheel show "$work"/wheel/slimline-*.whl
auditwheel repair -w "$work/repaired" "$work"/wheel/slimline-*.whl
wheel=$(echo "$work"/repaired/slimline-*.whl)
check-wheel-contents "$work"/wheel/slimline-*.whl # before the repair, which adds slimline.libs beside it
python - "$wheel" "$work/unpacked/python" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

wheel, source = map(Path, sys.argv[1:])
names = zipfile.ZipFile(wheel).namelist()
size = wheel.stat().st_size
print(f"{wheel.name}: {size / 1e6:.2f} MB, {len(names)} files")
assert size < 4e6, "the wheel must stay under 4 MB"
written = [path for path in source.joinpath("slimline").rglob("*") if path.is_file()]
lacking = {path.relative_to(source).as_posix() for path in written} - set(names)
assert not lacking, f"the wheel lacks {sorted(lacking)}"
for name in ("py.typed", "_core.pyi", "_version.py", "pages/page.html.jinja"):
    assert f"slimline/{name}" in names, f"the wheel lacks {name}"
PYTHON
if [ -n "${WHEELS:-}" ]; then cp "$wheel" "$work"/sdist/* "$WHEELS"; fi

python -m venv "$work/runtime"
"$work/runtime/bin/pip" install -q "$wheel"
"$work/runtime/bin/python" .ci/import_time.py

python -m venv "$work/tests"
"$work/tests/bin/pip" install -q "$wheel[dask,mlflow,test]" pytest-xdist
cd "$work/unpacked"
"$work/tests/bin/pytest" -q -n auto -p no:benchmark
