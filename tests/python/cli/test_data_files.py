"""Files of rows: whatever is in them is checked before another library indexes with it."""

from __future__ import annotations

import io
import json
import resource
import struct
import warnings
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import slimline as sl
from pyarrow import parquet
from scipy import sparse
from slimline.cli import memory
from slimline.cli.npz import read_npz
from slimline.cli.parquet import read_parquet
from slimline.cli.svmlight import read_svmlight
from slimline.cli.tables import read_csv

GOOD = {
    "data": np.array([1.0, 2.0, 3.0]),
    "indices": np.array([0, 2, 1]),
    "indptr": np.array([0, 2, 3]),
    "shape": np.array([2, 3]),
    "y": np.array([0, 1]),
}

# What is wrong with the parts of a CSR matrix, and what the message says of it.
WRONG_PARTS = {
    "indptr beyond the data": ({"indptr": [0, 2, 9]}, "indptr must rise from 0"),
    "indptr far beyond": ({"indptr": [0, 2**40, 3]}, "indptr must rise from 0"),
    "indptr falls": ({"indptr": [0, 5, 3]}, "indptr must rise from 0"),
    "indptr negative": ({"indptr": [0, -2, 3]}, "indptr must rise from 0"),
    "indptr begins late": ({"indptr": [1, 2, 3]}, "indptr must rise from 0"),
    "indptr too short": ({"indptr": [0, 3]}, "one longer than rows"),
    "indptr empty": ({"indptr": np.zeros(0, int)}, "one longer than rows"),
    "indptr of floats": ({"indptr": [0.0, 2, 3]}, "indptr must hold whole numbers"),
    "indptr unsigned, and huge": (
        {"indptr": np.array([0, 2**64 - 1, 3], np.uint64)},
        "indptr must rise from 0",
    ),
    "indices beyond the columns": ({"indices": [0, 3, 1]}, r"indices must lie in \[0, 3\)"),
    "indices negative": ({"indices": [0, -1, 1]}, r"indices must lie in \[0, 3\)"),
    "indices unsigned, and huge": (
        {"indices": np.array([0, 2**64 - 1, 1], np.uint64)},
        r"indices must lie in \[0, 3\)",
    ),
    "indices too short": ({"indices": [0, 1]}, "indptr must rise from 0"),
    "indices in two dimensions": ({"indices": [[0, 1, 2]]}, "in one dimension"),
    "data of texts": ({"data": ["a", "b", "c"]}, "data must hold numbers"),
    "data complex": ({"data": [1j, 2, 3]}, "data must be a plain array"),
    "shape of floats": ({"shape": [2.0, 3.0]}, "shape must hold whole numbers"),
    "shape of one": ({"shape": [2]}, "shape must be the numbers of rows and columns"),
    "shape of three": ({"shape": [2, 3, 4]}, "shape must be the numbers of rows and columns"),
    "shape negative": ({"shape": [2, -3]}, "shape must be the numbers of rows and columns"),
    "shape without columns": ({"shape": [2, 0]}, "shape must be the numbers of rows and columns"),
    "shape beyond all": ({"shape": np.array([2, 2**64 - 1], np.uint64)}, "shape must be"),
    "rows that are not there": ({"shape": [2**40, 3]}, "one longer than rows"),
    "columns first": ({"format": b"csc"}, "format must be csr"),
    "columns first, as text": ({"format": "csc"}, "format must be csr, got 'csc'"),
    "a format of objects": ({"format": np.zeros((2, 2))}, "format must be csr"),
    "data missing": ({"data": None}, "it lacks data"),
    "objects": ({"data": np.array([{}, 1, 2], object)}, "data must be a plain array"),
    "dates as y": ({"y": np.array([1, 2], "M8[s]")}, "y must be a plain array"),
    "bytes as y": ({"y": np.array([b"a", b"b"])}, "y must hold numbers or texts"),
    "y a number": ({"y": np.array(1)}, "y must hold numbers or texts"),
    "y in three dimensions": ({"y": np.zeros((2, 1, 1))}, "at most 2 dimensions"),
}


def saved(path, arrays):
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


@pytest.mark.parametrize(("parts", "message"), WRONG_PARTS.values(), ids=WRONG_PARTS)
def test_parts_that_do_not_fit_together(parts, message, tmp_path):
    path = saved(tmp_path / "a.npz", GOOD | parts)
    with pytest.raises(ValueError, match=message) as raised:
        read_npz(path)
    assert str(path) in str(raised.value)
    assert len(str(raised.value)) < 600


