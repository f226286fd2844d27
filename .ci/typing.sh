#!/usr/bin/env bash
# Typed code of users against the installed package, and the stub of the extension. For nox -s typing.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp tests/typing/user_code.py "$work" # away from the sources: only what is installed counts
cd "$work"
mypy --strict user_code.py
pyright --pythonpath "$(command -v python)" user_code.py
pytest -q "$OLDPWD/tests/python/test_stub.py" --rootdir "$OLDPWD" -c "$OLDPWD/pyproject.toml"
