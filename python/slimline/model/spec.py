"""The specification of a model, as data: task, inputs, required metrics, who is responsible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from slimline._checks import check_choice
from slimline._text import fields_repr, quoted
from slimline.inputs import InputStage
from slimline.persistence.tensors import DTYPES

TEXT = "str"  # the dtype of a column of texts, in a table
TASKS = ("classification", "regression")
Label = str | int | float | bool


class Metric(NamedTuple):
    """Which task a metric is for, and whether more of it is better."""

    task: str
    more_is_better: bool


METRICS: Mapping[str, Metric] = {
    "accuracy": Metric("classification", more_is_better=True),
    "balanced_accuracy": Metric("classification", more_is_better=True),
    "f1_macro": Metric("classification", more_is_better=True),
    "roc_auc": Metric("classification", more_is_better=True),
    "log_loss": Metric("classification", more_is_better=False),
    "calibration_error": Metric("classification", more_is_better=False),
    "r2": Metric("regression", more_is_better=True),
    "mae": Metric("regression", more_is_better=False),
    "rmse": Metric("regression", more_is_better=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """The specification of a model: kept in its file, checked by ``predict`` and ``evaluate``.

    Give it to a model with :meth:`slimline.Model.with_spec`.

    Parameters
    ----------
    task : {"classification", "regression"}
    target : str or None
        What the model predicts, in words.
    features : mapping of str to str, or None
        Name and dtype of every feature, in order: ``{"age": "int64", "income": "float32"}``. Data
        frames must have these columns in this order, with dtypes that convert to these. Of a model
        of a table: its columns, ``"str"`` for those of texts; a frame may have them in any order.
    classes : sequence of labels or None
        The class labels, in any order.
    metrics : mapping of str to float
        Acceptance thresholds: minima for accuracy, balanced_accuracy, f1_macro, roc_auc and r2;
        maxima for log_loss, calibration_error, mae and rmse.
    max_nbytes : int or None
        Maximum bytes of the tensors.
    max_latency_us : float or None
        Maximum latency of ``predict`` for one row, in microseconds (median).
    owner, approver : str or None
        Who is responsible for the model, and who approves it for production.

    Raises
    ------
    ValueError, TypeError
        If a value is not as above.

    Examples
    --------
    >>> import slimline as sl
    >>> spec = sl.ModelSpec(
    ...     task="classification",
    ...     target="late by 15 minutes or more",
    ...     features={"distance": "float32", "hour": "int64"},
    ...     metrics={"accuracy": 0.7},
    ...     owner="operations",
    ... )
    >>> X, y = [[100.0, 9], [200.0, 8], [900.0, 17], [800.0, 18]], [0, 0, 1, 1]
    >>> model = sl.convert(sl.LinearSVC().fit(X, y)).with_spec(spec)
    >>> model.spec.owner, model.input.feature_names
    ('operations', ('distance', 'hour'))
    >>> sl.evaluate(model, X, y).passed
    True
    """

    task: Literal["classification", "regression"]
    target: str | None = None
    features: Mapping[str, str] | None = None
    classes: Sequence[Label] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    max_nbytes: int | None = None
    max_latency_us: float | None = None
    owner: str | None = None
    approver: str | None = None

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the values, which also come from files, and freeze the mappings."""
        check_choice("task", self.task, TASKS)
        for name in ("target", "owner", "approver"):
            _check_type(name, getattr(self, name), str, "a text")
        _check_type("max_nbytes", self.max_nbytes, int, "a whole number")
        _check_type("max_latency_us", self.max_latency_us, int | float, "a number")
        if self.features is not None:
            _check_features(self.features)
            object.__setattr__(self, "features", MappingProxyType(dict(self.features)))
        if self.classes is not None:
            object.__setattr__(self, "classes", _plain_labels(self.classes))
        _check_metrics(self.metrics, self.task)
        object.__setattr__(self, "metrics", MappingProxyType(dict(self.metrics)))

    def check_model(self, task: str, stage: InputStage, classes: Sequence[Label] | None) -> None:
        """Raise ValueError if a model of this task, input and classes does not meet the spec."""
        if task != self.task:
            msg = f"spec is for a {self.task}, but the model does {task}"
            raise ValueError(msg)
        if self.features is not None:
            self._check_names(self.features, stage)
        if self.classes is not None and set(self.classes) != set(classes or ()):
            meant, there = quoted(list(self.classes)), quoted(list(classes or ()))
            msg = f"spec has the classes {meant}, but the model {there}"
            raise ValueError(msg)

    def _check_names(self, features: Mapping[str, str], stage: InputStage) -> None:
        columns = stage.columns
        if stage.encoder is not None and columns[0].name is not None:
            # A pruned model reads some of the columns of the rows.
            names = {column.name for column in columns}
            features = {name: dtype for name, dtype in features.items() if name in names}
        if len(features) != len(columns):
            msg = f"spec has {len(self.features or ())} features, but the model {len(columns)}"
            raise ValueError(msg)
        for (meant, dtype), column in zip(features.items(), columns, strict=True):
            if column.name not in (None, meant):
                name = quoted(column.name)
                msg = f"spec names a feature {quoted(meant)} where the model has {name}"
                raise ValueError(msg)
            if dtype == TEXT and column.kind == "number":
                msg = f"spec says that {quoted(meant)} holds texts, where the model has numbers"
                raise ValueError(msg)

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        return {entry.name: _plain(getattr(self, entry.name)) for entry in fields(self)}

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Rebuild a spec from its JSON; features come as pairs, whose order JSON objects lose."""
        features = params["features"]
        if features is not None:
            features = _unique(features)
        return cls(**{**params, "features": features})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        # Thresholds have no order; features have, which canonical JSON would lose in an object.
        numbers = all(isinstance(entry, int | float) for entry in value.values())
        return dict(value) if numbers else [list(pair) for pair in value.items()]
    return value


def _unique(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        msg = "features of a spec must have distinct names"
        raise ValueError(msg)
    return mapping


def _check_type(name: str, value: Any, kind: Any, expected: str) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
        msg = f"{name} must be {expected} or None, got {type(value).__name__}"
        raise TypeError(msg)
    if isinstance(value, int | float) and not value > 0:
        msg = f"{name} must be > 0, got {value}"
        raise ValueError(msg)


def _check_features(features: Mapping[str, str]) -> None:
    if not features:
        msg = "features must name at least one feature"
        raise ValueError(msg)
    for name, dtype in features.items():
        if type(name) is not str or type(dtype) is not str:
            got = f"{quoted(name)}: {quoted(dtype)}"
            msg = f"features must map names to dtypes, both texts, got {got}"
            raise TypeError(msg)
        # A closed table: NumPy's own parser of dtypes evaluates some texts as Python.
        check_choice(f"dtype of feature {quoted(name)}", dtype, (*DTYPES, TEXT))


def _plain_labels(classes: Sequence[Any]) -> tuple[Label, ...]:
    labels = tuple(label.item() if isinstance(label, np.generic) else label for label in classes)
    if not all(isinstance(label, Label) for label in labels):
        msg = "classes of a spec must be texts, numbers or bools"
        raise TypeError(msg)
    return labels


def _check_metrics(metrics: Mapping[str, float], task: str) -> None:
    known = [name for name, metric in METRICS.items() if metric.task == task]
    for name, threshold in metrics.items():
        check_choice(f"a metric of a {task}", name, known)
        if isinstance(threshold, bool) or not isinstance(threshold, int | float):
            msg = f"the threshold of {name} must be a number, got {type(threshold).__name__}"
            raise TypeError(msg)
