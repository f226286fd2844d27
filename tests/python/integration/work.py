"""What the tests of threads and processes run, where child processes can import it."""

from __future__ import annotations

import slimline as sl
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler


def rows():
    """Standardised rows and their two classes."""
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def coefficients(seed):
    """Fit on two threads and return what was learned."""
    X, y = rows()
    model = sl.SGDClassifier(batch_size=64, max_iter=3, tol=None, n_jobs=2, random_state=seed)
    return model.fit(X, y).coef_
