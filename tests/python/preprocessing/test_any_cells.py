"""Whatever the cells are: features, the same in every way to them, or an error with words."""

from __future__ import annotations

import datetime as dt
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from hypothesis import given, settings
from hypothesis import strategies as st
from slimline.preprocessing.encoding import encoder_of

MARKS = st.sampled_from(["", "NA", "?", None, float("nan"), pd.NA, pd.NaT])
KINDS = {
    "numbers": st.floats(-1e300, 1e300) | st.integers(-(2**70), 2**70) | st.booleans(),
    "texts": st.text(max_size=3) | st.sampled_from(["a", "b", "missing", "infrequent"]),
    "numbers as texts": st.integers(-99, 99).map(str) | st.floats(-9, 9).map(repr),
    "dates": st.datetimes() | st.dates(),
    "others": st.binary() | st.lists(st.integers()) | st.complex_numbers() | st.timedeltas(),
    "decimals": st.decimals(allow_nan=True) | st.fractions(),
    "infinite": st.floats() | st.just(Decimal("inf")),
}
CELLS = st.sampled_from(list(KINDS)).flatmap(lambda kind: KINDS[kind] | MARKS)
# Columns of one kind, and columns of anything beside anything.
COLUMNS = st.sampled_from(list(KINDS)).flatmap(
    lambda kind: st.lists(KINDS[kind] | MARKS, min_size=24, max_size=24)
) | st.lists(CELLS, min_size=24, max_size=24)


def dense(features):
    return features.toarray() if hasattr(features, "toarray") else features


@settings(max_examples=40)
@given(st.lists(COLUMNS, min_size=1, max_size=3), st.booleans())
def test_any_table_has_features_or_an_error(columns, indicator):
    rows = [
        {"fixed": i % 5, **{f"c{j}": cell for j, cell in enumerate(cells)}}
        for i, cells in enumerate(zip(*columns, strict=True))
    ]
    preprocessor = sl.TablePreprocessor(indicator=indicator, min_frequency=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.DataWarning)
        try:
            features = dense(preprocessor.fit_transform(rows))
        except (ValueError, TypeError) as error:
            assert "column 'c" in str(error)  # noqa: PT017 - any of several errors
            return
    assert np.isfinite(features).all()
    assert {*preprocessor.column_types_, *preprocessor.dropped_} == set(rows[0])
    np.testing.assert_array_equal(dense(preprocessor.transform(rows)), features)
    frame = pd.DataFrame({name: [row[name] for row in rows] for name in rows[0]}, dtype=object)
    np.testing.assert_array_equal(dense(preprocessor.transform(frame)), features)
    for row in rows[:3]:
        np.testing.assert_allclose(
            dense(preprocessor.transform([row]))[0], features[rows.index(row)]
        )
    encoder = encoder_of(preprocessor)
    encoded = encoder.encode(rows)
    if not isinstance(encoded, tuple):
        np.testing.assert_allclose(encoded, features, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("huge", [2**5000, -(2**5000), Decimal("sNaN")])
def test_numbers_beyond_float64(huge):
    rows = [{"it": huge if i == 3 else i % 7, "fixed": i % 5} for i in range(24)]
    with pytest.warns(sl.DataWarning) as caught:
        preprocessor = sl.TablePreprocessor().fit(rows)
    assert "'it'" in str(caught[0].message)
    assert preprocessor.column_types_ == {"fixed": "number"}


@pytest.mark.parametrize("scale", ["standard", "minmax"])
def test_numbers_whose_scale_is_beyond_float64(scale):
    rows = [{"it": [1.7e308, -1.7e308, 3.0][i % 3]} for i in range(24)]
    with pytest.raises(ValueError, match="column 'it' must hold numbers whose mean and variance"):
        sl.TablePreprocessor(scale=scale).fit(rows)
    assert sl.TablePreprocessor(scale=None).fit_transform(rows)[0, 0] == 1.7e308


def test_dates_of_any_year():
    days = [dt.date(1, 1, 1), dt.date(9999, 12, 31)] * 12
    rows = [{"day": day, "fixed": i % 5} for i, day in enumerate(days)]
    preprocessor = sl.TablePreprocessor(dates="day", scale=None).fit(rows)
    assert preprocessor.transform(rows)[:2, 1].tolist() == [1, 9999]
