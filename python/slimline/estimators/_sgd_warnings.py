"""Warnings at the end of a fit of SGD: none, or one ConvergenceWarning with the cause."""

from __future__ import annotations

import warnings
from typing import Any, Protocol

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from slimline import _core
from slimline.estimators._data import Matrix, is_sparse

DIVERGED = 100.0  # times the objective of zero weights
_WORSE = 1.1  # likewise, where steps have decayed
_PROVEN = 1e-3  # gap that needs no word where tol is None
_SAMPLE = 1000  # rows that the columns are judged by
_FAR, _WIDE = 3.0, 3.0  # of a mean, in deviations; of a deviation, from 1, as a factor


class Proof(Protocol):
    """How near to the optimum a fit ended, after how many epochs of each output."""

    @property
    def n_iter(self) -> list[int]: ...
    @property
    def gap(self) -> float: ...


class End(Proof, Protocol):
    """How a fit ended: the result of one run of the core, or of several."""

    @property
    def converged(self) -> bool: ...
    @property
    def above_zero(self) -> float: ...


def warn_of_end(result: End, X: Matrix | None, estimator: Any) -> None:
    """Warn if a fit ended above the zero model, without proof, or with ``max_iter``.

    X: the rows, if available.
    """
    if estimator.learning_rate == "auto":
        text = _unproven(result, estimator)
    else:
        text = _unfinished(result, X, estimator)
    if text:
        warnings.warn(text, ConvergenceWarning, stacklevel=5)


def _unfinished(result: End, X: Matrix | None, estimator: Any) -> str:
    """Describe epochs that ended far above the zero model, or before they had converged.

    With ``tol=None`` their number was asked for, and after few epochs the objective may be above
    that of the zero model.
    """
    texts = []
    if estimator.tol is not None and not result.converged:
        texts.append(
            "Maximum number of iteration reached before convergence:"
            f" max_iter={max(result.n_iter)}. Consider increasing max_iter to improve the fit."
        )
    if result.above_zero > (DIVERGED if estimator.tol is None else _WORSE):
        texts.append(_above_zero(result, X, estimator))
    return " ".join(texts[::-1] if result.above_zero > DIVERGED else texts)


def warn_of_divergence(result: End, X: Matrix, estimator: Any) -> None:
    """Warn if the mean loss during an epoch was far above that of the zero model."""
    if result.above_zero > DIVERGED:
        warnings.warn(_above_zero(result, X, estimator), ConvergenceWarning, stacklevel=5)


def _above_zero(result: End, X: Matrix | None, estimator: Any) -> str:
    what = "SGD diverged" if result.above_zero > DIVERGED else "SGD ended worse than it began"
    advice = [] if X is not None and _standardised(X) else ["scale the features (StandardScaler)"]
    if estimator.learning_rate == "optimal":
        advice.append(f"increase alpha={estimator.alpha}, which shortens the steps")
    elif estimator.learning_rate != "auto":
        advice.append(f"lower eta0={estimator.eta0}")
    if estimator.learning_rate != "auto":
        advice.append("use learning_rate='auto'")
    text = f"{', '.join(advice[:-1])}, or {advice[-1]}" if len(advice) > 1 else "".join(advice)
    return (
        f"{what}: the objective ended at {result.above_zero:.3g} times that of zero weights with"
        f" the best intercept. {text[:1].upper()}{text[1:]}."
    )


def _unproven(result: End, estimator: Any) -> str | None:
    tol, max_iter = estimator.tol, estimator.max_iter
    easier = "" if estimator.penalty == "l2" else "penalty='l2'"
    text = unproven(result, tol, max_iter, stronger="increase alpha", easier=easier)
    if text and estimator.loss == "perceptron":
        return (
            "loss='perceptron' is least at zero weights: there is no optimum to come near to, and"
            " learning_rate='auto' ended where its steps decayed to zero. Use loss='hinge'."
        )
    return text


def unproven(
    result: Proof, asked: float | None, max_iter: int, *, stronger: str, easier: str = ""
) -> str | None:
    """Return what is proven and what helps, where that is less than was asked for.

    ``asked`` is the estimator's tol. ``stronger`` says how to penalise more, and ``easier`` which
    other penalty asks for less work, if one does.
    """
    tol = _PROVEN if asked is None else max(float(asked), _core.LEAST_TOL)
    if result.gap <= tol:
        return None
    goal = f"{tol:g}, which tol=None asks for" if asked is None else f"tol={tol:g}"
    known = f"within a relative {result.gap:.2g} of the least, above {goal}"
    if result.gap >= 1:
        known = f"below that of zero weights, and not within {goal} of the least"
    n_iter = max(result.n_iter)
    if n_iter >= max_iter:
        return (
            f"max_iter={max_iter} ended the fit: the objective is proven to be {known}."
            f" Increase max_iter or tol, or {stronger}."
        )
    advice = f"{stronger}, or choose {easier}" if easier else f"or {stronger}"
    return (
        f"Stopped after {n_iter} epochs: the objective is proven to be {known}. What would prove"
        " more, for these losses, penalties and numbers of columns, is beyond rounding or too much"
        f" work: increase tol, {advice}."
    )


def _standardised(X: Matrix) -> bool:
    """Whether scaling the features would change little."""
    rows = X[:: max(1, X.shape[0] // _SAMPLE)]
    dense = rows.toarray() if is_sparse(rows) else rows
    deviation = np.std(dense, axis=0, dtype=np.float64)
    near = np.abs(np.mean(dense, axis=0, dtype=np.float64)) <= _FAR * deviation
    alike = (deviation >= 1 / _WIDE) & (deviation <= _WIDE)
    return bool(((deviation == 0) | (near & alike)).all())