def test_the_command_line_survives_a_wrong_indptr(shell):
    saved(shell.folder / "a.npz", GOOD | {"indptr": np.array([0, 10**9, 3])})
    for command in (("train", "a.npz", "m.slim"), ("train", "a.npz", "m.slim", "--no-scale")):
        done = shell(*command)
        assert done.returncode == 1
        assert "indptr must rise" in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (shell.folder / "m.slim").exists()


def test_honest_arrays_come_as_they_are(tmp_path):
    X = np.arange(12).reshape(4, 3) % 5
    dtypes = ("f2", "<f4", ">f4", "f8", ">f8", "i1", ">i2", "u4", "u8", "?")
    for dtype in dtypes:
        for order in ("C", "F"):
            array = X.astype(dtype, order=order)
            for save in (np.savez, np.savez_compressed):
                save(tmp_path / "a.npz", X=array, y=np.array(["ä", "b", "\U0001f600", ""]), Z=X)
                got, y = read_npz(tmp_path / "a.npz")
                np.testing.assert_array_equal(got, array)
                assert got.dtype == array.dtype.newbyteorder("=")
                assert y.tolist() == ["ä", "b", "\U0001f600", ""]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_header(version, tmp_path):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ones((2, 3)), version)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", file.getvalue())
    X, y = read_npz(tmp_path / "a.npz")
    assert (X.shape, y) == ((2, 3), None)


def test_honest_sparse_rows_come_as_they_are(tmp_path):
    rows = sparse.random_array((50, 20), density=0.2, format="csr", rng=np.random.default_rng(0))
    sparse.save_npz(tmp_path / "a.npz", rows)
    X, y = read_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(X.toarray(), rows.toarray().astype(np.float32))
    assert y is None
    X, _ = read_npz(saved(tmp_path / "named.npz", GOOD | {"format": np.array("csr")}))
    assert X.shape == (2, 3)
    wide = GOOD | {"shape": np.array([2, 2**40]), "indices": np.array([0, 2**39, 1])}
    X, _ = read_npz(saved(tmp_path / "wide.npz", wide))
    assert (X.shape, X.indices.dtype) == ((2, 2**40), np.int64)
    small = {"indptr": np.array([0, 2, 3], np.uint8), "indices": np.array([0, 2, 1], np.int8)}
    X, _ = read_npz(saved(tmp_path / "small.npz", GOOD | small))
    assert X.toarray().tolist() == [[1, 0, 2], [0, 3, 0]]


def test_cells_that_come_twice_are_added_as_scipy_does(tmp_path):
    X, _ = read_npz(saved(tmp_path / "a.npz", GOOD | {"indices": np.array([1, 1, 0])}))
    assert X.toarray().tolist() == [[0, 3, 0], [3, 0, 0]]
    assert X.has_canonical_format


def member(descr="'<f8'", shape="(2, 2)", body=bytes(32), length=None, version=1):
    """Return a member with any header."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    form = "<H" if version == 1 else "<I"
    size = struct.pack(form, len(text) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + body


FORGED = {
    "huge": (member(shape=f"({2**40},)"), "takes 8,796,093,022,208 bytes"),
    "a product that wraps": (member(shape=f"({2**32}, {2**32})"), "bytes, but 32 follow"),
    "too small": (member(shape="(1, 2)"), "takes 16 bytes"),
    "no entries in endless rows": (member(shape=f"({2**62}, 0)", body=b""), "array is too big"),
    "no entries in many rows": (member(shape="(1000000, 0)", body=b""), "at least one of each"),
    "negative": (member(shape="(-1, 4)"), "plain array"),
    "an expression": (member(shape="(2**40,)"), "plain array"),
    "many dimensions": (member(shape="(1," * 60 + ")"), "plain array"),
    "three dimensions": (member(shape="(2, 2, 1)"), "at most 2 dimensions"),
    "one dimension": (member(shape="(4,)"), "rows and columns"),
    "objects": (member(descr="'O'"), "plain array"),
    "records": (member(descr="[('a', '<f8')]"), "plain array"),
    "a sub-array": (member(descr="'(2,)f8'"), "plain array"),
    "code as dtype": (member(descr="'__import__(\"os\")'"), "plain array"),
    "long double": (member(descr="'<f16'", shape="(2, 1)"), "plain array"),
    "texts": (member(descr="'<U2'", shape="(2, 2)"), "rows and columns"),
    "texts without width": (member(descr="'<U0'", body=b""), "plain array"),
    "deep": (member(shape="(" * 9000), "plain array"),
    "signs": (member(shape="-" * 9000 + "1"), "plain array"),
    "a header beyond the member": (member(length=65535), "plain array"),
    "an empty header": (member(length=0), "plain array"),
    "an unknown version": (member(version=9), "NumPy's format"),
    "nothing": (b"", "NumPy's format"),
    "half a magic": (b"\x93NUM", "NumPy's format"),
    "no length": (b"\x93NUMPY\x01\x00", "npz file"),
}


@pytest.mark.parametrize(("content", "message"), FORGED.values(), ids=FORGED)
def test_headers_that_declare_what_is_not_there(content, message, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", content)
        archive.writestr("y.npy", member(shape="(4,)"))
    with pytest.raises(ValueError, match=message) as raised:
        read_npz(tmp_path / "a.npz")
    assert len(str(raised.value)) < 500


def test_texts_beyond_unicode_and_bools_beyond_two(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", member(descr="'|b1'", shape="(2, 2)", body=b"\0\1\2\xff"))
        archive.writestr("y.npy", member(descr="'<U1'", shape="(1,)", body=b"\xff\xff\xff\x7f"))
    with pytest.raises(ValueError, match="a character beyond Unicode"):
        read_npz(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("X.npy", member(descr="'|b1'", shape="(2, 2)", body=b"\0\1\2\xff"))
    X, _ = read_npz(tmp_path / "b.npz")
    assert X.view(np.uint8).tolist() == [[0, 1], [1, 1]]


def directory_says(path, offset, value):
    """Change a field of the last entry of an archive's directory."""
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02") + offset
    content[at : at + 4] = struct.pack("<I", value)
    path.write_bytes(content)


