"""Model-parallel: classes split over workers, for training and for predicting.

Every task has all rows and trains some of the classes, each against the rest. Their weights stay on
the workers, as chunks of a dask array. They never move while they are trained, and prediction moves
the best scores, not weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any, ClassVar, NamedTuple, Self

import dask
import dask.array as da
import distributed
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from slimline import estimators
from slimline._collections import is_collection, known_lengths, row_blocks
from slimline.dask._base import DistributedClassifier
from slimline.dask._partitions import Part, Survey, encode, survey
from slimline.dask._rounds import Rounds
from slimline.estimators._data import is_sparse
from slimline.estimators._sgd_base import SEED_BOUND
from slimline.estimators._sgd_training import Task, Weights, train
from slimline.estimators._sgd_warnings import warn_of_end
from slimline.estimators._training import trains


class _Columns(NamedTuple):
    """Some of the classes: their number, weights, and how their training ended."""

    first: int
    coef: NDArray[Any]
    intercept: NDArray[np.float64]
    n_iter: list[int]
    converged: bool
    above_zero: float
    gap: float


class WideSGDClassifier(DistributedClassifier, estimators.SGDClassifier):
    """One-vs-rest classifiers for thousands of classes, split over workers by class.

    For models that are too large for one machine, with rows that are not. Every worker holds all
    rows, and no weight leaves the worker that trained it. Every class is trained as
    :class:`slimline.SGDClassifier` trains it on one machine.

    Parameters
    ----------
    client : distributed.Client or None, default=None
        None: the current client. It must stay open as long as the model is used.
    classes_per_task : int, default=64
        Number of classes that one task trains in one pass over the rows.
    **parameters
        Parameters of :class:`slimline.SGDClassifier`, with the same defaults.
        ``loss="multinomial"``, ``class_weight``, ``early_stopping`` and ``warm_start`` are not
        offered.

    Attributes
    ----------
    coef_ : dask array of shape (n_classes, n_features)
        In chunks of ``classes_per_task`` rows, on the workers.
    intercept_, classes_, n_iter_, n_features_in_, feature_names_in_
        As in :class:`slimline.SGDClassifier`.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from slimline.dask import WideSGDClassifier
    >>> X = da.eye(30, chunks=10)
    >>> with Client(processes=False, dashboard_address=":0") as client:
    ...     model = WideSGDClassifier(classes_per_task=8, random_state=0).fit(X, range(30))
    ...     model.predict(X).compute().tolist() == list(range(30))
    True
    """

    _local: ClassVar[type[Any]] = estimators.SGDClassifier
    _own: ClassVar[Mapping[str, Any]] = {"client": None, "classes_per_task": 64}
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **estimators.SGDClassifier._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "classes_per_task": [Interval(Integral, 1, None, closed="left")],
    }
    classes_per_task: int

    def __init__(
        self, *, client: Any = None, classes_per_task: int = 64, **parameters: Any
    ) -> None:
        super().__init__(client=client, classes_per_task=classes_per_task, **parameters)

    @trains
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # type: ignore[override]
        """Train on the rows of X and the labels y, of at least three classes.

        Parameters
        ----------
        X : dask array or data frame of shape (n_samples, n_features)
        y : dask array or series of shape (n_samples,), partitioned as X
        sample_weight : as y, or None, default=None

        Returns
        -------
        self : WideSGDClassifier
        """
        self._check_collection(X)
        self._check_offered()
        rounds = Rounds(self.client or distributed.get_client())
        found = survey(rounds, X, y, sample_weight, classification=True)
        self._set_classes(found.facts.labels, fewest=3)
        self._set_columns(found.facts)
        self._train(rounds, encode(rounds, found, self.classes_))
        return self

    def _check_offered(self) -> None:
        self._check_combinations(partial=False)
        for name, wanted in (
            ("class_weight", None),
            ("early_stopping", False),
            ("warm_start", False),
        ):
            if getattr(self, name) != wanted:
                msg = f"{name} must be {wanted} in WideSGDClassifier, got {getattr(self, name)!r}"
                raise ValueError(msg)
        if self.loss == "multinomial":
            msg = "loss must be one of a single score, got 'multinomial', which couples all classes"
            raise ValueError(msg)

    def _train(self, rounds: Rounds, data: Survey) -> None:
        seed = int(check_random_state(self.random_state).randint(SEED_BOUND))
        plain = rounds.hold(self._plain(callback=None, random_state=0, verbose=0))
        whole = rounds.merge(_stack, data.parts)
        starts = range(0, len(self.classes_), self.classes_per_task)
        ends = [min(first + self.classes_per_task, len(self.classes_)) for first in starts]
        blocks = rounds.each(_train_columns, starts, ends, rows=whole, estimator=plain, seed=seed)
        facts = rounds.results(rounds.each(_without_coef, blocks))
        self._blocks = blocks  # futures: the weights live as long as these
        shapes = [
            (end - first, data.facts.n_features) for first, end in zip(starts, ends, strict=True)
        ]
        like = np.empty((0, 0), dtype=data.facts.dtype)
        coefs = rounds.each(_coef, blocks)
        self.coef_ = da.concatenate(
            [
                da.from_delayed(dask.delayed(coef), shape, meta=like)
                for coef, shape in zip(coefs, shapes, strict=True)
            ]
        )
        self.intercept_ = np.concatenate([fact.intercept for fact in facts])
        self.n_iter_ = max(max(fact.n_iter) for fact in facts)
        ended = _Columns(
            first=0,
            coef=like,
            intercept=self.intercept_,
            n_iter=[self.n_iter_],
            converged=all(fact.converged for fact in facts),
            above_zero=max(fact.above_zero for fact in facts),
            gap=max(fact.gap for fact in facts),
        )
        if self.learning_rate == "auto":
            self.dual_gap_ = ended.gap
        warn_of_end(ended, None, self)

    def predict(self, X: Any) -> Any:
        """Return a lazy dask array of labels, partitioned as X."""
        return self._by_blocks(X, _best, _winners, self.classes_[:0])

    def decision_function(self, X: Any) -> Any:
        """Return a lazy dask array of scores (n_samples, n_classes), partitioned as X."""
        like = np.empty((0, len(self.classes_)), dtype=self.coef_.dtype)
        return self._by_blocks(X, _scores, _side_by_side, like)

    def to_local(self) -> Any:
        """Fetch the weights of all classes, and return an estimator of one machine."""
        local = super().to_local()
        local.coef_ = self.coef_.compute()
        del local._blocks  # noqa: SLF001 - ours
        return local

    def _by_blocks(self, X: Any, look: Any, join: Any, like: NDArray[Any]) -> Any:
        """Score every block of rows with every block of classes, and join the classes."""
        check_is_fitted(self)
        if not is_collection(X):
            msg = f"X must be a dask array or data frame, got {type(X).__name__}: see to_local"
            raise TypeError(msg)
        look, join = (dask.delayed(f, pure=False) for f in (look, join))
        parts = []
        rows = row_blocks(X, {})
        lengths = known_lengths(X) or [np.nan] * len(rows)
        for (block,), length in zip(rows, lengths, strict=True):
            seen = [look(block, columns) for columns in self._blocks]
            parts.append(
                da.from_delayed(join(seen, self.classes_), (length, *like.shape[1:]), meta=like)
            )
        return da.concatenate(parts, allow_unknown_chunksizes=True)


def _stack(parts: Sequence[Part]) -> Part:
    """All rows in one place."""
    first = parts[0]
    X = sparse.vstack([p.X for p in parts], format="csr") if is_sparse(first.X) else None
    return replace(
        first,
        X=np.concatenate([part.X for part in parts]) if X is None else X,
        y=np.concatenate([part.y for part in parts]),
        weight=np.concatenate([part.weight for part in parts]),
        n_counted=sum(part.n_counted for part in parts),
    )


def _train_columns(first: int, end: int, *, rows: Part, estimator: Any, seed: int) -> _Columns:
    """Train classes first .. end-1, each against the rest."""
    own = rows.y == np.arange(first, end)
    labels = np.where(own, 1.0, -1.0)
    task = Task(labels, rows.weight, np.empty(0), n_counted=rows.n_counted)
    weights = Weights.zeros(
        (end - first, rows.X.shape[1]),
        rows.X.dtype,
        average=estimator.average > 0,
        adaptive=estimator.adaptive_scale,
    )
    options = estimator._options(0)  # noqa: SLF001 - ours
    options.seed = seed
    result = train(rows.X, task, weights, options, None)
    averaged = 0 < estimator.average <= result.updates
    return _Columns(
        first=first,
        coef=weights.average_coef if averaged else weights.coef,
        intercept=weights.average_intercept if averaged else weights.intercept,
        n_iter=result.n_iter,
        converged=result.converged,
        above_zero=result.above_zero,
        gap=result.gap,
    )


def _without_coef(columns: _Columns) -> _Columns:
    return columns._replace(coef=columns.coef[:0])


def _coef(columns: _Columns) -> NDArray[Any]:
    return columns.coef


def _scores(X: Any, columns: _Columns) -> NDArray[Any]:
    rows = X.to_numpy() if hasattr(X, "to_numpy") else X
    scores: NDArray[Any] = np.asarray(rows @ columns.coef.T) + columns.intercept
    return scores.astype(columns.coef.dtype)


def _best(X: Any, columns: _Columns) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the best score of these classes for every row, and its class."""
    scores = _scores(X, columns)
    if not len(scores):
        return scores[:, 0], np.empty(0, dtype=np.intp)
    best = scores.argmax(axis=1)
    return scores[np.arange(len(scores)), best], best + columns.first


def _winners(seen: Sequence[Any], classes: NDArray[Any]) -> NDArray[Any]:
    scores, best = (np.array(values) for values in zip(*seen, strict=True))
    labels: NDArray[Any] = classes[best[scores.argmax(axis=0), np.arange(scores.shape[1])]]
    return labels


def _side_by_side(seen: Sequence[NDArray[Any]], _classes: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate(seen, axis=1)
