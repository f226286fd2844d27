"""Data frames in, data frames out: pandas and polars, for estimators and Models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
import slimline as sl
from integration.zoo import data, every_estimator, every_linear_estimator, make
from sklearn.base import is_classifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame}
every_frame = pytest.mark.parametrize("library", FRAMES)


@every_estimator
@every_frame
def test_fit_and_predict_on_a_frame(estimator, library):
    X, y = data(estimator)
    names = [f"x{j}" for j in range(X.shape[1])]
    frame = FRAMES[library](dict(zip(names, X.T, strict=True)))
    model = make(estimator).fit(frame, y)
    assert list(model.feature_names_in_) == names
    expected = make(estimator).fit(X, y).predict(X)
    if is_classifier(model):
        np.testing.assert_array_equal(model.predict(frame), expected)
    else:  # numpy's products round differently for columns and rows in memory
        np.testing.assert_allclose(model.predict(frame), expected, rtol=1e-12)


@every_estimator
@every_frame
def test_a_column_of_a_frame_as_target(estimator, library):
    X, y = data(estimator)
    target = FRAMES[library]({"y": y})["y"]
    np.testing.assert_array_equal(
        make(estimator).fit(X, target).predict(X), make(estimator).fit(X, y).predict(X)
    )


@every_estimator
@every_frame
def test_set_output_before_the_estimator(estimator, library):
    X, y = data(estimator, as_frame=True)
    scaler = StandardScaler().set_output(transform=library)
    model = make_pipeline(scaler, make(estimator)).fit(X, y)
    assert isinstance(scaler.transform(X), FRAMES[library])
    assert list(model[-1].feature_names_in_) == list(X.columns)


@every_linear_estimator
@every_frame
def test_a_model_predicts_a_frame_and_keeps_the_names(estimator, library):
    X, y = data(estimator, as_frame=True)
    pipeline = make_pipeline(StandardScaler(), make(estimator)).fit(X, y)
    model = sl.convert(pipeline)
    assert model.input.feature_names == tuple(X.columns)
    frame = FRAMES[library]({name: X[name].to_numpy() for name in X.columns})
    np.testing.assert_array_equal(model.predict(frame), model.predict(X.to_numpy()))