@pytest.mark.parametrize("value", [0, 1, 10**6, 2**32 - 2])
@pytest.mark.parametrize("offset", [16, 20, 24, 42], ids=["crc", "packed", "size", "place"])
def test_archives_that_lie(offset, value, tmp_path):
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", X=np.eye(20))
        directory_says(tmp_path / "a.npz", offset, value)
        try:
            X, _ = read_npz(tmp_path / "a.npz")
        except ValueError as error:
            assert "must be an .npz file" in str(error)  # noqa: PT017 - either is right
        else:
            np.testing.assert_array_equal(X, np.eye(20))


def test_archives_packed_otherwise_encrypted_or_with_a_member_twice(tmp_path):
    X = member()
    for how in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(tmp_path / "a.npz", "w", how) as archive:
            archive.writestr("X.npy", X)
        with pytest.raises(ValueError, match="stored or deflated"):
            read_npz(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("X.npy", X)
        archive.writestr("X.npy", X)
    with pytest.raises(ValueError, match="holds 'X' twice"):
        read_npz(tmp_path / "b.npz")
    with zipfile.ZipFile(tmp_path / "c.npz", "w") as archive:
        archive.writestr("X.npy", X)
    content = bytearray((tmp_path / "c.npz").read_bytes())
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "c.npz").write_bytes(content)
    with pytest.raises(ValueError, match="encrypted"):
        read_npz(tmp_path / "c.npz")


def test_what_does_not_fit_into_memory_is_told_before_it_is_asked_for(tmp_path, monkeypatch, shell):
    np.savez_compressed(tmp_path / "zeros.npz", X=np.zeros((2000, 1000)), y=np.zeros(2000))
    assert (tmp_path / "zeros.npz").stat().st_size < 50_000
    (tmp_path / "rows.svm").write_text(f"1 1:1\n2 {2**31 - 1}:1\n")
    monkeypatch.setattr(memory, "most_bytes", lambda: 10**7)
    with pytest.raises(ValueError, match="its arrays would take 15 MiB, and this process can have"):
        read_npz(tmp_path / "zeros.npz")
    done = shell("train", "rows.svm", "m.slim")
    assert done.returncode == 1
    assert "a model of 2,147,483,647 columns would take" in done.stderr
    table = pa.table({"a": np.zeros(10**6), "target": np.zeros(10**6)})
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="its rows would take"):
        read_parquet(tmp_path / "a.parquet")


def test_the_most_bytes_are_those_of_machine_group_and_limit(tmp_path, monkeypatch):
    machine = memory.most_bytes()
    assert machine > 10**8
    (tmp_path / "memory.max").write_text("123456789\n")
    (tmp_path / "none").write_text("max\n")
    monkeypatch.setattr(memory, "_GROUP_LIMITS", (tmp_path / "none", tmp_path / "missing"))
    assert memory.most_bytes() >= machine
    monkeypatch.setattr(memory, "_GROUP_LIMITS", (tmp_path / "memory.max",))
    assert memory.most_bytes() == 123456789
    monkeypatch.setattr(resource, "getrlimit", lambda _: (10**6, 10**6))
    assert memory.most_bytes() == 10**6


