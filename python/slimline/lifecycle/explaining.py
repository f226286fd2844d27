"""Explanations of predictions: additive contributions of the features to each output.

For linear models they are ``w_j (x_j - b_j)``, exactly. For networks the core computes integrated
gradients, which are complete for any number of steps (see cpp/include/slimline/explain.hpp).
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._blocks import row_slices
from slimline._checks import Rows, dense_features
from slimline._text import fields_repr, table
from slimline.model import Model, check_model
from slimline.pages import Picture, Section, Table, plots, render

# As in the core, which holds all points of a line at once.
MAX_STEPS = 1_000_000
_WRITTEN = 16  # products that take as long as a value that is written


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """The result of :func:`explain`; printing it shows the most important features.

    Parameters
    ----------
    contributions : ndarray of float32, shape (n_samples, n_outputs, n_features)
        Each output of a row is ``base`` plus the sum of its contributions.
    base : ndarray of float32, shape (n_outputs,)
        Outputs of the background.
    feature_names : tuple of str
        The feature names of the model, or x0, x1, ...
    outputs : tuple of str
        The meaning of each output: a class, a pair of classes, or a target.

    Examples
    --------
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVR(C=100).fit([[0.0, 1], [1, 0], [2, 5]], [0.0, 3.0, 6.0]))
    >>> [name for name, _ in sl.explain(model, [[2.0, 5.0]]).top(1)]
    ['x0']
    """

    contributions: NDArray[np.float32]
    base: NDArray[np.float32]
    feature_names: tuple[str, ...]
    outputs: tuple[str, ...]

    __repr__ = fields_repr

    def top(self, n: int = 10) -> list[tuple[str, float]]:
        """Return the n features of the greatest mean absolute contribution, with that mean."""
        weight = np.abs(self.contributions).mean(axis=(0, 1), dtype=np.float64)
        order = np.argsort(-weight, kind="stable")[:n]
        return [(self.feature_names[j], float(weight[j])) for j in order]

    def __str__(self) -> str:
        """Return a table of the ten features that matter most."""
        return table(self.top(), ("feature", "mean |contribution|"))

    def to_html(self, title: str = "Explanation", *, n: int = 15) -> str:
        """Return one self-contained page: the top n features overall, and for each output.

        Raises
        ------
        ImportError
            If jinja2 or matplotlib is missing: the extra "report" installs them.
        """
        top = self.top(n)
        names, weights = [name for name, _ in top], [weight for _, weight in top]
        rows = Table(header=("feature", "mean |contribution|"), rows=top)
        overall: list[Table | Picture] = [plots.bars(names, weights, "mean |contribution|"), rows]
        text = f"Over {len(self.contributions):,} rows and all outputs."
        sections = [Section(title="Features that matter most", text=text, parts=overall)]
        means = self.contributions.mean(axis=0, dtype=np.float64)
        for output, mean, base in zip(self.outputs, means, self.base, strict=True):
            order = np.argsort(-np.abs(mean), kind="stable")[:n]
            picture = plots.bars(
                [self.feature_names[j] for j in order], mean[order].tolist(), "mean contribution"
            )
            text = f"Base value {base:.4g}; contributions move the output away from it."
            sections.append(Section(title=f"Output {output}", text=text, parts=[picture]))
        return render(title, sections)


def explain(
    model: Model,
    X: Any,
    *,
    background: Any = None,
    n_steps: int = 32,
    n_threads: int = 1,
) -> Explanation:
    """Split each output of a model into additive contributions of the features.

    Contributions sum to the output minus that of the background, up to float32 rounding. Outputs
    are those before the link: margins, logits, or the values of a regression. Layers stored as int8
    are explained by their dequantized weights, so that the sums differ from the predicted outputs
    by the rounding of the inputs. Features that a pruned model does not use contribute zero.

    Parameters
    ----------
    model : Model
    X : array-like, data frame or scipy sparse matrix of shape (n_samples, n_features)
    background : array-like of shape (n_rows, n_features), optional
        The mean of these rows is the point at which contributions are zero. By default it is the
        mean with which the model standardises, or zero.
    n_steps : int, default=32
        For networks: number of segments of the line from the background to a row.
    n_threads : int, default=1
        The result does not depend on it.

    Returns
    -------
    Explanation

    Raises
    ------
    ValueError, TypeError
        If X or background do not fit this model, or n_steps is not in 1 to 1,000,000.

    Examples
    --------
    >>> import slimline as sl
    >>> X, y = [[0.0, 1.0], [1.0, 0.0], [2.0, 0.0]], [0.0, 2.0, 4.0]
    >>> model = sl.convert(sl.LinearSVR(C=100).fit(X, y))
    >>> why = sl.explain(model, X)
    >>> bool(abs(why.base + why.contributions.sum(axis=2) - model.outputs(X)).max() < 1e-5)
    True
    """
    check_model("model", model)
    if not isinstance(n_steps, Integral) or not 1 <= n_steps <= MAX_STEPS:
        msg = f"n_steps must be 1 to {MAX_STEPS:,}, got {n_steps!r:.60}"
        raise ValueError(msg)
    Z = _first_inputs(model, _rows(model, X))
    if len(Z) == 0:
        msg = "X must have at least one row, got none"
        raise ValueError(msg)
    baseline = _baseline(model, background)
    weights = [layer.weight for layer in model.layers]
    biases = [layer.bias for layer in model.layers]
    activations = [layer.activation for layer in model.layers]
    shape = (len(Z), len(weights[-1]), Z.shape[1])
    found = np.empty((shape[0], shape[1] * shape[2]), dtype=np.float32)
    if len(weights) == 1 and activations[0] == "identity":
        steps, to = (Z - baseline)[:, None, :], found.reshape(shape)
        for rows in row_slices(len(Z), _WRITTEN * shape[1] * shape[2]):
            np.multiply(steps[rows], weights[0], out=to[rows])
    else:
        _core.integrated_gradients(
            weights, biases, activations, Z, baseline, n_steps, found, n_threads
        )
    return Explanation(
        contributions=_of_features(model, found.reshape(shape)),
        base=_logical_outputs(model, baseline),
        feature_names=model.input.names or tuple(f"x{j}" for j in range(model.input.n_features)),
        outputs=_output_names(model),
    )


def _rows(model: Model, X: Any) -> Rows:
    return dense_features(model.columns(X), model.input.n_features, model.input.row_type)


def _first_inputs(model: Model, X: Rows) -> NDArray[np.float32]:
    return np.ascontiguousarray(model.input.apply(X))


def _of_features(model: Model, found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return contributions of all features: those that the model does not read have none."""
    if model.input.selected is None:
        return found
    every = np.zeros((*found.shape[:2], model.input.n_features), dtype=np.float32)
    every[:, :, model.input.selected] = found
    return every


