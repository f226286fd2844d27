"""A fitted pipeline taken apart: its steps, its last estimator, the columns it was fitted on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from sklearn.pipeline import FeatureUnion, Pipeline

from slimline.conversion.features.table import Features, Source
from slimline.conversion.refusals import inside
from slimline.conversion.transformers import applied


class Parts(NamedTuple):
    """What stands in front of an estimator, by name, and the estimator."""

    steps: tuple[tuple[tuple[str, ...], Any], ...]  # the way to each step, and the step
    last: Any

    @property
    def transformers(self) -> list[Any]:
        """The steps that change what goes through them."""
        return [step for _, step in self.steps]


def parts_of(estimator: Any, way: tuple[str, ...] = ()) -> Parts:
    """Take pipelines apart, also those in one another."""
    if not isinstance(estimator, Pipeline):
        return Parts((), estimator)
    before = [part for name, step in estimator.steps[:-1] for part in _flat(step, (*way, name))]
    name, final = estimator.steps[-1]
    last = parts_of(final, (*way, name))
    return Parts((*before, *last.steps), last.last)


def _flat(step: Any, way: tuple[str, ...]) -> Sequence[tuple[tuple[str, ...], Any]]:
    if isinstance(step, Pipeline):
        return [part for name, inner in step.steps for part in _flat(inner, (*way, name))]
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return []
    return [(way, step)]


def features_of(parts: Parts) -> Features:
    """Return what the steps in front of the estimator make of the columns of the rows.

    StepError where no Model can represent a step.
    """
    features = Features.of(source_of([*parts.transformers, parts.last]))
    for way, step in parts.steps:
        with ExitStack() as names:
            for name in way:
                names.enter_context(inside(name))
            features = applied(step, features)
    return features


def source_of(steps: Sequence[Any]) -> Source:
    """Return the columns that the first step was fitted on; none if it took dicts or texts."""
    first = [step for step in _first(steps) if hasattr(step, "n_features_in_")]
    if not first:
        return Source(count=0)
    names = getattr(first[0], "feature_names_in_", None)
    return Source(
        count=int(first[0].n_features_in_),
        names=None if names is None else tuple(map(str, names)),
    )


def _first(steps: Iterable[Any]) -> list[Any]:
    """Return the steps that were fitted on the rows themselves, also within others."""
    for step in steps:
        if isinstance(step, Pipeline):
            inner = _first(each for _, each in step.steps)
        elif isinstance(step, FeatureUnion):
            inner = [one for _, each in step.transformer_list for one in _first([each])]
        else:
            inner = [] if step is None or isinstance(step, str) else [step]
        if inner:
            return inner
    return []
