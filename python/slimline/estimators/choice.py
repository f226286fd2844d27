"""Which engine "auto" runs for an estimator on given rows, and why: the core's own choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import check_array

from slimline import _core
from slimline._checks import csr_parts
from slimline.estimators._certified import CertifiedLinear
from slimline.estimators._data import Matrix, as_rows, is_sparse, training_data
from slimline.estimators._sgd_base import SGDBase
from slimline.estimators._svm_base import LinearSVMBase
from slimline.estimators._targets import check_labels, classes_of
from slimline.estimators.logistic_regression import LogisticRegression
from slimline.estimators.sgd_classifier import SGDClassifier
from slimline.estimators.svc import LinearSVC


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """What "auto" runs for problems that are alike.

    Attributes
    ----------
    n_problems : int
        Problems that are solved separately by this choice.
    facts : tuple of str
        What the choice depends on.
    rule : str
        The row of the table of engines that applies: the first whose condition holds.
    engines : str
        The engines of this row, in the order in which they run. Of several engines of an SVM, each
        runs only where the ones before have not reached ``tol``.
    fallback : str
        The engine that continues where these have not proven ``tol``; empty if there is none.
    """

    n_problems: int
    facts: tuple[str, ...]
    rule: str
    engines: str
    fallback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoices:
    """What "auto" runs for an estimator on given rows: ``print`` it, or read its attributes.

    Attributes
    ----------
    estimator : str
        The estimator and the parameter that leaves the choice to the core.
    choices : tuple of EngineChoice
        One, or several where ``multi_class="ovo"`` has pairs of classes that are chosen for
        differently.

    Examples
    --------
    >>> import numpy as np, slimline as sl
    >>> chosen = sl.explain_choice(sl.LinearSVC(), np.eye(4), [0, 1, 0, 1])
    >>> len(chosen.choices)
    1
    """

    estimator: str
    choices: tuple[EngineChoice, ...]

    def __str__(self) -> str:
        """Return one paragraph per choice."""
        lines = [self.estimator]
        for choice in self.choices:
            several = f" ({choice.n_problems} problems)" if choice.n_problems > 1 else ""
            lines += [
                f"  given:  {', '.join(choice.facts)}{several}",
                f"  rule:   {choice.rule}",
                f"  runs:   {choice.engines}",
            ]
            if choice.fallback:
                lines.append(f"  then, where tol is not proven: {choice.fallback}")
        return "\n".join(lines)


def explain_choice(estimator: Any, X: Any, y: ArrayLike | None = None) -> EngineChoices:
    """Return which engine "auto" runs for an estimator on these rows, in which order, and why.

    The core chooses as it does in a fit, from the same table and the same rows. Nothing is trained,
    and the estimator is not changed.

    Parameters
    ----------
    estimator : SGDClassifier, SGDRegressor, LinearSVC, LinearSVR, LogisticRegression, Lasso, \
