"""What goes into a file comes out of it, and the same bytes stand for the same things."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file
from slimline.persistence import (
    FORMATS,
    FormatError,
    digest,
    inspect_file,
    read_file,
    verify_file,
    write_file,
)
from slimline.persistence.formats.safetensors import MAX_HEADER
from slimline.persistence.tensors import DTYPES, Array

EVERY_FORMAT = pytest.mark.parametrize("file_format", FORMATS)
QUICK = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

arrays = st.sampled_from(list(DTYPES)).flatmap(
    lambda dtype: hnp.arrays(
        st.sampled_from([np.dtype(dtype), np.dtype(dtype).newbyteorder(">")]),
        hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
        elements={"allow_nan": False, "allow_infinity": False} if dtype[0] == "f" else None,
    )
)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
json_values = st.recursive(
    leaves, lambda v: st.lists(v, max_size=4) | st.dictionaries(texts, v, max_size=4), max_leaves=12
)


def assert_same(read: dict[str, Array], written: dict[str, Array]) -> None:
    assert read.keys() == written.keys()
    for name, array in read.items():
        assert array.dtype == DTYPES[written[name].dtype.name]
        assert array.shape == written[name].shape
        assert array.tobytes() == written[name].astype(array.dtype).tobytes()
        assert array.flags.c_contiguous
        assert array.flags.aligned
        assert not array.flags.writeable


@EVERY_FORMAT
@QUICK
@given(
    tensors=st.dictionaries(names, arrays, max_size=5),
    content=st.dictionaries(texts, json_values, max_size=4),
)
def test_read_returns_what_was_written(
    file_format: str, tensors: dict[str, Array], content: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "x.slim"
    sha256 = write_file(path, tensors, content, file_format=file_format)
    assert sha256 == digest(tensors, content, file_format=file_format)
    for mmap in (False, True):
        read, read_content = read_file(path, mmap=mmap)
        assert_same(read, tensors)
        assert read_content == content
        assert json.dumps(read_content, sort_keys=True) == json.dumps(content, sort_keys=True)
    described = inspect_file(path)
    assert described["content"] == content
    assert described["sha256"] == sha256
    assert {t["name"]: tuple(t["shape"]) for t in described["tensors"]} == {
        name: array.shape for name, array in tensors.items()
    }


@EVERY_FORMAT
def test_the_same_bytes_in_any_order_layout_and_process(
    file_format: str, tmp_path: Path, tensors: dict[str, Array], content: dict[str, Any]
) -> None:
    first, second, third = (tmp_path / name for name in "123")
    write_file(first, tensors, content, file_format=file_format)
    turned = {name: np.asfortranarray(tensors[name]) for name in reversed(list(tensors))}
    turned["scalar"] = tensors["scalar"]
    write_file(second, turned, dict(reversed(content.items())), file_format=file_format)
    assert first.read_bytes() == second.read_bytes()
    program = (
        "import sys; from slimline.persistence import *; "
        "write_file(sys.argv[2], *read_file(sys.argv[1]), file_format=sys.argv[3])"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    arguments = [sys.executable, "-c", program, str(first), str(third), file_format]
    subprocess.run(arguments, check=True, env=environment)
    assert first.read_bytes() == third.read_bytes()


def test_the_safetensors_library_reads_the_file(
    saved: Path, tensors: dict[str, Array], content: dict[str, Any]
) -> None:
    loaded = load_file(saved)
    assert loaded.keys() == tensors.keys()
    for name, array in loaded.items():
        np.testing.assert_array_equal(array, tensors[name], strict=True)
    with safetensors.safe_open(saved, "np") as file:
        assert json.loads(file.metadata()["slimline"])["content"] == content


def test_inspect(saved: Path, tensors: dict[str, Array], content: dict[str, Any]) -> None:
    described = json.loads(json.dumps(inspect_file(saved)))
    listed = {t["name"]: (t["dtype"], t["shape"], t["bytes"]) for t in described.pop("tensors")}
    assert listed == {n: (a.dtype.name, list(a.shape), a.nbytes) for n, a in tensors.items()}
    assert described == {
        "format": "safetensors",
        "format_version": 1,
        "sha256": digest(tensors, content),
        "model_sha256": digest(tensors, content),
        "signed_by": None,
        "encrypted": False,
        "bytes": saved.stat().st_size,
        "content": content,
    }


def test_mapped_tensors_are_not_verified_until_asked(saved: Path) -> None:
    file = bytearray(saved.read_bytes())
    file[-1] ^= 1
    saved.write_bytes(file)
    read_file(saved, mmap=True)
    for reader in (read_file, verify_file, inspect_file):
        with pytest.raises(FormatError, match="damaged"):
            reader(saved)


def test_mapped_tensors_outlive_a_replaced_file(saved: Path, tensors: dict[str, Array]) -> None:
    mapped, _ = read_file(saved, mmap=True)
    write_file(saved, {}, {})
    assert_same(mapped, tensors)


def test_symbolic_link_is_read(saved: Path, tensors: dict[str, Array], tmp_path: Path) -> None:
    link = tmp_path / "link.slim"
    link.symlink_to(saved)
    assert_same(read_file(link)[0], tensors)
    assert_same(read_file(tmp_path / ".." / tmp_path.name / "saved.slim")[0], tensors)


@pytest.mark.parametrize("reader", [read_file, inspect_file, verify_file])
def test_what_is_no_regular_file(reader: Any, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo, Path(os.devnull)):
        with pytest.raises(FormatError, match=f"{path.name}': not a regular file"):
            reader(path)
    with pytest.raises(FileNotFoundError, match="missing"):
        reader(tmp_path / "missing")
    with pytest.raises(NotADirectoryError):
        reader(Path(os.devnull) / "x")


def test_unreadable_file(public_path: Path) -> None:
    path = public_path / "x.slim"
    write_file(path, {}, {})
    path.chmod(0)
    program = (
        "import os, sys; from slimline.persistence import read_file\n"
        "os.getuid() or os.setuid(65534)  # root reads everything\n"
        "try: read_file(sys.argv[1])\nexcept PermissionError: print('refused')"
    )
    arguments = [sys.executable, "-c", program, str(path)]
    output = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    assert output == "refused\n"


GOOD = np.zeros(2)


@pytest.mark.parametrize(
    ("tensors", "content", "error", "message"),
    [
        ({"w": np.array([1, np.nan])}, {}, ValueError, r"tensors\['w'\] must be finite"),
        ({"w": np.array([np.inf], np.float16)}, {}, ValueError, r"tensors\['w'\] must be finite"),
        ({"w": np.array([2], np.uint8).view(bool)}, {}, ValueError, "must hold booleans"),
        ({"w": np.zeros(2, complex)}, {}, TypeError, "dtype of bool, .*got complex128"),
        ({"w": np.array([None])}, {}, TypeError, "dtype of bool, .*got object"),
        ({"w": np.array(["a"])}, {}, TypeError, "dtype of bool, .*got <U1"),
        ({"w": np.zeros((1,) * 9)}, {}, ValueError, "at most 8 dimensions, got 9"),
        ({"": GOOD}, {}, ValueError, "tensor name must begin"),
        ({"../w": GOOD}, {}, ValueError, "tensor name must begin"),
        ({"w\n": GOOD}, {}, ValueError, "tensor name must begin"),
        ({"w" * 201: GOOD}, {}, ValueError, "tensor name must begin"),
        ({"__metadata__": GOOD}, {}, ValueError, "tensor name must begin"),
        ({}, {"a": float("nan")}, ValueError, "content must be"),
        ({}, {"a": -float("inf")}, ValueError, "content must be"),
        ({}, {"a": 2**64}, ValueError, "content must be.*64 bits"),
        ({}, {"a": "\ud800"}, ValueError, "content must be"),
        ({}, {"a": (1, 2)}, TypeError, "content must be.*tuple"),
        ({}, {1: 2}, TypeError, "content must be.*key"),
        ({}, {1: 2, "a": 3}, TypeError, "content must be"),
        ({}, {"a": GOOD}, TypeError, "content must be"),
        ({}, [], TypeError, "content must be a dict"),
        ({}, {"a": "b" * MAX_HEADER}, ValueError, "header must have"),
        ({}, {"a": list(range(200_000))}, ValueError, "200,000 values"),
    ],
)
def test_what_a_file_cannot_hold(
    tensors: Any, content: Any, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        write_file(tmp_path / "x.slim", tensors, content)
    assert not list(tmp_path.iterdir())


def test_content_that_is_too_deep_or_contains_itself(tmp_path: Path) -> None:
    circle: dict[str, Any] = {}
    circle["a"] = circle
    deep: Any = 0
    for _ in range(5000):
        deep = [deep]
    for content in (circle, {"a": deep}):
        with pytest.raises(ValueError, match="content must be"):
            write_file(tmp_path / "x.slim", {}, content)


def test_unknown_format_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"file_format must be one of .*safetensors.*, got 'hdf5'"):
        write_file(tmp_path / "x.slim", {}, {}, file_format="hdf5")


def test_mode(tmp_path: Path) -> None:
    path, plain = tmp_path / "x.slim", tmp_path / "plain"
    plain.touch()
    for mode, expected in [
        (None, plain.stat().st_mode),
        (0o640, 0o640),
        (None, 0o640),
        (0o600, 0o600),
    ]:
        write_file(path, {}, {}, mode=mode)
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(expected)
