"""Whatever ``fit`` takes, all that comes after takes too: odd columns and labels, equal numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import slimline as sl
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.linear_model import LogisticRegression
from slimline.history import fingerprint

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::slimline.DegradationWarning"),
    pytest.mark.filterwarnings("ignore:pandas.DataFrame with sparse columns:UserWarning"),
]

ROWS = np.random.default_rng(0).integers(0, 3, (60, 3)).astype(np.float64)
LABELS = np.where(ROWS @ [1, -2, 1] > 0, "up", "down")
VALUES = ROWS @ [1.0, -2, 0.5]
PLAIN = pd.DataFrame(ROWS, columns=["a", "b", "c"])


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(int).astype(str)


FRAMES: dict[str, Callable[[], Any]] = {
    "category": lambda: PLAIN.astype({"b": "category"}),
    "category of texts": lambda: _texts(PLAIN).astype("category"),
    "object": lambda: PLAIN.astype({"a": object, "c": object}),
    "text": lambda: PLAIN.assign(b=_texts(PLAIN)["b"]),
    "nullable": lambda: PLAIN.astype({"a": "Int64", "b": "Float64"}),
    "bool": lambda: PLAIN.assign(d=PLAIN["a"] > 0)[["a", "b", "c"]].astype({"a": "int8"}),
    "sparse": lambda: PLAIN.astype(pd.SparseDtype(float, 0.0)),
    "some sparse": lambda: PLAIN.astype({"b": pd.SparseDtype(float, 0.0)}),
    "polars of texts": lambda: pl.DataFrame(PLAIN.to_dict("list")).with_columns(
        pl.col("b").cast(pl.Int64).cast(pl.String)
    ),
}


@pytest.fixture(params=FRAMES)
def frame(request: pytest.FixtureRequest) -> Any:
    return FRAMES[request.param]()


ESTIMATORS = [
    sl.LinearSVC(),
    sl.LinearSVR(),
    sl.LogisticRegression(),
    sl.Lasso(alpha=0.1),
    sl.ElasticNet(alpha=0.1),
    sl.Ridge(),
    sl.SGDClassifier(loss="log_loss", max_iter=5, random_state=0),
    sl.SGDRegressor(max_iter=5, random_state=0),
    sl.MLPClassifier((3,), max_iter=3, random_state=0),
    sl.MLPRegressor(hidden_layer_sizes=(3,), max_iter=3, random_state=0),
]


def _is_compressed(frame: Any) -> bool:
    return hasattr(frame, "sparse") and all(hasattr(d, "fill_value") for d in frame.dtypes)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda made: type(made).__name__)
def test_every_estimator_trains_and_converts(frame: Any, estimator: Any) -> None:
    y = LABELS if is_classifier(estimator) else VALUES
    model = sl.convert(estimator.fit(frame, y))
    # On sparse rows SGD moves the intercept by shorter steps.
    rows = sparse.csr_array(ROWS) if _is_compressed(frame) else PLAIN
    expected = sl.convert(estimator.fit(rows, y))
    np.testing.assert_allclose(model.outputs(frame), expected.outputs(PLAIN), atol=1e-4)
    said = model.history[0].parameters
    assert said["n_rows"] == 60
    assert _is_compressed(frame) or said.get("data") == expected.history[0].parameters.get("data")
    assert "data" not in said or said["data"] == fingerprint(frame, y)


TARGETS: dict[str, Callable[[], Any]] = {
    "frame": lambda: pd.DataFrame({"y": LABELS}),
    "category": lambda: pd.Series(LABELS, dtype="category"),
    "frame of categories": lambda: pd.DataFrame({"y": pd.Categorical(LABELS)}),
    "polars": lambda: pl.Series(LABELS),
    "list": LABELS.tolist,
    "numpy texts": lambda: [np.str_(label) for label in LABELS],
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("form", TARGETS)
@pytest.mark.parametrize(
    "estimator", list(filter(is_classifier, ESTIMATORS)), ids=lambda made: type(made).__name__
)
def test_labels_come_in_any_form(estimator: Any, form: str) -> None:
    y = TARGETS[form]()
    model = sl.convert(estimator.fit(PLAIN, y), X=PLAIN, y=y)
    expected = sl.convert(estimator.fit(PLAIN, LABELS), X=PLAIN, y=LABELS)
    assert model.history[0].parameters == expected.history[0].parameters
    np.testing.assert_array_equal(model.predict(PLAIN), expected.predict(PLAIN))


def _life(X: Any, y: Any) -> dict[str, Any]:
    """Return what comes of a model in all that takes rows."""
    model = sl.convert(LogisticRegression().fit(PLAIN, LABELS), X=X, y=y)
    known = model.with_reference(X, y)
    monitor = sl.Monitor(known, window=30)
    monitor.observe(X)
    monitor.add_labels(y, model.predict(X))
    models = [
        model,
        known,
        sl.finetune(model, X, y, max_iter=3),
        sl.prune(model, X, y, sparsity=0.4, criterion="gradient", refit=True),
        sl.prune(model, X, sparsity=0.4, criterion="input_scaled"),
        sl.quantize(model, X, activations="static"),
        sl.update(model, X, y, max_iter=2),
    ]
    return {
        "rows": model.history[0].parameters["n_rows"],
        "prints": [step.parameters.get("data") for each in models for step in each.history],
        "outputs": [each.outputs(X) for each in models],
        "labels": [each.predict(X) for each in models],
        "probabilities": model.predict_proba(X),
        "shares": sl.explain(model, X).contributions,
        "counts": [*monitor.counts, monitor.losses],
        "metrics": list(sl.evaluate(models[1], X, y, baseline=model).metrics.values()),
        "compared": sl.compare([model, known], X, y, n_resamples=20).better,
    }


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_all_that_follows_takes_what_fit_took(frame: Any) -> None:
    got = _life(frame, pd.DataFrame({"y": LABELS}))
    expected = _life(PLAIN, LABELS)
    if _is_compressed(frame):
        got["prints"] = expected["prints"] = None
    assert got.pop("prints") == expected.pop("prints")
    for name, value in expected.items():
        if name == "labels" or not isinstance(value, list | np.ndarray):
            np.testing.assert_array_equal(got[name], value)
            continue
        for one, other in zip(got[name], value, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4, err_msg=name)


def test_they_are_compressed_with_as_well() -> None:
    model = sl.convert(sl.LinearSVC().fit(PLAIN, LABELS))
    X, y = FRAMES["category of texts"](), pd.DataFrame({"y": LABELS})
    result = sl.compress(model, X, y, max_drop=0.9, max_iter=1, validation=(X, y))
    expected = sl.compress(model, PLAIN, LABELS, max_drop=0.9, max_iter=1, validation=(PLAIN, y))
    assert [each.score for each in result.candidates] == [
        each.score for each in expected.candidates
    ]


def test_an_estimator_is_updated_with_them(frame: Any) -> None:
    estimator = sl.SGDClassifier(random_state=0).fit(frame, LABELS)
    step = sl.update(estimator, frame, LABELS).history[-1]
    assert step.parameters["data"] == fingerprint(frame, LABELS)


def test_dask_predicts_them_lazily() -> None:
    dd = pytest.importorskip("dask.dataframe")
    model = sl.convert(LogisticRegression().fit(PLAIN, LABELS))
    for name in ("text", "object", "nullable"):
        table = dd.from_pandas(FRAMES[name](), npartitions=3)
        said = sl.dask.predict(model, table).compute()
        np.testing.assert_array_equal(said, model.predict(PLAIN))


def test_columns_that_are_no_numbers_are_named() -> None:
    model = sl.convert(sl.LinearSVC().fit(ROWS, LABELS))
    for values in (["x"] * 60, pd.date_range("2020", periods=60), [1j] * 60):
        with pytest.raises(TypeError, match="column 'b' must hold numbers or bools"):
            model.predict(PLAIN.assign(b=values))
    mixed = PLAIN.astype({"b": object})
    mixed.loc[3, "b"] = None
    with pytest.raises(ValueError, match="X must be finite"):
        model.predict(mixed)


def test_objects_and_texts_in_arrays_are_numbers_too() -> None:
    estimator = sl.LinearSVC().fit(ROWS.astype(object), LABELS)
    model = sl.convert(estimator)
    for X in (ROWS.astype(object), ROWS.astype(str), ROWS.astype(str).tolist()):
        np.testing.assert_array_equal(model.predict(X), estimator.predict(X))
        assert fingerprint(X) == fingerprint(ROWS)
    with pytest.raises(TypeError, match="X must hold real numbers, got dtype <U1"):
        model.predict([["a", "b", "c"]])


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda made: type(made).__name__)
def test_rows_are_looked_at_once(estimator: Any) -> None:
    class Once:
        """Rows that can be read a single time, as those of a stream."""

        def __init__(self, values: Any) -> None:
            self.values, self.shape, self.dtype = values, values.shape, values.dtype

        def __len__(self) -> int:
            return self.shape[0]

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            assert self.values is not None, "read twice"
            values, self.values = self.values, None
            return np.array(values, dtype=dtype)

    y = LABELS if is_classifier(estimator) else VALUES
    said = sl.convert(estimator.fit(Once(ROWS), Once(y))).history[0].parameters
    assert said["n_rows"] == 60
