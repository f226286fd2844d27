"""Columns that float32 cannot hold are standardised in float64, wherever rows come from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from scipy import sparse
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from slimline.inputs import InputStage, held_offset

ROWS = 600


def times_and_numbers():
    """Return seconds since 1970 over some days, an identifier, and three ordinary columns."""
    random = np.random.default_rng(0)
    X = random.standard_normal((ROWS, 5))
    X[:, 0] = 1.7e9 + np.round(1e5 * X[:, 0])
    X[:, 3] = 4e12 + random.integers(0, 5000, ROWS)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    f = Z @ [3.0, 1.0, -1.0, 2.0, 0.5] + 0.3 * random.standard_normal(ROWS)
    return X, f


@pytest.fixture(scope="module")
def rows():
    return times_and_numbers()


@pytest.fixture(scope="module")
def pipeline(rows):
    X, f = rows
    return make_pipeline(StandardScaler(), LogisticRegression(C=100)).fit(X, f > 0)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # nine steps are not to converge
@pytest.mark.parametrize("scaler", [StandardScaler, MinMaxScaler, RobustScaler])
@pytest.mark.parametrize(
    "last",
    [LogisticRegression(C=100), Ridge(), MLPRegressor(hidden_layer_sizes=(5,), max_iter=9)],
)
def test_predictions_are_those_of_the_pipeline(scaler, last, rows):
    X, f = rows
    y = f > 0 if isinstance(last, LogisticRegression) else f
    pipeline = make_pipeline(scaler(), last).fit(X, y)
    model = sl.convert(pipeline)
    assert model.input.is_exact
    how = "decision_function" if hasattr(pipeline, "decision_function") else "predict"
    expected = getattr(pipeline, how)(X)
    got = getattr(model, how)(X)
    np.testing.assert_allclose(got, expected, rtol=0, atol=2e-5 * np.abs(expected).max())
    rounded = getattr(model, how)(X.astype(np.float32))  # what this is about
    assert np.abs(rounded - expected).max() > 0.01 * np.abs(expected).max()


def test_every_container_of_rows_gives_the_same_bits(pipeline, rows):
    X, _ = rows
    model = sl.convert(pipeline)
    expected = model.outputs(X)
    whole = np.round(X).astype(np.int64)
    frame = pd.DataFrame(X)
    frame.columns = [f"c{j}" for j in range(X.shape[1])]
    for given in (
        X.tolist(),
        np.asfortranarray(X),
        sparse.csr_matrix(X),
        sparse.csr_array(X).astype(np.float64),
        frame,
    ):
        np.testing.assert_array_equal(model.outputs(given), expected)
    np.testing.assert_array_equal(model.outputs(whole), model.outputs(np.round(X)))
    np.testing.assert_array_equal(model.outputs(X, n_threads=3), expected)
    predictor = model.bind()
    np.testing.assert_array_equal(predictor.outputs(X), expected)
    np.testing.assert_array_equal(predictor.predict(X), model.predict(X))
    assert predictor.outputs(X[5])[0] == expected[5, 0]
    assert predictor.predict(X[5]) == model.predict(X[5:6])[0]


def test_it_survives_files_pruning_training_and_static_ranges(pipeline, rows, tmp_path):
    X, f = rows
    model = sl.convert(pipeline)
    sl.save(model, tmp_path / "m")
    loaded = sl.load(tmp_path / "m")
    assert loaded.input.offset.dtype == np.float64
    np.testing.assert_array_equal(loaded.outputs(X), model.outputs(X))
    right = (model.predict(X) == (f > 0)).mean()
    for made in (
        sl.prune(model, n_features=4, granularity="feature"),
        sl.finetune(model, X, f > 0),
        sl.quantize(model),
        sl.quantize(model, X, activations="static"),
    ):
        assert made.input.is_exact
        assert (made.predict(X) == (f > 0)).mean() > right - 0.05
    narrow = sl.prune(model, n_features=4, granularity="feature", reads="kept")
    kept = sl.prune(model, n_features=4, granularity="feature").input.selected
    np.testing.assert_array_equal(
        narrow.outputs(X[:, kept]), sl.prune(model, n_features=4, granularity="feature").outputs(X)
    )


def test_explanations_and_monitors_see_what_the_model_sees(pipeline, rows):
    X, f = rows
    model = sl.convert(pipeline).with_reference(X, f > 0)
    why = sl.explain(model, X)
    sums = why.base + why.contributions.sum(axis=2)
    np.testing.assert_allclose(sums, model.outputs(X), atol=1e-4)
    from_mean = sl.explain(model, X, background=X)
    sums = from_mean.base + from_mean.contributions.sum(axis=2)
    np.testing.assert_allclose(sums, model.outputs(X), atol=1e-4)
    monitor = sl.Monitor(model, window=ROWS)
    monitor.observe(X)
    said = np.array([np.count_nonzero(model.predict(X) == label) for label in model.classes])
    np.testing.assert_array_equal(model.reference.predicted_counts[0], said)


def test_ordinary_columns_stay_in_float32():
    random = np.random.default_rng(1)
    X = random.standard_normal((50, 4)) * [1, 1e-6, 1e9, 3] + [0.1, 1e-6, 1e9, 300]
    y = random.standard_normal(50)
    for scaler in (StandardScaler(), MinMaxScaler(), MaxAbsScaler()):
        stage = sl.convert(make_pipeline(scaler, Ridge()).fit(X, y)).input
        assert stage.offset.dtype == np.float32


def test_the_limit_is_what_rounding_moves_a_standardised_value_by():
    scale = np.array([0.5])
    for ratio, dtype in ((800.0, np.float32), (900.0, np.float64)):
        offset = np.array([ratio / scale[0]])
        assert held_offset(offset, scale).dtype == dtype
        worst = 2 * np.spacing(np.float32(offset[0])) / 2 * scale[0]
        assert (worst > 1e-4) <= (dtype == np.float64)


def test_float64_rows_are_for_models_that_take_them(digits_model):
    with pytest.raises(TypeError, match="must be a C-contiguous float32 array"):
        digits_model.bind().outputs(np.zeros(64))


def test_a_stage_takes_no_other_types():
    ones = np.ones(2, np.float32)
    with pytest.raises(TypeError, match="offset must have dtype float32"):
        InputStage(n_features=2, offset=np.ones(2, np.float16), scale=ones)
    with pytest.raises(TypeError, match="scale must have dtype float32"):
        InputStage(n_features=2, offset=ones, scale=np.ones(2))


@pytest.mark.parametrize(
    "scalers",
    [
        [StandardScaler(with_mean=False)],
        [RobustScaler(with_centering=False)],
        [MaxAbsScaler()],
        [StandardScaler(with_mean=False), MaxAbsScaler()],
    ],
    ids=str,
)
def test_scalers_that_do_not_centre_are_centred_on_rows(scalers):
    X, f = times_and_numbers()
    for estimator in (LinearRegression(), Ridge(alpha=1e-6)):
        chain = make_pipeline(*scalers, estimator).fit(X, f)
        expected = chain.predict(X)
        model = sl.convert(chain, X=X)
        assert model.input.is_exact
        np.testing.assert_allclose(model.predict(X), expected, atol=1e-3 * expected.std())
