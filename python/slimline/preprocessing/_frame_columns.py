"""Columns of data frames as cells, by what each library has for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from slimline.preprocessing._cells import (
    Cells,
    date_cells,
    number_cells,
    object_cells,
    text_cells,
)

_SAMPLE = 100  # cells that are asked whether there are texts


def series_cells(series: Any) -> Cells:
    """Return the cells of a series of narwhals."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - the extra may be missing

    dtype, native = series.dtype, series.to_native()
    if getattr(native, "dtype", None) == np.dtype(object):  # pandas: which narwhals guesses
        return _objects(native)
    if dtype == nw.Boolean or dtype.is_numeric():
        return _numbers(series)
    if dtype == nw.String:
        return _texts(series)
    if dtype in (nw.Categorical, nw.Enum):
        return replace(_categories(series), declared=True)
    if dtype in (nw.Datetime, nw.Date):
        return _dates(series)
    return object_cells(series.to_list())


def _objects(native: Any) -> Cells:
    """Return the cells of a pandas series of objects, whose texts it numbers by itself."""
    if any(isinstance(cell, str) for cell in native.head(_SAMPLE)):
        try:
            codes, texts = native.factorize()
        except TypeError:  # lists and the like have no hash
            return object_cells(native.tolist())
        if all(isinstance(text, str) for text in texts):
            return text_cells(np.asarray(codes), list(map(str, texts)))
    return object_cells(native.tolist())


def _numbers(series: Any) -> Cells:
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - as above

    dtype = series.dtype
    if dtype in (nw.Int128, nw.UInt128):  # NumPy has none
        return object_cells(series.to_list())
    if not (dtype == nw.Boolean or dtype.is_integer() or dtype.is_float()):  # decimals
        series = series.cast(nw.Float64)
    if series.null_count() == 0:
        return number_cells(np.asarray(series.to_numpy()))
    missing = np.asarray(series.is_null().to_numpy())
    if series.dtype.is_float():
        return number_cells(series.to_numpy().astype(np.float64), missing)
    nothing = False if series.dtype == nw.Boolean else 0
    return number_cells(np.asarray(series.fill_null(nothing).to_numpy()), missing)


def _dates(series: Any) -> Cells:
    """Return dates, of whatever time zone as its clocks show them."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - as above

    if series.dtype == nw.Date:
        series = series.cast(nw.Datetime("us"))
    elif series.dtype.time_zone is not None:
        series = series.dt.replace_time_zone(None)
    return date_cells(series.to_numpy())


def _texts(series: Any) -> Cells:
    native, library = series.to_native(), series.implementation
    if library.is_pandas_like():
        codes, texts = native.factorize()
        return text_cells(np.asarray(codes), texts.tolist())
    if library.is_polars():
        texts = native.drop_nulls().unique().to_list()
        return _of_enum(series, texts)
    if library.is_pyarrow():
        encoded = native.dictionary_encode().combine_chunks()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return text_cells(codes, encoded.dictionary.to_pylist())
    return object_cells(series.to_list())


def _of_enum(series: Any, texts: list[str]) -> Cells:
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - as above

    if not texts:
        return Cells(missing=np.ones(len(series), bool))
    codes = series.cast(nw.Enum(texts)).to_native().to_physical().fill_null(len(texts)).to_numpy()
    codes = codes.astype(np.intp)
    codes[codes == len(texts)] = -1
    return text_cells(codes, texts)


def _categories(series: Any) -> Cells:
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - as above

    native, library = series.to_native(), series.implementation
    if library.is_pandas_like():
        categories = getattr(native.dtype, "categories", None)
        if categories is None:  # a dictionary of Arrow's
            return object_cells(native.tolist())
        codes = native.cat.codes.to_numpy().astype(np.intp)
        if all(isinstance(category, str) for category in categories):
            return text_cells(codes, categories.tolist())
        return object_cells(native.astype(object).tolist())
    if library.is_pyarrow():
        values = native.cast(native.type.value_type)
        return series_cells(nw.from_native(values, series_only=True))
    return _texts(series.cast(nw.String))
