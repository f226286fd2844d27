"""A bad file costs about a second, and four times its bytes and 16 MB, however it is made."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from persistence.forging import entry, sealed, with_content, with_table
from slimline.persistence import FormatError, read_file
from slimline.persistence.formats.safetensors import MAX_HEADER
from slimline.persistence.strict_json import MAX_KEYS, MAX_VALUES


def costly_files() -> dict[str, Callable[[], bytes]]:
    """Files as large as the header may be, of what costs the reader most."""
    room = MAX_HEADER - 1000
    count = MAX_VALUES - 100
    inner = {
        "small objects": '{"a":[' + ",".join(['{"":0}'] * (MAX_KEYS - 100)) + "]}",
        "empty lists": '{"a":[' + ",".join(["[]"] * (count // 2)) + "]}",
        "long text": '{"a":"' + "b" * room + '"}',
        "strings": '{"a":[' + ",".join(f'"{i:06x}"' for i in range(count)) + "]}",
        "pairs of letters": '{"a":[' + ",".join(['"ab"'] * count) + "]}",
        "objects": '{"a":[' + ",".join(["{}"] * (count // 2)) + "]}",
        "numbers": '{"a":[' + ",".join(["1.2345678912345"] * count) + "]}",
        "keys": "{" + ",".join(f'"k{i:07d}":0' for i in range(MAX_KEYS - 100)) + "}",
        "objects of keys": '{"a":['
        + ",".join(f'{{"k{i:07d}":0}}' for i in range(MAX_KEYS - 100))
        + "]}",
    }
    unterminated = r"\"" * (room // 2)
    return {
        **{name: lambda text=text: damaged(with_content(text)) for name, text in inner.items()},
        "backslashes": lambda: sealed(b'{"' + unterminated.encode()),
        "quotes": lambda: sealed(b"{" + b'"' * room),
        "brackets": lambda: sealed(b"{" + b"[" * room),
        "spaces": lambda: sealed(b"{" + b" " * room),
        "many tensors": lambda: with_table(
            *(
                entry(f"w{i}", shape="[]", offsets=f"[{4 * i},{4 * i + 4}]")
                for i in range(MAX_VALUES // 10)
            ),
            data=bytes(4 * (MAX_VALUES // 10) + 1),
        ),
    }


def damaged(file: bytes) -> bytes:
    return file[:-1] + bytes([file[-1] ^ 1])


@pytest.mark.parametrize("name", costly_files())
def test_bad_files_cost_little(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.slim"
    size = path.write_bytes(costly_files()[name]())
    start = time.process_time()
    with pytest.raises(FormatError):
        read_file(path)
    assert (
        time.process_time() - start < 10
    )  # half a second here; a cost that explodes takes minutes
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            read_file(path)
        assert tracemalloc.get_traced_memory()[1] < 4 * size + 2**24
    finally:
        tracemalloc.stop()