def _baseline(model: Model, background: Any) -> NDArray[np.float32]:
    """Return what the first layer sees of the background."""
    if background is None:
        return np.zeros(model.input.n_inputs, dtype=np.float32)
    rows = _rows(model, background)
    if len(rows) == 0:
        msg = "background must have at least one row, got none"
        raise ValueError(msg)
    mean = rows.mean(axis=0, keepdims=True, dtype=np.float64).astype(rows.dtype)
    return np.asarray(_first_inputs(model, mean)[0])


def _logical_outputs(model: Model, x: NDArray[np.float32]) -> NDArray[np.float32]:
    stack = _core.Stack(len(x))
    for layer in model.layers:
        stack.add_dense(np.ascontiguousarray(layer.weight), layer.bias, layer.activation)
    out: NDArray[np.float32] = np.empty((1, model.layers[-1].n_out), dtype=np.float32)
    stack.forward(x[None], out, 1)
    return np.asarray(out[0])


def _output_names(model: Model) -> tuple[str, ...]:
    n_out = model.layers[-1].n_out
    if model.classes is None:
        return tuple(f"target {j}" for j in range(n_out))
    labels = [str(label) for label in model.classes]
    if n_out == 1:
        return (f"{labels[1]} over {labels[0]}",)
    if n_out == len(labels):
        return tuple(labels)
    return tuple(
        f"{labels[i]} over {labels[j]}"
        for i, j in zip(*np.triu_indices(len(labels), 1), strict=True)
    )
