"""The distinct labels of y, which integers need no sorting for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from slimline.estimators._targets import distinct

INTEGERS = ["i1", "u1", "i2", "u4", "i8", "u8", ">i4"]


@given(st.data())
def test_labels_are_those_of_numpy(data):
    dtype = np.dtype(data.draw(st.sampled_from(INTEGERS)))
    y = data.draw(arrays.arrays(dtype, st.integers(0, 60)))
    found = distinct(y)
    np.testing.assert_array_equal(found, np.unique(y))
    assert found.dtype == np.unique(y).dtype


@pytest.mark.parametrize("dtype", INTEGERS)
def test_both_ends_of_a_type(dtype):
    limits = np.iinfo(dtype)
    for ends in (
        [limits.min],
        [limits.max],
        [limits.max, limits.min],
        [limits.max - 1, limits.max],
    ):
        y = np.repeat(np.array(ends, dtype=dtype), 40)[::-3]
        np.testing.assert_array_equal(distinct(y), np.unique(y))


@pytest.mark.parametrize("y", [[2.5, -1.0, 2.5], ["b", "a", "b"], [True, True]])
def test_labels_that_are_no_integers(y):
    np.testing.assert_array_equal(distinct(np.array(y)), np.unique(y))
