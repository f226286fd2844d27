"""Rows of any container as columns of the core: where they lie, wherever it can read them there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._frames import Series, check_column_names, frame_series, is_frame
from slimline._text_columns import converts_to_arrow
from slimline.inputs.reading import frame_places, raw_columns

if TYPE_CHECKING:
    from slimline.inputs.encoder import Encoder

_WIDEST = 8  # bytes of a number that the core reads
_FEW = 64  # rows of a pandas frame that are read faster as Python's values than by column


def core_columns(X: Any, encoder: Encoder) -> tuple[int, _core.TableColumns]:
    """Return the number of rows and those columns of them that a block of the encoder reads.

    Rows, and errors about their shape, are those of :func:`slimline.inputs.reading.read_rows`. A
    text that is no number, where it must be one, is a CellError.
    """
    table = _Table(encoder)
    columns, reads = encoder.columns, encoder.reads
    if is_frame(X) and (hasattr(X, "iloc") or _has_arrow(X)):
        check_column_names(X)
        names = list(getattr(X, "column_names", X.columns))
        places = frame_places(names, columns, reads)
        if hasattr(X, "iloc") and len(X) < _FEW:
            cells = X.to_numpy(dtype=object)
            for j in reads:
                table.add(j, cells[:, places[j]].tolist())
        elif hasattr(X, "iloc"):
            for j in reads:
                table.add_pandas(j, X[names[places[j]]])
        else:
            table.add_arrow_frame(X, {j: names[places[j]] for j in reads})
        return len(X), table.core
    n_rows, values = raw_columns(X, columns, reads)
    for j in reads:
        table.add(j, values[j])
    return n_rows, table.core


def _has_arrow(X: Any) -> bool:
    return hasattr(X, "__arrow_c_stream__") or hasattr(X, "__arrow_c_array__")


class _Table:
    """Columns of the core, to which those of rows are added by number."""

    __slots__ = ("_texts", "core")

    def __init__(self, encoder: Encoder) -> None:
        self.core = _core.TableColumns(len(encoder.columns))
        self._texts = encoder.core_texts()

    def add(self, j: int, values: Any) -> None:
        """Add what has the values of a column: an array, a list or a Series."""
        values = self._texts.read(j, values)
        if isinstance(values, Series):
            values = values.to_list()
        if not isinstance(values, np.ndarray):
            self.core.add_cells(j, tuple(values))
        elif values.dtype.kind in "biuf" and values.dtype.itemsize <= _WIDEST:
            self.core.add_array(j, _readable(values), None)
        else:
            self.core.add_cells(j, tuple(values.tolist()))

    def add_pandas(self, j: int, series: Any) -> None:
        """Add a series of pandas."""
        dtype = series.dtype
        if isinstance(dtype, np.dtype):
            values = series.to_numpy()
            self.add(j, values if values.dtype.kind in "biuf" else series.tolist())
        elif dtype.name == "category":
            self._add_codes(j, series)
        elif (
            (j in self._texts.reads and dtype.kind not in "biuf")
            or not converts_to_arrow(series)
            or not self.core.add_arrow(j, series)
        ):
            self.add(j, series.tolist())

    def _add_codes(self, j: int, series: Any) -> None:
        try:
            categories = self._texts.read(j, series.cat.categories.tolist())
        except _core.CellError:  # of a category that no cell may be
            self.add(j, series.tolist())
        else:
            self.core.add_codes(j, series.cat.codes.to_numpy(), tuple(categories))

    def add_arrow_frame(self, X: Any, read: Mapping[int, str]) -> None:
        """Add those columns of a frame that ``read`` names; the core reads those of most types."""
        frame = X.select(list(read.values()))
        texts = self._texts.reads
        series = _series(frame, read) if texts else {}
        left = [j for j, own in series.items() if j in texts and own.may_hold_texts]
        left += self.core.add_arrow_frame(frame, [-1 if j in left else j for j in read])
        if left:  # the others are of types such as decimals and dates
            series = series or _series(frame, read)
        for j in left:
            self.add(j, series[j])


def _series(frame: Any, columns: Iterable[int]) -> dict[int, Series]:
    """Return the columns of a frame, in their order, by these numbers."""
    return dict(zip(columns, frame_series(frame).series, strict=True))


def _readable(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers of this machine's byte order, of a type that C++ has."""
    if values.dtype == np.float16:
        return values.astype(np.float32)
    return values.astype(values.dtype.newbyteorder("="), copy=False)
