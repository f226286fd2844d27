"""Labels of every type: they come back as they went in, or the first step says why not."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
from typing import Any

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from sklearn.linear_model import LogisticRegression
from slimline.inputs import InputStage
from slimline.layers import DenseLayer
from slimline.model.labels import plain_labels
from slimline.model.state import MOST_NAMES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.array([[0.0, 1], [1, 0], [2, 0], [3, 1]])


class Plain(enum.Enum):
    early = 1
    late = 2


class Number(enum.IntEnum):
    early = 1
    late = 2


class Text(enum.StrEnum):
    early = "before noon"
    late = "after noon"


class TextByHand(str, enum.Enum):  # noqa: UP042 - as it is often written
    early = "before noon"
    late = "after noon"


def _objects(*labels: Any) -> Any:
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array


WORK = {
    "np.str_": ([np.str_("a"), np.str_("b")] * 2, ["a", "b"]),
    "np.str_ objects": (_objects(*[np.str_("a"), np.str_("b")] * 2), ["a", "b"]),
    "StringDType": (np.array(["a", "b"] * 2, np.dtypes.StringDType()), ["a", "b"]),
    "texts": (pd.Series(["a", "b"] * 2), ["a", "b"]),
    "categories": (pd.Series(["a", "b"] * 2, dtype="category"), ["a", "b"]),
    "IntEnum": ([Number.early, Number.late] * 2, [1, 2]),
    "IntEnum objects": (_objects(*[Number.early, Number.late] * 2), [1, 2]),
    "StrEnum": ([Text.early, Text.late] * 2, ["after noon", "before noon"]),
    "str, Enum": ([TextByHand.early, TextByHand.late] * 2, ["after noon", "before noon"]),
    "str, Enum objects": (
        pd.Series([TextByHand.early, TextByHand.late] * 2, dtype=object),
        ["after noon", "before noon"],
    ),
    "integers as objects": (_objects(*[1, 2] * 2), [1, 2]),
    "bools as objects": (_objects(*[True, False] * 2), [False, True]),
    "nullable integers": (pd.Series([1, 2] * 2, dtype="Int64"), [1, 2]),
    "nullable bools": (pd.Series([True, False] * 2, dtype="boolean"), [False, True]),
    "float16": (np.array([1, 2] * 2, np.float16), [1.0, 2.0]),
    "longdouble": (np.array([1, 2] * 2, np.longdouble), [1.0, 2.0]),
    "large integers": ([2**63 + 1, 5] * 2, [5, 2**63 + 1]),
    "large uint64": (np.array([2**63 + 1, 5] * 2, np.uint64), [5, 2**63 + 1]),
}
ESTIMATORS = [sl.LinearSVC(), sl.SGDClassifier(), sl.MLPClassifier((2,), max_iter=2)]


@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda made: type(made).__name__)
def test_labels_come_back_as_they_went_in(estimator: Any, name: str, tmp_path: Any) -> None:
    y, plain = WORK[name]
    predicted = estimator.fit(X, y).predict(X)
    assert all(label in list(y) for label in predicted)
    model = sl.convert(estimator)
    sl.save(model, tmp_path / "model")
    loaded = sl.load(tmp_path / "model")
    assert loaded.classes.tolist() == plain
    assert list(map(type, loaded.classes.tolist())) == list(map(type, plain))
    np.testing.assert_array_equal(loaded.predict(X), predicted)
    if hasattr(estimator, "partial_fit"):
        estimator = type(estimator)().partial_fit(X, y, classes=y[:2])
        assert all(label in list(y) for label in estimator.predict(X))


DAYS = [dt.date(2020, 1, 1), dt.date(2020, 1, 2)]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda made: type(made).__name__)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([Plain.early, Plain.late], r"got Plain: use their names, \[label.name for label in"),
        (DAYS, r"got date: use their texts, \[str\(label\) for label in labels\]"),
        (_objects(2**70, 1), "got whole numbers of more than 64 bits"),
        (_objects(10**400, 0.5), "got whole numbers of more than 64 bits"),
        ([10**400, 0.5], "got whole numbers of more than 64 bits"),
        (_objects(*[True, 1]), "got bool, int"),
    ],
)
def test_what_cannot_be_labels_is_said_at_fit(estimator: Any, labels: Any, message: str) -> None:
    y = [*labels, *labels] if isinstance(labels, list) else np.concatenate([labels, labels])
    with pytest.raises(TypeError, match=f"all of one type, {message}"):
        estimator.fit(X, y)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda made: type(made).__name__)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", None], "a label in every row, got None"),
        (["a", decimal.Decimal(1)], r"of one kind, got texts and Decimal\('1'\)"),
        (["a", 1], "of one kind, got texts and 1"),
    ],
)
def test_texts_among_others_are_said_at_fit(estimator: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, _objects(*labels, *labels))


@pytest.mark.parametrize(
    "labels",
    [np.array(DAYS, "M8[D]"), pd.to_datetime(DAYS), np.array([1, 2], "m8[D]")],
    ids=["days", "timestamps", "spans"],
)
def test_dates_are_refused_by_convert(labels: Any) -> None:
    y = np.concatenate([labels, labels])
    for estimator in (sl.LinearSVC().fit(X, y), LogisticRegression().fit(X, y)):
        assert all(label in y for label in estimator.predict(X))
        with pytest.raises(TypeError, match=r"got .*64.*: use their texts, labels.astype\(str\)"):
            sl.convert(estimator)
    assert sl.convert(sl.LinearSVC().fit(X, y.astype(str))).classes.dtype.kind == "U"


def test_labels_of_other_estimators_become_plain() -> None:
    estimator = LogisticRegression().fit(X, _objects(*[Text.early, Text.late] * 2))
    model = sl.convert(estimator)
    assert [type(label) for label in model.classes.tolist()] == [str, str]
    assert all(label in list(Text) for label in model.predict(X))


def test_bytes_are_refused() -> None:
    with pytest.raises(TypeError, match="got bytes: decode them"):
        plain_labels(np.array([b"a", b"b"]))
    with pytest.raises(TypeError, match="got complex"):
        plain_labels(np.array([1j, 2]))


def test_integers_that_numpy_would_round_are_refused() -> None:
    assert plain_labels(_objects(2**63 + 1, 5)).tolist() == [2**63 + 1, 5]
    with pytest.raises(TypeError, match="more than 64 bits"):
        plain_labels(_objects(2**63 + 1, -5))


def test_more_labels_than_a_file_holds_are_said_by_convert() -> None:
    n = MOST_NAMES + 1
    layer = DenseLayer(weight=np.zeros((n, 1), np.float32), bias=np.zeros(n, np.float32))
    model = sl.Model(
        input=InputStage(n_features=1), layers=(layer,), link="margin", classes=np.arange(n)
    )
    with pytest.raises(
        ValueError, match=f"at most {n - 1:,} class labels and feature names, got {n:,}"
    ):
        model.with_step("converted", {}, parent=model)
    fewer = sl.Model(
        input=InputStage(n_features=n - 1, feature_names=tuple(map(str, range(n - 1)))),
        layers=(DenseLayer(weight=np.zeros((1, n - 1), np.float32), bias=np.zeros(1, np.float32)),),
        link="identity",
        classes=None,
    )
    assert len(fewer.sha256) == 64
