# What .ci/run and .ci/full share. Sourced with bash from either; leaves them in the root of the project with
# $work, a temporary folder that goes when they end, and nothing on standard input.

set -euo pipefail
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CI=true PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
CMAKE_BUILD_PARALLEL_LEVEL=$(nproc)
export CMAKE_BUILD_PARALLEL_LEVEL
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=$(command -v python3.11 || command -v python3)

# section TITLE: a heading with the seconds since the start.
section() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

# need FILE PACKAGE...: install Debian packages unless FILE exists.
need() {
  local file=$1
  shift
  if [ ! -e "$file" ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
  fi
}

# The same sources are compiled several times; .ci/run called by .ci/full shares the cache. -Werror changes no object, and
# what is compiled with it comes first. CMake alone would take c++, pip's builds g++: two names, two entries. Nobody
# debugs these objects: the folder that they are built in does not matter.
need /usr/bin/ccache ccache
export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=${CCACHE_DIR:-$work/ccache} CCACHE_IGNOREOPTIONS=-Werror \
  CCACHE_NOHASHDIR=1 CXX=g++

# use_new_venv NAME: make a virtual environment and put its programs first on PATH.
use_new_venv() {
  "$python" -m venv "$work/$1"
  VIRTUAL_ENV=$work/$1
  PATH=$VIRTUAL_ENV/bin:$original_path
  export VIRTUAL_ENV PATH
  hash -r
}
original_path=$PATH

# readme_command PREFIX: the one line of README.md that starts with PREFIX, as typed there.
readme_command() {
  local line
  line=$(grep -F "$1" README.md | grep "^pip install" || true)
  if [ "$(printf '%s' "$line" | grep -c '^')" != 1 ]; then
    echo "README.md must hold exactly one command that starts with: $1" >&2
    return 1
  fi
  printf '%s\n' "$line"
}

# as_typed PREFIX: show that line, then run it.
as_typed() {
  local line
  line=$(readme_command "$1")
  printf '$ %s\n' "$line"
  bash -euo pipefail -c "$line"
}

# cpp_tests PRESET [RUNNER...]: configure, build and run the C++ tests, through RUNNER if given.
cpp_tests() {
  local preset=$1
  shift
  cmake --preset "$preset" --fresh -G Ninja >"$work/configure.log" || { cat "$work/configure.log"; return 1; }
  cmake --build --preset "$preset"
  "$@" ctest --preset "$preset" -j "$CMAKE_BUILD_PARALLEL_LEVEL"
}
