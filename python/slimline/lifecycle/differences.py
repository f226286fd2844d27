"""What two Models have in common and in what they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from slimline._text import fields_repr, shown, table
from slimline.model import Model, check_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The result of :func:`diff`; printing it shows a table.

    Parameters
    ----------
    relation : {"same", "a descends from b", "b descends from a", "siblings", "unrelated"}
        By the hashes in their histories; siblings share an ancestor.
    steps : tuple of str
        Actions since the last Model that both have in their history, such as "a: pruned".
    changes : tuple of (str, str, str)
        Each difference: its name, its value in a, its value in b.
    weights : tuple of (str, float)
        For each layer of equal shape, the largest absolute difference of logical weights and
        biases; ("layer 0", 0.0) means equal.

    Examples
    --------
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVC().fit([[0.0, 1], [1, 0], [2, 0]], [0, 1, 1]))
    >>> sl.diff(model, sl.quantize(model)).relation
    'b descends from a'
    """

    relation: str
    steps: tuple[str, ...]
    changes: tuple[tuple[str, str, str], ...]
    weights: tuple[tuple[str, float], ...]

    __repr__ = fields_repr

    def __str__(self) -> str:
        """Return the tables."""
        steps = ", ".join(map(shown, self.steps))
        parts = [f"{self.relation}{': ' * bool(steps)}{steps}"]
        if self.changes:
            parts.append(table(self.changes, ("what", "a", "b")))
        if self.weights:
            parts.append(table(self.weights, ("weights", "max |a - b|")))
        return "\n\n".join(parts)


def diff(a: Model, b: Model) -> Difference:
    """Compare two models: descent, settings, sizes, weights.

    Parameters
    ----------
    a, b : Model

    Returns
    -------
    Difference

    Examples
    --------
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVC().fit([[0.0, 1], [1, 0], [2, 0]], [0, 1, 1]))
    >>> print(sl.diff(model, model))
    same
    <BLANKLINE>
    weights  max |a - b|
    -------  -----------
    layer 0            0
    """
    check_model("a", a)
    check_model("b", b)
    facts_a, facts_b = _facts(a), _facts(b)
    names = [*facts_a, *(name for name in facts_b if name not in facts_a)]
    rows = [(name, facts_a.get(name, "-"), facts_b.get(name, "-")) for name in names]
    relation, steps = _relation(a, b)
    return Difference(
        relation=relation,
        steps=steps,
        changes=tuple(row for row in rows if row[1] != row[2]),
        weights=tuple(_weights(a, b)),
    )


def _facts(model: Model) -> dict[str, str]:
    encoder = model.input.encoder
    facts: dict[str, Any] = {
        "task": model.task,
        "link": model.link,
        "features": model.input.n_features,
        "columns": None
        if encoder is None
        else [each.name or each.kind for each in encoder.columns],
        "feature names": model.input.names,
        "standardised input": model.input.standardizes,
        "classes": None if model.classes is None else model.classes.tolist(),
        "bytes": f"{model.nbytes:,}",
        "nonzero weights": f"{model.n_nonzero:,}",
    }
    for i, layer in enumerate(model.layers):
        facts[f"layer {i}"] = f"{layer.kind}, {layer.n_in} -> {layer.n_out}, {layer.activation}"
    if model.history and model.history[0].action == "trained":
        origin = model.history[0]
        facts["trained by"] = origin.library
        facts |= {f"trained: {name}": value for name, value in origin.parameters.items()}
    if model.spec is not None:
        facts |= {f"spec: {name}": value for name, value in model.spec.params().items()}
    return {name: f"{value!s:.60}" for name, value in facts.items() if value is not None}


def _relation(a: Model, b: Model) -> tuple[str, tuple[str, ...]]:
    """Find how the models are related, and their steps since the last common ancestor."""
    if a.sha256 == b.sha256:
        return "same", ()
    # Hashes of a model and its ancestors, the oldest first; the first step has no parent.
    lines = [
        [*(step.parent for step in model.history if step.parent is not None), model.sha256]
        for model in (a, b)
    ]
    common = [sha256 for sha256 in lines[0] if sha256 in lines[1]]
    if not common:
        return "unrelated", ()
    steps: list[str] = []
    for name, model, line in zip("ab", (a, b), lines, strict=True):
        since = len(line) - 1 - line.index(common[-1])
        recent = model.history[len(model.history) - since :]
        steps += [f"{name}: {step.action}" for step in recent]
    relations = {a.sha256: "b descends from a", b.sha256: "a descends from b"}
    return relations.get(common[-1], "siblings"), tuple(steps)


def _weights(a: Model, b: Model) -> list[tuple[str, float]]:
    rows = []
    for i, (one, other) in enumerate(zip(a.layers, b.layers, strict=False)):
        if (one.n_in, one.n_out) == (other.n_in, other.n_out):
            pairs = ((one.weight, other.weight), (one.bias, other.bias))
            gap = max(float(np.abs(x - y).max(initial=0)) for x, y in pairs)
            rows.append((f"layer {i}", gap))
    return rows
