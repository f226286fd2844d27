"""Steps of numbers: elementwise functions in float64 with parameters for each column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from types import MappingProxyType
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from slimline._checks import check_choice
from slimline.layers._state import Parameter, StoredTensor, frozen_array

Floats = NDArray[np.float64]

_F8 = (np.float64,)
OUTPUT = Parameter(
    "output", ("uniform", "normal"), "of `quantile`: the distribution that it maps to"
)


class Op(NamedTuple):
    """What a step does: ``apply(x, *arrays, *texts)`` of x, shape (n, d), NaN where missing."""

    meaning: str
    apply: Callable[..., Floats]
    stored: tuple[StoredTensor, ...] = ()
    parameters: tuple[Parameter, ...] = ()


def _imputed(x: Floats, value: Floats) -> Floats:
    filled: Floats = np.where(np.isnan(x), value, x)
    return filled


def _yeo_johnson(x: Floats, power: Floats) -> Floats:
    """Apply the transformation of Yeo and Johnson (2000), as scikit-learn does."""
    out = np.empty_like(x)
    for j, lambda_ in enumerate(power):
        column, positive = x[:, j], x[:, j] >= 0
        below = ~positive
        out[positive, j] = (
            np.log1p(column[positive])
            if abs(lambda_) < np.spacing(1.0)
            else np.expm1(lambda_ * np.log1p(column[positive])) / lambda_
        )
        out[below, j] = (
            -np.log1p(-column[below])
            if abs(lambda_ - 2) <= np.spacing(1.0)
            else -np.expm1((2 - lambda_) * np.log1p(-column[below])) / (2 - lambda_)
        )
    return out


def _box_cox(x: Floats, power: Floats) -> Floats:
    """Apply the transformation of Box and Cox (1964): NaN for numbers that are not positive."""
    out = np.where(power == 0, np.log(x), np.expm1(power * np.log(x)) / np.where(power, power, 1))
    return np.where(x > 0, out, np.nan)


_BOUND = 1e-7  # how near to an outer quantile a number of a normal output counts as beyond it


def _quantile(x: Floats, references: Floats, quantiles: Floats, output: str) -> Floats:
    """Interpolate the cumulative distribution, from both sides, as scikit-learn does."""
    out = np.empty_like(x)
    for j, own in enumerate(quantiles):
        column = x[:, j]
        below, above = column <= own[0], column >= own[-1]
        if output == "normal":
            below, above = column - _BOUND < own[0], column + _BOUND > own[-1]
        rising = np.interp(column, own, references)
        falling = np.interp(-column, -own[::-1], -references[::-1])
        places = 0.5 * (rising - falling)
        places[above] = 1
        places[below] = 0
        out[:, j] = _normal(places) if output == "normal" else places
    return out


def _normal(places: Floats) -> Floats:
    inverse = NormalDist().inv_cdf
    low = inverse(_BOUND - np.spacing(1.0))
    high = inverse(1 - (_BOUND - np.spacing(1.0)))
    values = [
        low if p <= 0 else high if p >= 1 else inverse(p) if p == p else p  # noqa: PLR0124 - NaN
        for p in places.tolist()
    ]
    return np.clip(values, low, high)


def _per_column(name: str, meaning: str) -> StoredTensor:
    return StoredTensor(name, _F8, ("d",), meaning)


OPS: Mapping[str, Op] = {
    "impute": Op(
        "the value where a cell is missing, else x",
        _imputed,
        (_per_column("value", "what a missing cell becomes"),),
    ),
    "affine": Op(
        "(x - offset) * scale",
        lambda x, offset, scale: (x - offset) * scale,
        (
            _per_column("offset", "what is subtracted"),
            _per_column("scale", "what the difference is multiplied by"),
        ),
    ),
    "clip": Op(
        "low below low, high above high, else x",
        np.clip,
        (_per_column("low", "the least value"), _per_column("high", "the largest, >= `low`")),
    ),
    "log": Op("the natural logarithm", np.log),
    "log1p": Op("log(1 + x)", np.log1p),
    "sqrt": Op("the square root", np.sqrt),
    "square": Op("x * x", np.square),
    "abs": Op("the absolute value", np.abs),
    "exp": Op("the exponential", np.exp),
    "expm1": Op("exp(x) - 1", np.expm1),
    "yeo_johnson": Op(
        "the power transformation of Yeo and Johnson",
        _yeo_johnson,
        (_per_column("lambda", "the power"),),
    ),
    "box_cox": Op(
        "the power transformation of Box and Cox",
        _box_cox,
        (_per_column("lambda", "the power"),),
    ),
    "quantile": Op(
        "the place in the cumulative distribution of the column",
        _quantile,
        (
            StoredTensor("references", _F8, ("n_quantiles",), "the places in [0, 1], ascending"),
            StoredTensor("quantiles", _F8, ("d", "n_quantiles"), "the values there, ascending"),
        ),
        (OUTPUT,),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One step of the numbers of d columns.

    Parameters
    ----------
    op : str
        A key of ``slimline.inputs.steps.OPS``.
    arrays : mapping of str to ndarray of float64, default={}
        The tensors that the op declares; of shape (d,) but for those of ``quantile``.
    texts : mapping of str to str, default={}
        The parameters that the op declares: ``output`` of ``quantile``.

    Examples
    --------
    >>> import numpy as np
    >>> from slimline.inputs import Step
    >>> step = Step(op="impute", arrays={"value": np.array([0.5])})
    >>> step.apply(np.array([[np.nan], [2.0]])).tolist()
    [[0.5], [2.0]]
    """

    op: str
    arrays: Mapping[str, Floats] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        if type(self.op) is not str:
            msg = f"op of a step must be a text, got {type(self.op).__name__}"
            raise TypeError(msg)
        check_choice("op of a step", self.op, OPS)
        op = OPS[self.op]
        _check_names(self.op, self.arrays, [each.name for each in op.stored])
        _check_names(self.op, self.texts, [each.name for each in op.parameters])
        arrays = {
            each.name: frozen_array(
                f"{each.name} of {self.op}", self.arrays[each.name], each.dtypes, len(each.shape)
            )
            for each in op.stored
        }
        for each in op.parameters:
            if type(self.texts[each.name]) is not str:
                msg = f"{each.name} of {self.op} must be a text"
                raise TypeError(msg)
            each.check(self.texts[each.name])
        object.__setattr__(self, "arrays", MappingProxyType(arrays))
        object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))
        self._check_order()

    def _check_order(self) -> None:
        if self.op == "clip" and len(self.arrays["low"]) == len(self.arrays["high"]):
            if (self.arrays["low"] > self.arrays["high"]).any():
                msg = "low of clip must be <= high"
                raise ValueError(msg)
        elif self.op == "quantile":
            references, quantiles = self.arrays["references"], self.arrays["quantiles"]
            if len(references) == 0 or quantiles.shape[1] != len(references):
                msg = (
                    "quantiles of quantile must have shape (any, n_quantiles) for n_quantiles >= 1"
                    f" references, got {quantiles.shape} and {len(references)}"
                )
                raise ValueError(msg)
            if (np.diff(references) < 0).any() or (np.diff(quantiles, axis=1) < 0).any():
                msg = "references and quantiles of quantile must ascend"
                raise ValueError(msg)
            if references[0] < 0 or references[-1] > 1:
                msg = "references of quantile must lie in [0, 1]"
                raise ValueError(msg)

    def check_columns(self, d: int) -> None:
        """Raise ValueError unless there are parameters for ``d`` columns."""
        for each in OPS[self.op].stored:
            got = len(self.arrays[each.name])
            if each.shape[0] == "d" and got != d:
                msg = f"{each.name} of {self.op} must have {d} entries, one a column, got {got}"
                raise ValueError(msg)

    def apply(self, x: Floats) -> Floats:
        """Return what the step makes of numbers of shape (n, d), NaN where they are missing."""
        return OPS[self.op].apply(x, *self.arrays.values(), *self.texts.values())

    def select(self, places: NDArray[np.intp]) -> Self:
        """Return the step for these of its columns."""
        per_column = {each.name for each in OPS[self.op].stored if each.shape[0] == "d"}
        arrays = {
            name: array[places] if name in per_column else array
            for name, array in self.arrays.items()
        }
        return type(self)(op=self.op, arrays=arrays, texts=self.texts)


def _check_names(op: str, got: object, names: Sequence[str]) -> None:
    if not isinstance(got, Mapping) or set(got) != set(names):
        there = sorted(map(str, got)) if isinstance(got, Mapping) else type(got).__name__
        msg = f"a step {op} has the parameters {list(names)}, got {there}"
        raise ValueError(msg)