SVMLIGHT = {
    "1 2147483648:1": "line 2 has column 2147483648, beyond 2147483647",
    "1 4294967297:1": "line 2 has column 4294967297, beyond",
    f"1 {'9' * 5000}:1": "beyond 2147483647",
    "1 0:1": "column 0 after 0: columns must ascend from 1",
    "1 2:1 2:1": "column 2 after 2",
    "1 3:1 2:1": "column 2 after 3",
    "1 -1:1": "holds '-1:1', not column:value",
    "1 1:x": "holds '1:x', not column:value",
    "1 1": "holds '1', not column:value",
    "1 ²:1": "not column:value",
    "1,2 1:1": "begins with '1,2', which is no number",
    "x\x1b[2J 1:1": r"begins with 'x\\x1b\[2J', which",
    "1 " + "x" * 10**6: "not column:value",
    "\x00": r"begins with '\\x00'",
}


@pytest.mark.parametrize(("line", "message"), SVMLIGHT.items(), ids=range(len(SVMLIGHT)))
def test_svmlight_lines_that_are_none(line, message, tmp_path):
    path = tmp_path / "a.svm"
    path.write_text(f"1 1:2 2:3\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message) as raised:
        read_svmlight(path, None)
    assert "columns counted from 1" in str(raised.value)
    assert len(str(raised.value)) < 400


def test_svmlight_comments_queries_and_targets(tmp_path):
    path = tmp_path / "a.svm"
    path.write_text("# a comment\n1 qid:7 1:2 3:3 # another\n\n-1 2:1e2\n")
    X, y = read_svmlight(path, 5)
    assert X.toarray().tolist() == [[2, 0, 3, 0, 0], [0, 100, 0, 0, 0]]
    assert y.dtype == np.int64
    for targets in ("1e300 1:1\n-1e300 1:1\n", "1.5 1:1\n2 1:1\n", "9007199254740992 1:1\n"):
        path.write_text(targets)
        assert read_svmlight(path, None)[1].dtype == np.float64
    path.write_text("# nothing\n")
    with pytest.raises(ValueError, match="must have rows, got none"):
        read_svmlight(path, None)
    path.write_text("1 1:1\n3 3:1\n")
    with pytest.raises(ValueError, match=r"columns counted from 1: .*n_features"):
        read_svmlight(path, 2)


def test_parquet_columns_come_as_csv_has_them(tmp_path):
    frame = pd.DataFrame({"i": [1, 2], "f": [0.5, 1.5], "b": [True, False], "t": ["ä", "b"]})
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.append_column("d", pa.array(["x", "y"]).dictionary_encode())
    table = table.append_column("n", pa.array([None, "y"]))
    table = table.append_column("c", pa.array([100, 250]).cast(pa.decimal128(22, 2)))
    table = table.append_column("u", pa.array([2**63, 1], pa.uint64()))
    parquet.write_table(table, tmp_path / "a.parquet")
    got = {name: column.tolist() for name, column in read_parquet(tmp_path / "a.parquet").items()}
    assert got == {
        "i": [1, 2],
        "f": [0.5, 1.5],
        "b": [True, False],
        "t": ["ä", "b"],
        "d": ["x", "y"],
        "n": [None, "y"],
        "c": [100.0, 250.0],
        "u": [2**63, 1],
    }


PARQUET = {
    "nested": (pa.array([[1], [2]]), "column 'x' must hold numbers or texts, got list"),
    "records": (pa.array([{"a": 1}] * 2), "got struct"),
    "bytes": (pa.array([b"a", b"b"]), "got binary"),
    "bytes with gaps": (pa.array([b"a", None]), "got binary with 1 missing cells"),
}


@pytest.mark.parametrize(("column", "message"), PARQUET.values(), ids=PARQUET)
def test_parquet_columns_of_other_kinds(column, message, tmp_path):
    parquet.write_table(pa.table({"x": column}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=message):
        read_parquet(tmp_path / "a.parquet")


def test_parquet_tables_without_rows_or_columns_or_with_a_name_twice(tmp_path):
    tables = {
        "rows, got none": pa.table({"x": pa.array([], pa.float64())}),
        "column names": pa.table({}),
        "distinct column names": pa.table([pa.array([1]), pa.array([2])], ["x", "x"]),
    }
    for message, table in tables.items():
        parquet.write_table(table, tmp_path / "a.parquet")
        with pytest.raises(ValueError, match=message):
            read_parquet(tmp_path / "a.parquet")


def test_a_long_cell_costs_its_length_and_not_that_in_every_row(tmp_path, shell):
    lines = ["a,kind,target"] + [f"{i},{'uv'[i % 2]},{'xy'[i % 2]}" for i in range(3000)]
    lines.append(f"1,{'w' * 120_000},x")
    (tmp_path / "a.csv").write_text("\n".join(lines))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    table = read_csv(tmp_path / "a.csv")
    assert all(column.dtype == object for column in table.values())
    done = shell("train", "a.csv", "m.slim")
    assert "column 'kind' holds a text of 120,000 characters" in done.stderr
    assert "--drop kind" in done.stderr
    done = shell("train", "a.csv", "m.slim", "--target", "kind")
    assert "column 'kind' holds a text of 120,000 characters, and a label" in done.stderr
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_labels_of_texts_train_every_estimator(shell):
    rows = "\n".join(f"{i % 7},{i % 3},{'late' if i % 7 > 3 else 'in time'}" for i in range(60))
    (shell.folder / "a.csv").write_text(f"a,b,target\n{rows}\n")
    for name in ("SGDClassifier", "LinearSVC", "MLPClassifier"):
        shell.ok("train", "a.csv", "m.slim", "--estimator", name, "--set", "max_iter=200")
        text = shell.ok("evaluate", "m.slim", "a.csv", "--json")
        assert '"accuracy"' in text
        assert set(shell.ok("predict", "m.slim", "a.csv").split("\n")[1:-1]) <= {"late", "in time"}


def test_labels_that_would_not_come_back_are_not_saved(shell):
    rows = "\n".join(f"{i},{'a' if i % 2 else 'b' + chr(0)}" for i in range(20))
    (shell.folder / "a.csv").write_text(f"a,target\n{rows}\n")
    done = shell("train", "a.csv", "m.slim")
    assert done.returncode == 1
    assert "classes must not end in NUL characters" in done.stderr
    assert not (shell.folder / "m.slim").exists()


def test_numbers_whose_squares_overflow_name_their_column(shell):
    (shell.folder / "a.csv").write_text("a,target\n1,0\n1e300,1\n")
    done = shell("train", "a.csv", "m.slim")
    assert "column 'a' must hold numbers whose mean and variance float64 can hold" in done.stderr


def test_targets_beyond_64_bits_are_numbers_all_the_same(shell):
    rows = "\n".join(f"{i},{i}{'0' * 25}" for i in range(1, 30))
    (shell.folder / "a.csv").write_text(f"a,target\n{rows}\n")
    done = shell("train", "a.csv", "m.slim", "--estimator", "LinearSVR")
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 1}


def test_a_byte_order_mark_is_none_of_the_first_name(shell):
    model = sl.convert(sl.LinearSVC().fit(pd.DataFrame(np.eye(3), columns=[*"abc"]), [0, 1, 0]))
    sl.save(model, shell.folder / "m.slim")
    text = "\ufeffa,b,c\n1,0,0\n"
    (shell.folder / "x.csv").write_text(text, encoding="utf-8")
    expected = shell.ok("predict", "m.slim", "x.csv")
    assert shell.ok("predict", "m.slim", "-", stdin=text) == expected
    assert shell.ok("predict", "m.slim", "-", stdin=text[1:]) == expected


def test_an_empty_target_is_no_class(shell):
    lines = ["a,target", *[f"{i % 7},{'yes' if i % 2 else 'no'}" for i in range(30)], "7,", "8, "]
    (shell.folder / "x.csv").write_text("\n".join(lines))
    done = shell("train", "x.csv", "m.slim", "--test-size", "0", "--json")
    assert "left out 2 rows, whose target in column 'target' is empty" in done.stderr
    assert json.loads(done.stdout)["training rows"] == 30
    assert sl.load(shell.folder / "m.slim").classes.tolist() == ["no", "yes"]
    assert json.loads(shell.ok("evaluate", "m.slim", "x.csv", "--json"))["rows"] == 30
    (shell.folder / "x.csv").write_text("a,target\n1,\n2,\n")
    assert "empty cells alone" in shell("train", "x.csv", "n.slim").stderr


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_numbers_that_are_none_name_their_cell(form, shell):
    X = np.eye(20, 3)
    X[7, 2] = np.nan
    rows = form(X)
    parts = {"X": rows}
    if sparse.issparse(rows):
        names = ("data", "indices", "indptr", "shape")
        parts = {name: getattr(rows, name) for name in names} | {"format": b"csr"}
    np.savez(shell.folder / "x.npz", **parts, y=np.arange(20) % 2)
    done = shell("train", "x.npz", "m.slim")
    assert done.returncode == 1
    assert "must hold finite numbers, got nan in row 8, column 3" in done.stderr
