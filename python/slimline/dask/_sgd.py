"""SGDClassifier and SGDRegressor on dask collections."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval
from sklearn.utils.metaestimators import available_if

from slimline import estimators
from slimline.dask._base import Distributed, DistributedClassifier
from slimline.dask._clients import connected
from slimline.dask._partitions import Survey, encode, survey
from slimline.dask._rounds import Rounds
from slimline.dask._sgd_fit import fit_in_rounds
from slimline.estimators._data import count
from slimline.estimators._sgd_training import Weights
from slimline.estimators._targets import class_weights
from slimline.estimators._training import trains
from slimline.estimators.sgd_classifier import _has_probabilities


class _SGD:
    """What classifier and regressor share."""

    _own: ClassVar[Mapping[str, Any]] = {"client": None, "local_epochs": 1}
    local_epochs: int

    def _check_offered(self: Any) -> None:
        self._check_combinations(partial=False)
        if self.early_stopping:
            msg = "early_stopping must be False on a cluster, got True: rounds stop by tol"
            raise ValueError(msg)

    def _train(
        self: Any,
        rounds: Rounds,
        data: Survey,
        class_weight: NDArray[np.float64],
        weights: Weights,
    ) -> None:
        self._set_columns(data.facts)
        self._average_from = count(self.average)
        self._publish(fit_in_rounds(self, rounds, data, class_weight, weights))

    def _begin(
        self: Any, n_outputs: int, found: Survey, coef: Any, intercept: Any, *, go_on: bool
    ) -> Weights:
        """Zeros, what is given, or where ``go_on`` what the last fit ended with."""
        if self.warm_start and go_on:
            coef = self.coef_ if coef is None else coef
            intercept = self.intercept_ if intercept is None else intercept
        shape = np.empty((0, found.facts.n_features), dtype=found.facts.dtype)
        started: Weights = self._start(n_outputs, shape, coef, intercept)
        return started


class SGDClassifier(_SGD, DistributedClassifier, estimators.SGDClassifier):
    """Linear classifiers by local SGD on the partitions of dask collections.

    Every round starts all partitions from the same weights, trains on each for ``local_epochs``,
    and takes the mean, weighted by rows. The result depends on the partitions and the seed alone:
    not on the workers, their number, or whether some of them were lost.

    Parameters
    ----------
    client : distributed.Client or None, default=None
        None: the current client, or else a cluster inside this process for the time of the fit.
    local_epochs : int, default=1
        Epochs in each partition between two averages.
    **parameters
        Parameters of :class:`slimline.SGDClassifier`, with the same defaults. A round takes the
        place of an epoch: ``max_iter``, ``tol``, ``n_iter_no_change``, ``callback`` and ``verbose``
        count rounds. "linear", "cosine", "adaptive" and "auto" keep a constant step size within a
        round; the other schedules continue from the number of updates that all partitions have
        made. ``early_stopping`` is not offered. "auto" is exact for "l2" and losses of one score
        except "perceptron": Newton's method reaches a relative duality gap of ``tol`` over all
        rows, without calls of ``callback``.

    Attributes
    ----------
    coef_, intercept_, classes_, n_features_in_, feature_names_in_
        As in :class:`slimline.SGDClassifier`.
    n_iter_ : int
        Number of rounds.
    t_ : float
        Number of updates of all partitions, plus one.
    objective_, dual_gap_ : float
        For exact fits: the objective (one per output, if there are several), and the relative
        duality gap.

    Examples
    --------
    >>> import dask.array as da
    >>> from slimline.dask import SGDClassifier
    >>> X = da.random.default_rng(0).normal(size=(400, 3), chunks=(100, 3))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> model = SGDClassifier(random_state=0, max_iter=5, tol=None).fit(X, y)
    >>> model.predict(X).compute().shape
    (400,)
    """

    _local: ClassVar[type[Any]] = estimators.SGDClassifier
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **estimators.SGDClassifier._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "local_epochs": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, *, client: Any = None, local_epochs: int = 1, **parameters: Any) -> None:
        super().__init__(client=client, local_epochs=local_epochs, **parameters)

    @trains
    def fit(  # type: ignore[override] # no validation set on a cluster
        self,
        X: Any,
        y: Any,
        coef_init: ArrayLike | None = None,
        intercept_init: ArrayLike | None = None,
        sample_weight: Any = None,
    ) -> Self:
        """Train on the rows of X and the labels y.

        Parameters
        ----------
        X : dask array or data frame of shape (n_samples, n_features)
            Blocks are dense or scipy CSR. Chunk sizes may be unknown, and partitions may be empty.
        y : dask array or series of shape (n_samples,), partitioned as X
            It may be a NumPy array if the chunk sizes of X are known.
        coef_init, intercept_init : array-like or None, default=None
            Initial weights, instead of zero.
        sample_weight : as y, or None, default=None

        Returns
        -------
        self : SGDClassifier
        """
        self._check_collection(X)
        self._check_offered()
        with connected(self.client) as client:
            rounds = Rounds(client)
            found = survey(rounds, X, y, sample_weight, classification=True)
            classes = found.facts.labels
            same = hasattr(self, "coef_") and np.array_equal(self.classes_, classes)
            self._set_classes(classes)
            weights = self._begin(self._n_outputs(), found, coef_init, intercept_init, go_on=same)
            # One row per class, with the weight of all its rows, has the same balance.
            balance = class_weights(self.class_weight, classes, classes, found.facts.label_weights)
            self._train(rounds, encode(rounds, found, classes), balance, weights)
        return self

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """Return probabilities: a lazy dask array for a collection, else an array."""
        return self._by_rows("predict_proba", X)

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of :meth:`predict_proba`."""
        return self._by_rows("predict_log_proba", X)


