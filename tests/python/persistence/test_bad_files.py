"""Every way for a file to be wrong raises FormatError, quickly and in little memory.

The files are forged with a correct hash, so that the check in question is what refuses them.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from persistence.forging import (
    ZEROS,
    entry,
    envelope,
    metadata,
    sealed,
    with_content,
    with_length,
    with_table,
    with_text,
)
from slimline.persistence import FormatError, files, inspect_file, read_file, verify_file
from slimline.persistence import envelope as envelope_module
from slimline.persistence.formats import FORMATS, Format
from slimline.persistence.formats.safetensors import MAX_HEADER
from slimline.persistence.strict_json import MAX_DEPTH, MAX_VALUES

READERS = [read_file, inspect_file, verify_file, lambda path: read_file(path, mmap=True)]


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model.json", "{}")
    return buffer.getvalue()


GOOD = with_table(entry())
VALUES = {"f4": b"\0\0\x80\x7f", "f8": b"\0\0\0\0\0\0\xf0\xff", "f2": b"\1\x7e"}  # inf, -inf, nan

STRUCTURE = {
    "empty": (b"", "the file is empty"),
    **{f"{n} bytes": (GOOD[:n], "not a slimline file") for n in range(1, 9)},
    "header length 0": (with_length(0), "header must have"),
    "header length 1": (with_length(1), "header must have"),
    "header longer than the file": (with_length(len(GOOD) - 7), "header must have"),
    "header length 2^63": (with_length(2**63), "header must have"),
    "header length 2^64-8": (with_length(2**64 - 8), "header must have"),
    "header length 2^64-1": (with_length(2**64 - 1), "header must have"),
    "header over the cap": (sealed(b"{" + b" " * MAX_HEADER + b"}"), "header must have"),
    "header too short": (with_length(40), "not JSON"),
    "not UTF-8": (sealed(b'{"\xff":1}'), "ASCII"),
    "UTF-8, but not ASCII": (sealed('{"ä":1}'.encode()), "ASCII"),
    "UTF-16": (sealed("{}".encode("utf-16-le")), "not JSON"),
    "a null byte": (sealed(b"{\0}"), "not JSON"),
    "not JSON": (sealed(b"{hello}"), "not JSON"),
    "a list": (sealed(b"[]"), "not a slimline file"),
    "two JSON values": (sealed(b"{}{}"), "not JSON"),
    "no metadata": (sealed(f"{{{entry()}}}".encode()), "slimline did not write"),
    "metadata not an object": (sealed(b'{"__metadata__":[]}', b""), "slimline did not write"),
    "metadata of another program": (
        sealed(b'{"__metadata__":{"format":"pt"}}', b""),
        "slimline did not write",
    ),
    "metadata with a second key": (
        sealed(f'{{"__metadata__":{{"slimline":{json.dumps(envelope())},"a":"b"}}}}'.encode(), b""),
        "nothing else",
    ),
    "metadata not a string": (sealed(b'{"__metadata__":{"slimline":{}}}', b""), "a string"),
    "metadata empty": (sealed(b'{"__metadata__":{"slimline":""}}', b""), "in the header once"),
    "metadata repeated": (
        sealed(f"{{{metadata(envelope())},{metadata(envelope())}}}".encode(), b""),
        "repeated key",
    ),
    "metadata with needless escapes": (
        sealed(f"{{{metadata(envelope())}}}".replace("content", r"\u0063ontent").encode(), b""),
        "needless escapes",
    ),
    "pickle": (pickle.dumps({"w": [1.0]}), "not a slimline file"),
    "zip": (zipped(), "not a slimline file"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "not a slimline file"),
    "ONNX": (b"\x08\x0a\x12\x08slimline:" + bytes(100), "not a slimline file"),
}

TABLE = {
    "trailing byte": ([entry()], bytes(9), "take 8 bytes, but 9 follow"),
    "missing byte": ([entry()], bytes(7), "take 8 bytes, but 7 follow"),
    "no tensor for the data": ([], bytes(8), "take 0 bytes, but 8 follow"),
    "unknown dtype": ([entry(dtype="F33")], bytes(8), "dtype of"),
    "dtype not for numpy": ([entry(dtype="BF16", shape=(4,))], bytes(8), "dtype of"),
    "dtype not a string": ([entry(dtype=["F32"])], bytes(8), "dtype of"),
    "negative size": ([entry(shape=(-2,))], bytes(8), "shape of"),
    "two negative sizes": ([entry(shape=(-1, -2))], bytes(8), "shape of"),
    "fractional size": ([entry(shape=(2.0,))], bytes(8), "shape of"),
    "boolean size": ([entry(shape=(2, True))], bytes(8), "shape of"),
    "shape not a list": ([entry(shape="2")], bytes(8), "shape of"),
    "size -0": ([entry(shape="[2,-0]")], bytes(8), "JSON integer"),
    "size 02": ([entry(shape="[02]")], bytes(8), "not JSON"),
    "size NaN": ([entry(shape="[NaN]")], bytes(8), "JSON number"),
    "size 1e999": ([entry(shape="[1e999]")], bytes(8), "JSON number"),
    "size of 5000 digits": ([entry(shape=f"[{'9' * 5000}]")], bytes(8), "JSON integer"),
    "size 2^64": ([entry(shape=(2**64,))], bytes(8), "JSON integer"),
    "zero size over data": ([entry(shape=(0, 2))], bytes(8), "data_offsets"),
    "shape wraps to 0": ([entry(shape=(2**32, 2**32))], bytes(8), "larger than the file"),
    "shape wraps to 2": ([entry(shape=(2**63 + 1, 2))], bytes(8), "larger than the file"),
    "bytes wrap to 8": ([entry(shape=(2**62 + 2,))], bytes(8), "larger than the file"),
    "no entries, but huge": (
        [entry(shape=(2**62, 0), offsets=(0, 0))],
        b"",
        "larger than the file",
    ),
    "nine dimensions": ([entry(shape=(2, *[1] * 8))], bytes(8), "shape of"),
    "offsets not a list": ([entry(offsets='"ab"')], bytes(8), "data_offsets"),
    "one offset": ([entry(offsets=(0,))], bytes(8), "data_offsets"),
    "three offsets": ([entry(offsets=(0, 8, 8))], bytes(8), "data_offsets"),
    "negative offset": ([entry(offsets=(-8, 0))], bytes(8), "data_offsets"),
    "offsets swapped": ([entry(offsets=(8, 0))], bytes(8), "data_offsets"),
    "offset 2^64-8": ([entry(offsets=(2**64 - 8, 0))], bytes(8), "data_offsets"),
    "offsets past the file": ([entry(shape=(4,), offsets=(0, 16))], bytes(8), "take 16 bytes"),
    "terabyte tensor": (
        [entry(shape=(2**38,), offsets=(0, 2**40))],
        bytes(8),
        "larger than the file",
    ),
    "offsets shorter than shape": ([entry(shape=(3,))], bytes(8), "data_offsets"),
    "gap at the start": ([entry(offsets=(8, 16))], bytes(16), "must begin at 0"),
    "gap between": ([entry(), entry("v", offsets=(16, 24))], bytes(24), "must begin at 8"),
    "overlap": ([entry(), entry("v", offsets=(4, 12))], bytes(12), "must begin at 8"),
    "same place": ([entry(), entry("v")], bytes(8), "must begin at 8"),
    "misaligned": (
        [entry("a", "U8", (1,), (0, 1)), entry("w", "F32", (2,), (1, 9))],
        bytes(9),
        "aligned",
    ),
    "repeated tensor": ([entry(), entry()], bytes(8), "repeated key"),
    "repeated field": ([entry()[:-1] + ',"shape":[2]}'], bytes(8), "repeated key"),
    "missing field": (['"w":{"dtype":"F32","shape":[2]}'], bytes(8), "must have dtype"),
    "further field": ([entry()[:-1] + ',"path":"/etc"}'], bytes(8), "must have dtype"),
    "tensor not an object": (['"w":[]'], b"", "must have dtype"),
    "tensor without a name": ([entry("")], bytes(8), "tensor name"),
    "tensor named like a path": ([entry("../w")], bytes(8), "tensor name"),
    "tensor with a long name": ([entry("w" * 201)], bytes(8), "tensor name"),
    "tensor named as a dunder path": ([entry("a/b")], bytes(8), "tensor name"),
    **{
        f"not finite: {dtype}": (
            [entry(dtype=f"F{8 * len(end)}", shape=(8 // len(end),))],
            bytes(8 - len(end)) + end,
            "must be finite",
        )
        for dtype, end in VALUES.items()
    },
    "boolean byte 2": ([entry(dtype="BOOL", shape=(8,))], b"\0" * 7 + b"\2", "must hold booleans"),
}

TEXT = {
    "text not JSON": ("x" * 80, "not JSON"),
    "text a list": ("[" + " " * 80 + "]", "must be a JSON object"),
    "no version": ('{"content":{},"sha256":"' + ZEROS + '"}', "format_version must be"),
    "version 0": (envelope(version="0"), "format_version must be an integer"),
    "version -1": (envelope(version="-1"), "format_version must be an integer"),
    "version 1.0": (envelope(version="1.0"), "format_version must be an integer"),
    "version true": (envelope(version="true"), "format_version must be an integer"),
    "version a string": (envelope(version='"1"'), "format_version must be an integer"),
    "version 2": (envelope(version="2"), "format version 2 by a newer slimline.*upgrade"),
    "version 2 with other keys": ('{"format_version":2,"more":' + '"x"' * 1 + "}", "newer"),
    "further key": (envelope()[:-1] + ',"z":1}', "must have the keys"),
    "no content": ('{"format_version":1,"sha256":"' + ZEROS + '"}', "must have the keys"),
    "content a list": (envelope("[]"), "content must be a JSON object"),
    "content null": (envelope("null"), "content must be a JSON object"),
    "hash a number": ('{"content":{},"format_version":1,"sha256":1}' + " " * 80, "64 lower-case"),
    "hash too short": (envelope(digits="ab"), "64 lower-case"),
    "hash in capitals": (envelope(digits="A" * 64), "64 lower-case"),
    "hash in other digits": (envelope(digits="٣" * 64), "64 lower-case"),
    "hash of nothing": (envelope(digits="ab" * 32), "damaged"),
    "space": (envelope().replace(":", ": ", 1), "canonical"),
    "unsorted keys": (envelope('{"b":1,"a":2}'), "canonical"),
    "repeated key": (envelope('{"a":1,"a":1}'), "canonical"),
    "number 1.50": (envelope('{"a":1.50}'), "canonical"),
    "number 1E5": (envelope('{"a":1E5}'), "canonical"),
    "number 1e999": (envelope('{"a":1e999}'), "JSON number"),
    "number -0": (envelope('{"a":-0}'), "JSON integer"),
    "number NaN": (envelope('{"a":NaN}'), "JSON number"),
    "number -Infinity": (envelope('{"a":-Infinity}'), "JSON number"),
    "number 2^64": (envelope('{"a":18446744073709551616}'), "JSON integer"),
    "number of 5000 digits": (envelope('{"a":' + "7" * 5000 + "}"), "JSON integer"),
    "fraction of 5000 digits": (envelope('{"a":0.' + "7" * 5000 + "}"), "canonical"),
    "needless escape": (envelope(r'{"a":"\/"}'), "canonical"),
    "half a surrogate pair": (envelope(r'{"a":"\ud800"}'), "canonical"),
    "deep nesting": (envelope('{"a":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}"), "nested at most"),
    "unclosed nesting": (envelope("[" * 100_000), "nested at most"),
    "too many values": (envelope("[" + "0," * MAX_VALUES + "0]"), "at most 200,000 values"),
}

BAD = (
    STRUCTURE
    | {
        name: (with_table(*table, data=data), message)
        for name, (table, data, message) in TABLE.items()
    }
    | {name: (with_text(text), message) for name, (text, message) in TEXT.items()}
)
# Seen only by those who read the tensors; and the hash is not checked when they are mapped.
UNSEEN_BY_INSPECT = [name for name in BAD if name.startswith(("not finite", "boolean byte"))]
UNSEEN_WHEN_MAPPED = [*UNSEEN_BY_INSPECT, "hash of nothing"]


def test_the_forger_makes_good_files(tmp_path: Path) -> None:
    path = tmp_path / "forged.slim"
    path.write_bytes(GOOD)
    (name, array), *rest = read_file(path)[0].items()
    assert (name, array.tolist(), rest) == ("w", [0.0, 0.0], [])
    path.write_bytes(with_content('{"a":"[{\\"[[","b":[1.5,-3,{"c":null}]}'))
    assert read_file(path)[1] == {"a": '[{"[[', "b": [1.5, -3, {"c": None}]}


@pytest.mark.parametrize("name", BAD)
def test_bad_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.slim"
    file, message = BAD[name]
    path.write_bytes(file)
    unseen = [[], UNSEEN_BY_INSPECT, [], UNSEEN_WHEN_MAPPED]
    for reader, names in zip(READERS, unseen, strict=True):
        if name in names:
            reader(path)
        else:
            with pytest.raises(FormatError, match=f"bad.slim'.*{message}"):
                reader(path)


def test_huge_sparse_file_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bad.slim"
    path.write_bytes((2**35).to_bytes(8, "little") + b"{")
    with path.open("r+b") as file:
        file.truncate(2**36)
    with pytest.raises(FormatError, match="header must have"):
        read_file(path)


def test_file_that_changes_while_it_is_read(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = saved.read_bytes()
    empty = np.empty
    for change, message in [(whole[:-1], "shorter"), (whole + b"x", "longer")]:
        saved.write_bytes(whole)

        def meddle(*args: object, change: bytes = change) -> object:
            saved.write_bytes(change)
            return empty(*args)

        with monkeypatch.context() as patch:
            patch.setattr(np, "empty", meddle)
            # An unbuffered file, as any file is that exceeds the buffer.
            patch.setattr(
                "builtins.open", lambda fd, mode: io.BufferedReader(io.FileIO(fd, mode), 8)
            )
            with pytest.raises(FormatError, match=message):
                read_file(saved)


@pytest.mark.parametrize("length", [0, -1])
def test_file_that_shrinks_before_it_is_mapped(
    length: int, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meddle(text: str) -> envelope_module.Envelope:
        saved.write_bytes(saved.read_bytes()[:length])
        return envelope_module.unseal(text)

    monkeypatch.setattr(files, "unseal", meddle)
    with pytest.raises(FormatError, match="shorter"):
        read_file(saved, mmap=True)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS.keys())
def test_file_that_shrinks_while_its_header_is_read(form: Format) -> None:
    whole = form.pack({}, envelope())
    with pytest.raises(FormatError, match="shorter"):
        form.read_header(io.BytesIO(whole[:-1]), len(whole))
