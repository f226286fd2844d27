"""C headers: compiled without libraries, the same classes on every row, the same bits for int8."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
import slimline as sl
from interop.models import (
    KIND_MAKERS,
    LABELS,
    MODELS,
    X,
    by_feature,
    far_from_zero,
    labelled,
    network,
)
from slimline._core import activation_names
from slimline.interop import _activations
from slimline.layers import KINDS
from slimline.model.links import LINKS

STRICT = ["-std=c99", "-pedantic", "-O2", "-Wall", "-Wextra", "-Werror", "-Wconversion"]
NAMES = {name: f"m{i}" for i, name in enumerate(MODELS)}

RUN = """
void {c}_run(const {real} *X, long n, float *out, int *classes, float *p) {{
  for (long i = 0; i < n; ++i) {{
    {c}_outputs(X + i * {d}, out + i * {k});
    classes[i] = {winner};
    {probabilities};
  }}
  (void)p;
}}
"""


def compiled(folder: Path, models: dict[str, sl.Model], *options: str) -> ctypes.CDLL:
    """All headers in one library, so that their names must not collide."""
    source = []
    for c, model in models.items():
        (folder / f"{c}.h").write_text(sl.to_c(model, c), encoding="utf-8")
        winner = "0" if model.classes is None else f"{c}_class(X + i * {model.input.n_features})"
        shape = {"d": model.input.n_features, "k": model.layers[-1].n_out}
        shape["real"] = "double" if model.input.is_exact else "float"
        chances = (
            f"{c}_probabilities(X + i * {model.input.n_features}, p + i * {c.upper()}_N_CLASSES)"
        )
        chances = chances if model.defines_probabilities else "(void)0"
        source += [f'#include "{c}.h"']
        if model.link == "log":
            source += [f"void {c}_show_values(const float *x, float *y) {{ {c}_values(x, y); }}"]
        source += [
            RUN.format(c=c, winner=winner, probabilities=chances, **shape),
        ]
    (folder / "all.c").write_text("\n".join(source))
    library = folder / "all.so"
    command = ["gcc", *STRICT, *options, "-shared", "-fPIC", "-o", library, folder / "all.c"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("headers")
    return compiled(folder, {NAMES[name]: model for name, model in MODELS.items()})


def run(library, c, model, rows):
    return run_all(library, c, model, rows)[:2]


def run_all(library, c, model, rows):
    """Return outputs, indices of classes, and probabilities where there are some."""
    n_classes = 0 if model.classes is None else len(model.classes)
    p = np.empty((len(rows), n_classes), dtype=np.float32)
    out = np.empty((len(rows), model.layers[-1].n_out), dtype=np.float32)
    classes = np.empty(len(rows), dtype=np.intc)
    function = getattr(library, f"{c}_run")
    function(
        *(
            a.ctypes.data_as(ctypes.c_void_p) if isinstance(a, np.ndarray) else a
            for a in (rows, ctypes.c_long(len(rows)), out, classes, p)
        )
    )
    return out, classes, p


def test_every_kind_of_layer_and_activation_is_written():
    assert set(KINDS) == set(KIND_MAKERS)
    assert set(_activations.ACTIVATIONS) == set(activation_names())


@pytest.mark.parametrize("name", MODELS)
def test_the_same_outputs_and_classes_on_every_row(name, library):
    model = MODELS[name]
    out, classes = run(library, NAMES[name], model, X)
    expected = model.outputs(X)
    if model.classes is not None:
        np.testing.assert_array_equal(model.classes[classes], model.predict(X))
    smooth = "network of" in name and "identity" not in name and "relu" not in name
    if "int8" in name and smooth and "int8_weights" not in name:
        # The C library's tanh and exp differ in the last bit: an integer may flip here and there.
        np.testing.assert_allclose(out, expected, rtol=5e-2, atol=5e-2)
        assert np.isclose(out, expected, rtol=1e-2, atol=1e-2).mean() > 0.999
    elif "int8" in name and "int8_weights" not in name:
        np.testing.assert_array_equal(out, expected)
    else:
        np.testing.assert_allclose(out, expected, rtol=1e-5, atol=2e-6 * np.abs(expected).max())


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name].defines_probabilities])
def test_the_same_probabilities_of_the_outputs(name, library):
    model = MODELS[name]
    out, classes, p = run_all(library, NAMES[name], model, X)
    expected = LINKS[model.link].probabilities(out, len(model.classes))
    np.testing.assert_allclose(p, expected, atol=1e-6)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    assert (p[np.arange(len(X)), classes] >= p.max(axis=1) - 1e-6).all()


def test_the_values_of_a_model_of_logarithms(library):
    model = MODELS["log, dense"]
    values = np.empty(1, dtype=np.float32)
    for row in X[:200]:
        pointers = (a.ctypes.data_as(ctypes.c_void_p) for a in (np.ascontiguousarray(row), values))
        library[f"{NAMES['log, dense']}_show_values"](*pointers)
        np.testing.assert_allclose(values, model.predict(row[None]), rtol=1e-5)


@pytest.mark.parametrize("link", ["logistic", "softmax", "modified_huber"])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_probabilities_of_extreme_outputs(link, n_classes, tmp_path):
    n_out = 1 if n_classes == 2 and link != "softmax" else n_classes
    eye = sl.layers.DenseLayer(
        weight=np.eye(n_out, dtype=np.float32), bias=np.zeros(n_out, dtype=np.float32)
    )
    stage = sl.inputs.InputStage(n_features=n_out)
    model = sl.Model(input=stage, layers=(eye,), link=link, classes=np.arange(n_classes))
    sizes = [0, 1e-7, 0.3, 1, 5, 40, 87, 100, 300, 700, 800, 1e4, 3e38]
    values = np.array([*sizes, *(-size for size in sizes)], dtype=np.float32)
    rows = np.random.default_rng(0).choice(values, size=(3000, n_out))
    library = compiled(tmp_path, {"m": model})
    _, classes, p = run_all(library, "m", model, rows)
    np.testing.assert_allclose(p, model.predict_proba(rows), atol=1e-6)
    np.testing.assert_array_equal(classes, model.predict(rows))


def test_two_models_of_one_name_do_not_compile_into_one_program(tmp_path):
    one, other = network("relu"), network("tanh")
    (tmp_path / "one.h").write_text(sl.to_c(one, "net"), encoding="utf-8")
    program = tmp_path / "both.c"
    program.write_text('#include "one.h"\n#include "one.h"\n#include "other.h"\n')
    for name, compiles in (("net", False), ("NET", False), ("tanh", True)):
        (tmp_path / "other.h").write_text(sl.to_c(other, name), encoding="utf-8")
        command = ["gcc", *STRICT, "-c", program, "-o", tmp_path / "both.o"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == compiles
        assert compiles or f"another model is called {name} too" in done.stderr


@pytest.mark.parametrize("labels", LABELS)
def test_labels_of_every_type_are_constants(labels, tmp_path):
    classes = LABELS[labels]
    (tmp_path / "m.h").write_text(sl.to_c(labelled(classes)[0], "m"), encoding="utf-8")
    kinds = {"U": ("%s", "char *"), "f": ("%.17g", "double"), "u": ("%llu", "unsigned long long")}
    how, kind = kinds.get(classes.dtype.kind, ("%lld", "long long"))
    (tmp_path / "m.c").write_text(
        '#include <stdio.h>\n#include "m.h"\n'
        "int main(void) { for (int i = 0; i < M_N_CLASSES; ++i)"
        f' printf("{how}%c", ({kind})m_labels[i], 0); return 0; }}'
    )
    command = ["gcc", "-std=c99", "-Wall", "m.c", "-o", "m"]
    subprocess.run(command, check=True, cwd=tmp_path)
    shown = subprocess.run([tmp_path / "m"], check=True, capture_output=True).stdout
    texts = shown.decode().split("\0")[:-1]
    convert = str if classes.dtype.kind == "U" else float if classes.dtype.kind == "f" else int
    assert [convert(text) for text in texts] == classes.tolist()


@pytest.mark.parametrize("kind", KIND_MAKERS)
def test_models_pruned_by_feature_take_full_rows_or_rows_of_the_kept_columns(kind, tmp_path):
    full, kept = (by_feature(network("relu"), reads) for reads in ("full", "kept"))
    columns = full.input.selected
    full = KIND_MAKERS[kind](full, X)
    kept = KIND_MAKERS[kind](kept, X[:, columns].copy())
    library = compiled(tmp_path, {"full": full, "kept": kept})
    out, classes = run(library, "full", full, X)
    narrow, narrow_classes = run(library, "kept", kept, X[:, columns].copy())
    np.testing.assert_array_equal(classes, full.predict(X))
    np.testing.assert_array_equal(narrow_classes, classes)
    np.testing.assert_array_equal(narrow, out)
    other = X.copy()
    other[:, np.setdiff1d(np.arange(64), columns)] = np.float32(1e9)
    np.testing.assert_array_equal(run(library, "full", full, other)[0], out)


def test_rows_of_double_where_the_model_standardises_in_it(tmp_path):
    model, rows = far_from_zero()
    models = {
        "plain": model,
        "exact": sl.quantize(model),
        "few": sl.prune(model, n_features=4, granularity="feature"),
    }
    library = compiled(tmp_path, models)
    for name, each in models.items():
        out, classes = run(library, name, each, rows)
        np.testing.assert_array_equal(each.classes[classes], each.predict(rows))
        np.testing.assert_allclose(out, each.outputs(rows), rtol=1e-5, atol=1e-5)
    out, _ = run(library, "exact", models["exact"], rows)
    np.testing.assert_array_equal(out, models["exact"].outputs(rows))


@pytest.mark.filterwarnings("ignore::slimline.DegradationWarning")  # on purpose
def test_one_feature_may_be_left(tmp_path):
    model = sl.prune(network("relu"), n_features=1, granularity="feature")
    out, _ = run(compiled(tmp_path, {"one": model}), "one", model, X)
    np.testing.assert_allclose(out, model.outputs(X), rtol=1e-5, atol=1e-5)


def test_int8_gives_the_same_bits_on_extreme_rows(tmp_path):
    model = sl.quantize(network("relu"))
    rng = np.random.default_rng(1)
    rows = np.vstack(
        [
            np.zeros(64),
            np.full(64, 1e-40),
            np.full(64, 3e30),
            rng.normal(size=(200, 64)) * 10.0 ** rng.integers(-6, 7, size=(200, 1)),
            rng.integers(-3, 4, size=(50, 64)) + 0.5,
        ]
    ).astype(np.float32)
    out, _ = run(compiled(tmp_path, {"one": model}), "one", model, rows)
    np.testing.assert_array_equal(out, model.outputs(rows))


@pytest.mark.parametrize("name", ["tanh", "logistic", "gelu"])
def test_functions_of_the_header_are_accurate(name, tmp_path):
    rows = np.concatenate([np.linspace(-30, 30, 20001), np.logspace(-20, 0, 400)]).astype(
        np.float32
    )
    eye = sl.layers.DenseLayer(
        weight=np.ones((1, 1), np.float32), bias=np.zeros(1, dtype=np.float32), activation=name
    )
    stage = sl.inputs.InputStage(n_features=1)
    model = sl.Model(input=stage, layers=(eye,), link="identity", classes=None)
    out, _ = run(compiled(tmp_path, {"f": model}), "f", model, rows[:, None].copy())
    np.testing.assert_allclose(out, model.outputs(rows[:, None]), rtol=1e-6, atol=3e-7)


def test_a_header_needs_nothing_to_link_with(tmp_path):
    models = {NAMES[name]: model for name, model in MODELS.items() if "network" in name}
    options = ("-ffreestanding", "-fno-tree-loop-distribute-patterns", "-nostdlib")
    compiled(tmp_path, models, *options)
    wanted = ["nm", "--undefined-only", str(tmp_path / "all.so")]
    symbols = subprocess.run(wanted, check=True, capture_output=True, text=True).stdout
    assert symbols.strip() == ""


def test_a_header_is_cpp_too(tmp_path):
    (tmp_path / "m.h").write_text(sl.to_c(sl.quantize(network("gelu")), "m"), encoding="utf-8")
    (tmp_path / "m.cpp").write_text(
        '#include "m.h"\n#include "m.h"\nint f(const float* x) { return m_class(x); }'
    )
    command = ["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-c", "m.cpp", "-o", "m.o"]
    subprocess.run(command, check=True, cwd=tmp_path)


def test_labels_of_every_type(tmp_path):
    layer = network("relu").layers[-1]
    stage = sl.inputs.InputStage(n_features=33)
    lists = {
        "texts": (np.array(['a"b', "c\\d", "??/", "ü@\n", *"efghij"]), "%s", ctypes.c_char_p),
        "integers": (np.array([-(2**63), 2**63 - 1, *range(8)]), "%lld", ctypes.c_int64),
        "large": (np.array([2**64 - 1, *range(9)], np.uint64), "%llu", ctypes.c_uint64),
        "floats": (np.array([0.1, -1e300, *range(8)]), "%.17g", ctypes.c_double),
    }
    for name, (labels, _, kind) in lists.items():
        model = sl.Model(input=stage, layers=(layer,), link="softmax", classes=labels)
        (tmp_path / f"{name}.h").write_text(sl.to_c(model, name), encoding="utf-8")
        source = f'#include "{name}.h"\nconst void *get(void) {{ return {name}_labels; }}'
        (tmp_path / f"{name}.c").write_text(source)
        library = tmp_path / f"{name}.so"
        command = [
            "gcc",
            *STRICT,
            "-trigraphs",
            "-Wno-unused-function",
            "-shared",
            "-fPIC",
            "-o",
            library,
            tmp_path / f"{name}.c",
        ]
        subprocess.run(command, check=True)
        get = ctypes.CDLL(str(library)).get
        get.restype = ctypes.POINTER(kind)
        got = [value.decode() if isinstance(value, bytes) else value for value in get()[:10]]
        assert got == labels.tolist()


def test_refusals():
    with pytest.raises(TypeError, match="model must be a slimline Model"):
        sl.to_c(3)
    for name in ("", "1a", "a-b", "a" * 42, "a\n"):
        with pytest.raises(ValueError, match="name must be a C identifier"):
            sl.to_c(network("relu"), name)