class SGDRegressor(_SGD, Distributed, estimators.SGDRegressor):
    """Linear regression by local SGD on the partitions of dask collections.

    Like :class:`slimline.dask.SGDClassifier`, for values of one or several targets.

    Parameters
    ----------
    client : distributed.Client or None, default=None
    local_epochs : int, default=1
    **parameters
        Parameters of :class:`slimline.SGDRegressor`, with the same defaults.

    Attributes
    ----------
    coef_, intercept_, n_iter_, t_, n_features_in_, feature_names_in_
        As in :class:`slimline.SGDRegressor`.

    Examples
    --------
    >>> import dask.array as da
    >>> from slimline.dask import SGDRegressor
    >>> X = da.linspace(-1, 1, 200, chunks=50).reshape(-1, 1)
    >>> model = SGDRegressor(learning_rate="constant", eta0=0.1, random_state=0)
    >>> model.fit(X, 3 * X[:, 0] + 1).coef_.round(1)
    array([3.])
    """

    _local: ClassVar[type[Any]] = estimators.SGDRegressor
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **estimators.SGDRegressor._parameter_constraints,  # noqa: SLF001 - scikit-learn's name
        "local_epochs": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, *, client: Any = None, local_epochs: int = 1, **parameters: Any) -> None:
        super().__init__(client=client, local_epochs=local_epochs, **parameters)

    @trains
    def fit(  # type: ignore[override] # no validation set on a cluster
        self,
        X: Any,
        y: Any,
        coef_init: ArrayLike | None = None,
        intercept_init: ArrayLike | None = None,
        sample_weight: Any = None,
    ) -> Self:
        """Train on the rows of X and the values y.

        Parameters
        ----------
        X : dask array or data frame of shape (n_samples, n_features)
        y : dask array, series or data frame of shape (n_samples,) or (n_samples, n_targets)
        coef_init, intercept_init : array-like or None, default=None
        sample_weight : dask array, series or None, default=None

        Returns
        -------
        self : SGDRegressor
        """
        self._check_collection(X)
        self._check_offered()
        with connected(self.client) as client:
            rounds = Rounds(client)
            found = survey(rounds, X, y, sample_weight, classification=False)
            n_outputs = int(np.prod(found.facts.target_shape))
            same = hasattr(self, "coef_") and self._n_targets() == n_outputs
            weights = self._begin(n_outputs, found, coef_init, intercept_init, go_on=same)
            self._train(rounds, encode(rounds, found, None), np.empty(0), weights)
        return self
