"""Random edits of good files, with the hash made right again: refused, or in good order.

The quick relative of tests/fuzz/fuzz_read.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from persistence.forging import entry, envelope, metadata, sealed
from safetensors.numpy import load
from slimline.persistence import FormatError, digest, read_file

CONTENT = '{"a":[1,"b"]}'
TABLE = f"{entry()},{entry('v', 'BOOL', (2,), (8, 10))}"
HEADER = f"{{{metadata(envelope(CONTENT))},{TABLE}}}"
FRAGMENTS = (
    *(b"0 1 -1 2 -0 1e9 18446744073709551615 9223372036854775808 NaN null true".split()),
    *(b'" \\ \\" \\u0061 : , [] {} [ ] { } F32 F64 U8 BOOL w v "w":'.split()),
    *(b"dtype shape data_offsets __metadata__ slimline content sha256 format_version".split()),
)
edits = st.lists(
    st.tuples(
        st.integers(0, len(HEADER)),
        st.integers(0, 12),
        st.sampled_from(FRAGMENTS) | st.binary(max_size=3),
    ),
    max_size=4,
)


@settings(
    deadline=None,
    max_examples=1000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(edits=edits, data=st.just(bytes(10)) | st.binary(max_size=20))
def test_edited_files(edits: list[tuple[int, int, bytes]], data: bytes, tmp_path: Path) -> None:
    header = HEADER.encode()
    for start, removed, put in edits:
        header = header[:start] + put + header[start + removed :]
    file = sealed(header, data)
    path = tmp_path / "x.slim"
    path.write_bytes(file)
    try:
        tensors, content = read_file(path)
    except FormatError:
        return
    digest(tensors, content)  # what is read could have been written
    library = load(file)
    assert library.keys() == tensors.keys()
    for name, array in tensors.items():
        np.testing.assert_array_equal(array, library[name], strict=True)
