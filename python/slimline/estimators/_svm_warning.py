"""The warning of LinearSVC and LinearSVR for a problem that stopped before its tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slimline import _core

_UNLIKE = 100.0  # ranges that differ by more take digits from one another
_FAR = 5.0  # likewise for columns so many times their range away from 0


def not_converged(estimator: Any, X: Any, solutions: Sequence[_core.SvmSolution]) -> str:
    """Return the gap that was reached, what kept it from tol, and what helps."""
    left = [solution for solution in solutions if not solution.converged]
    iterations = max(solution.iterations for solution in left)
    columns = _columns(X, centred=estimator.fit_intercept)
    if any(solution.exhausted for solution in left):
        reason = f"Increase max_iter={estimator.max_iter} or tol"
        reason += f", or standardise the features, {columns}." if columns else "."
    else:
        advice = [f"standardise the features, {columns}"] if columns else ["increase tol, lower C"]
        advice += ["choose solver='auto'"] if estimator.solver != "auto" else []
        reason = f"Further steps brought it no nearer: {' or '.join(advice)}."
    return (
        f"{type(estimator).__name__} stopped after {iterations} iterations with a relative duality "
        f"gap of {estimator.dual_gap_:.3g}, above tol={estimator.tol}: the objective is at most "
        f"that far from the best. {reason}"
    )


def _columns(X: Any, *, centred: bool) -> str:
    """Return how the scales of the columns differ, or nothing where they do not."""
    low, high = (np.ravel(_dense(extreme(axis=0))).astype(float) for extreme in (X.min, X.max))
    # Halves: the difference of two finite numbers may be none.
    sizes = high / 2 - low / 2 if centred else np.maximum(np.abs(low), np.abs(high)) / 2
    used = sizes > 0
    if not used.any():
        return ""
    sizes, middles = sizes[used], np.abs(high / 2 + low / 2)[used]
    if sizes.max() / _UNLIKE > sizes.min():
        what = "ranges" if centred else "sizes"
        return f"whose {what} go from {2 * sizes.min():.2g} to {2 * sizes.max():.2g}"
    far = (middles / sizes).max() / 2
    return f"which lie up to {far:.2g} times their range from 0" if far > _FAR else ""


def _dense(values: Any) -> Any:
    return values.toarray() if hasattr(values, "toarray") else values
