"""Rows of every container become the same features, as a naive reference makes them."""

from __future__ import annotations

import numpy as np
import pytest
from inputs.tables import CONTAINERS, ROWS, encoder, many, model
from slimline._checks import Csr


def naive(row):
    """Return the features of a row, each written out."""
    age, income = row["age"], row["income"]
    z = ((40 if age is None else age) - 30) * 0.125
    w = (income - 1) * 2
    city = {"Rome": 0, "Paris": 1, "größer": 2, None: 3}.get(row["city"])
    floor = {3: (0.5, 1), 0: (1.5, -2), 12: (0.25, 0)}.get(row["floor"], (9, 8))
    known = 0 if age is None else age
    years = 0 if known < 18 else 1 if known < 65 else 2
    a = ((1 if age is None else age) - 30) * 0.125
    return [
        z,
        w,
        float(age is None),
        2.0 if row["city"] is None else -1.0,
        *(float(city == i) for i in range(4)),
        *floor,
        float(row["member"] is False),
        float(row["member"] is True),
        *(float(years == i) for i in range(3)),
        float(income < 0),
        float(income >= 0),
        (income >= -1) + (income >= 1),
        1.0,
        a,
        a * a * w,
        w**3,
    ]


def dense(features):
    if not isinstance(features, Csr):
        return features
    out = np.zeros(features.shape)
    for i, (begin, end) in enumerate(zip(features.indptr, features.indptr[1:], strict=False)):
        out[i, features.indices[begin:end]] = features.data[begin:end]
    return out


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_gives_the_features_of_the_naive_reference(container):
    got = encoder().encode(CONTAINERS[container](ROWS))
    np.testing.assert_array_equal(got, np.array([naive(row) for row in ROWS]))


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_gives_the_same_outputs(container):
    rows, _ = many(40)
    made = model()
    np.testing.assert_array_equal(made.outputs(CONTAINERS[container](rows)), made.outputs(rows))
    assert made.predict(CONTAINERS[container](rows)).tolist() == made.predict(rows).tolist()
