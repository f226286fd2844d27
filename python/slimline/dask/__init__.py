"""Training and predicting on dask collections: the extra "dask".

Every partition is a pure task for the core, and the results are reduced in a fixed tree. So the
final result depends on the partitions alone: not on the number of workers, on the order of the
tasks, or on whether a worker was lost.
"""

from __future__ import annotations

try:
    import distributed as _  # noqa: F401 - the extra may be missing
except ModuleNotFoundError as error:
    _message = f"slimline.dask needs {error.name}: pip install 'dask[complete]' scikit-learn"
    raise ImportError(_message, name=error.name) from error

from slimline.dask._prediction import decision_function, predict, predict_proba
from slimline.dask._sgd import SGDClassifier, SGDRegressor
from slimline.dask._svm import LinearSVC, LinearSVR
from slimline.dask._wide import WideSGDClassifier

__all__ = [
    "LinearSVC",
    "LinearSVR",
    "SGDClassifier",
    "SGDRegressor",
    "WideSGDClassifier",
    "decision_function",
    "predict",
    "predict_proba",
]
