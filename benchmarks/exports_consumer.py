"""A C++ project that uses the installed library: classes by its layers and by the header of to_c.

For each model one program, which includes the header, puts the header's arrays into a
slimline::Stack, sends every row of a file through both, and writes both classes of each row.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import slimline as sl
from slimline.interop.c_header import array

CMAKE = """cmake_minimum_required(VERSION 3.25)
project(rows LANGUAGES CXX)
find_package(slimline REQUIRED)
foreach(name IN ITEMS {names})
  add_executable(${{name}} ${{name}}.cpp)
  target_link_libraries(${{name}} PRIVATE slimline::slimline)
  target_compile_options(${{name}} PRIVATE -ffp-contract=off -Wall -Wextra -Wno-unused)
endforeach()
"""

PROGRAM = """#include <algorithm>
#include <cstdint>
#include <fstream>
#include <slimline/layers/stack.hpp>
#include <slimline/matrix.hpp>
#include <vector>
#include "{name}.h"

{more}

template <class T, std::size_t N>
slimline::MatrixView<const T> matrix(const T (&values)[N], std::size_t rows) {{
  return {{values, rows, N / rows}};
}}

template <class T, std::size_t N>
std::vector<std::int32_t> numbers(const T (&values)[N], bool from_zero = false) {{
  std::vector<std::int32_t> found(N + from_zero);
  std::copy_n(values, N, found.begin() + from_zero);
  return found;
}}

int main(int, char** arguments) {{
  slimline::Stack stack(m_N_FEATURES);
{build}
  std::ifstream file(arguments[1], std::ios::binary | std::ios::ate);
  const std::size_t n = static_cast<std::size_t>(file.tellg()) / sizeof(float) / m_N_FEATURES;
  slimline::Matrix<float> X(n, m_N_FEATURES);
  file.seekg(0).read(reinterpret_cast<char*>(X.row(0)), n * m_N_FEATURES * sizeof(float));
  std::vector<std::int64_t> classes(2 * n);
  stack.winners(X.view(), std::span(classes).first(n), 1);
  for (std::size_t i = 0; i < n; ++i) classes[n + i] = m_class(X.row(i));
  std::ofstream(arguments[2], std::ios::binary)
      .write(reinterpret_cast<const char*>(classes.data()), classes.size() * sizeof classes[0]);
}}
"""

LAYERS = {
    "dense": '  stack.add(slimline::DenseLayer(matrix(m_w{i}, {n}), m_b{i}, "{act}"));',
    "sparse": "  const auto at{i} = numbers(m_at{i}), end{i} = numbers(m_end{i}, true);\n"
    "  stack.add(slimline::SparseLayer("
    '{{m_w{i}, at{i}, end{i}, {n_in}, 1}}, m_b{i}, "{act}"));',
    "int8": '  stack.add(slimline::Int8Layer(matrix(m_w{i}, {n}), m_s{i}, m_b{i}, "{act}"));',
    "int8_static": "  stack.add(slimline::Int8StaticLayer("
    'matrix(m_w{i}, {n}), m_s{i}, m_b{i}, {{m_low{i}, m_step{i}}}, "{act}"));',
}
LAYERS["sparse_int8"] = LAYERS["int8"]  # the header stores its zeros; the bits are the same


def program(model: sl.Model, name: str) -> str:
    """Return the source of one model's program; its header has the prefix m."""
    lines = []
    if model.input.selected is not None:
        lines.append("  stack.set_columns(numbers(m_column));")
    if model.input.standardizes:
        lines.append("  stack.set_standardize(m_offset, m_scale);")
    for i, layer in enumerate(model.layers):
        shape = {"n": layer.n_out, "n_in": layer.n_in, "act": layer.activation}
        lines.append(LAYERS[layer.kind].format(i=i, **shape))
    steps = [  # a header holds their inverse alone
        array(f"step{i}", layer.input_step).replace("@", "m")
        for i, layer in enumerate(model.layers)
        if layer.kind == "int8_static"
    ]
    text = PROGRAM.format(name=name, more="\n".join(steps), build="\n".join(lines))
    return text.replace("m_N_", "M_N_")


def classes_by_consumer(
    models: dict[str, sl.Model], X: np.ndarray, prefix: Path, folder: Path
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return, for each model, the classes of all rows by the library's layers and by the header.

    ``prefix`` is where the library is installed; ``folder`` is for the project.
    """
    names = {title: f"model{k}" for k, title in enumerate(models)}
    for title, model in models.items():
        (folder / f"{names[title]}.h").write_text(sl.to_c(model, "m"), encoding="utf-8")
        (folder / f"{names[title]}.cpp").write_text(program(model, names[title]))
    (folder / "CMakeLists.txt").write_text(CMAKE.format(names=" ".join(names.values())))
    X.tofile(folder / "rows")
    built = folder / "build"
    options = [f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release"]
    for command in (
        ["cmake", "-S", folder, "-B", built, *options],
        ["cmake", "--build", built],
        *([built / name, folder / "rows", folder / name] for name in names.values()),
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    found = {}
    for title, model in models.items():
        layers, header = np.fromfile(folder / names[title], dtype=np.int64).reshape(2, len(X))
        found[title] = (model.classes[layers], model.classes[header])
    return found
