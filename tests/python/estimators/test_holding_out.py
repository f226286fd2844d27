"""What ``early_stopping`` says of rows that cannot be split."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl


@pytest.mark.parametrize("kind", [sl.SGDClassifier, sl.MLPClassifier])
@pytest.mark.parametrize("labels", [np.array(["a", "b", "rare"]), np.array([3, 4, 77])])
def test_early_stopping_names_the_classes_that_it_cannot_split(kind, labels):
    X = np.arange(40.0).reshape(20, 2)
    y = labels[np.arange(20) % 2]
    y[-1] = labels[2]
    with pytest.raises(ValueError, match=f"only 1 member, .* got: {labels[2]}$"):
        kind(early_stopping=True).fit(X, y)
    with pytest.raises(ValueError, match=r"leaves 4 of 5 rows .* and 1 to validate.* at least 2,"):
        kind(early_stopping=True).fit(X[:5], labels[[0, 1, 0, 1, 0]])


@pytest.mark.parametrize("kind", [sl.SGDRegressor, sl.MLPRegressor])
def test_early_stopping_says_how_few_rows_are_left(kind):
    with pytest.raises(ValueError, match=r"validation_fraction=0.1 leaves 0 of 1 rows to train on"):
        kind(early_stopping=True).fit([[1.0]], [1.0])
