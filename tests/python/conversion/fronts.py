"""What stands in front of estimators in tests, and the check that a Model answers as it does."""

from __future__ import annotations

from typing import Any

import slimline as sl
from conversion import tables
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    StandardScaler,
)

FRAME = tables.table(300, 1)
NEW = tables.table(200, 2, unseen=True)
Y = tables.labels(FRAME)
ONE_HOT = OneHotEncoder(handle_unknown="ignore")
IMPUTED = make_pipeline(SimpleImputer(), StandardScaler())
FILLED = make_pipeline(SimpleImputer(strategy="most_frequent"), ONE_HOT)
WHOLE = make_column_transformer(
    (StandardScaler(), tables.NUMBERS),
    (SimpleImputer(strategy="median", add_indicator=True), tables.GAPS),
    (ONE_HOT, tables.CATEGORIES),
    (FILLED, tables.HOLES),
)


def check(front: Any, last: Any = None, *, rows: Any = FRAME, new: Any = NEW, y: Any = Y) -> Any:
    pipeline = tables.fitted(make_pipeline(front, last or LogisticRegression()), rows, y)
    model = sl.convert(pipeline, X=rows)
    tables.check_same(pipeline, model, new)
    return model