ElasticNet or Ridge
        The first four with ``learning_rate="auto"``, or ``solver="auto"``.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The rows to train on. Rows of weight 0 count in no fit: leave them out.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
        Of which the number of classes or targets matters, and with ``multi_class="ovo"`` the rows
        of each class. None: as many as the estimator was fitted to, else two classes or one target.

    Returns
    -------
    EngineChoices

    Raises
    ------
    TypeError
        If the estimator is none of these. Those of :mod:`slimline.dask` have no choice.
    ValueError
        If it has that parameter and does not say "auto", X or y cannot be trained on, or y is
        needed.

    Examples
    --------
    >>> import numpy as np
    >>> import slimline as sl
    >>> X = np.random.default_rng(0).normal(size=(300, 20))
    >>> print(sl.explain_choice(sl.LinearSVC(), X))
    LinearSVC(solver='auto')
      given:  300 rows, 20 columns
      rule:   everything else
      runs:   `newton`, `smo`
    >>> regressor = sl.SGDRegressor(learning_rate="auto", loss="huber", penalty="l1")
    >>> sl.explain_choice(regressor, X).choices[0].engines
    "Newton's method on a standardised copy of the rows, primal-dual for kinks"
    """
    says = _what_says_auto(estimator)
    fresh = clone(estimator)
    fresh._validate_params()  # noqa: SLF001 - scikit-learn's
    rows, targets = _validated(fresh, X, y)
    known = estimator if y is None else None
    choices: Iterable[EngineChoice]
    if isinstance(fresh, LinearSVMBase):
        choices = _svm(fresh, rows, targets, known)
    else:
        options = _options(fresh, rows.shape[0])
        choices = [_linear(options, rows, _n_outputs(fresh, targets, known))]
    name = f"{type(estimator).__name__}({says})"
    return EngineChoices(estimator=name, choices=tuple(choices))


def _what_says_auto(estimator: Any) -> str:
    """Return the parameter that leaves the choice, as in a call, if it takes one to say so.

    TypeError or ValueError where the estimator has no choice.
    """
    kinds = SGDBase | LinearSVMBase | CertifiedLinear
    if not isinstance(estimator, kinds) or hasattr(estimator, "_local"):
        kind = f"{type(estimator).__module__.partition('._')[0]}.{type(estimator).__name__}"
        msg = (
            "estimator must be an SGDClassifier, SGDRegressor, LinearSVC, LinearSVR,"
            f" LogisticRegression, Lasso, ElasticNet or Ridge of slimline, got {kind}"
        )
        raise TypeError(msg)
    if isinstance(estimator, CertifiedLinear):
        return ""
    parameter = "learning_rate" if isinstance(estimator, SGDBase) else "solver"
    value = getattr(estimator, parameter)
    if value != "auto":
        msg = f"estimator must have {parameter}='auto', which leaves a choice, got {value!r:.60}"
        raise ValueError(msg)
    return f"{parameter}='auto'"


def _validated(fresh: Any, X: Any, y: Any) -> tuple[Matrix, NDArray[Any] | None]:
    """Return rows and targets as fits take them."""
    if y is None:
        rows = check_array(
            as_rows(X),
            accept_sparse="csr",
            accept_large_sparse=True,
            dtype=[np.float64, np.float32],
            order="C",
            input_name="X",
        )
        return rows, None
    if _classifies(fresh):
        rows, labels = training_data(fresh, X, y)
        check_labels(labels)
        return rows, labels
    multi_output = not isinstance(fresh, LinearSVMBase)
    return training_data(fresh, X, y, y_numeric=True, multi_output=multi_output)


def _classifies(estimator: Any) -> bool:
    return isinstance(estimator, SGDClassifier | LinearSVC | LogisticRegression)


def _n_outputs(fresh: Any, targets: NDArray[Any] | None, known: Any) -> int:
    """Return the number of outputs: one for two classes."""
    if not _classifies(fresh):
        if targets is None:
            return len(getattr(known, "intercept_", [0]))
        return 1 if targets.ndim == 1 else targets.shape[1]
    n_classes = _n_classes(targets, known)
    return n_classes if n_classes > 2 else 1  # noqa: PLR2004


def _n_classes(labels: NDArray[Any] | None, known: Any) -> int:
    if labels is None:
        return len(getattr(known, "classes_", [0, 1]))
    return len(classes_of(labels, len(labels)))


def _options(fresh: Any, n_rows: int) -> _core.SgdOptions:
    if isinstance(fresh, CertifiedLinear):
        return fresh._options(n_rows)  # noqa: SLF001 - ours
    fresh._check_combinations(partial=False)  # noqa: SLF001 - ours
    options: _core.SgdOptions = fresh._options(0)  # noqa: SLF001 - ours
    return options


def _linear(options: _core.SgdOptions, rows: Matrix, n_outputs: int) -> EngineChoice:
    if is_sparse(rows):
        arrays = csr_parts(rows)
        found = _core.choice_for_linear_csr(*arrays, rows.shape[1], n_outputs, options)
    else:
        found = _core.choice_for_linear(rows, n_outputs, options)
    return _choice(found, 1)


def _svm(
    fresh: Any, rows: Matrix, targets: NDArray[Any] | None, known: Any
) -> Iterator[EngineChoice]:
    n_rows, n_columns = rows.shape
    n_classes = 0
    if _classifies(fresh):
        fresh._check_offered()  # noqa: SLF001 - ours
        n_classes = _n_classes(targets, known)
    if n_classes <= 2 or fresh.multi_class == "ovr":  # noqa: PLR2004
        several = n_classes > 2  # noqa: PLR2004
        yield _choice(_core.choice_for_svm(n_rows, n_columns), n_classes if several else 1)
        return
    if targets is None:
        msg = "y must be given with multi_class='ovo': each pair of classes has rows of its own"
        raise ValueError(msg)
    _, counts = np.unique(targets, return_counts=True)
    first, second = np.triu_indices(n_classes, 1)
    yield from _pairs((counts[first] + counts[second]).tolist(), n_columns)


def _pairs(n_rows: list[int], n_columns: int) -> Iterator[EngineChoice]:
    """Yield the choices for pairs of classes of these numbers of rows, each rule once."""
    alike: dict[str, list[int]] = {}
    for n in sorted(n_rows, reverse=True):
        alike.setdefault(_core.choice_for_svm(n, n_columns).when, []).append(n)
    for sizes in alike.values():
        choice = _choice(_core.choice_for_svm(sizes[0], n_columns), len(sizes))
        if sizes[-1] < sizes[0]:
            facts = (f"{sizes[-1]} to {choice.facts[0]}", *choice.facts[1:])
            choice = replace(choice, facts=facts)
        yield choice


def _choice(found: _core.EngineChoice, n_problems: int) -> EngineChoice:
    return EngineChoice(
        n_problems=n_problems,
        facts=tuple(found.facts),
        rule=found.when,
        engines=found.engines,
        fallback=found.fallback,
    )
