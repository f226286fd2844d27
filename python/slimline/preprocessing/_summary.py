"""What a preprocessor did with each column, as a table in plain text."""

from __future__ import annotations

from typing import Any

from slimline._text import table
from slimline.preprocessing._plan import Plan

HEADER = ("column", "type", "features", "missing", "what becomes of it")


def summary_of(preprocessor: Any) -> str:
    """Return the text of ``TablePreprocessor.summary``."""
    plan: Plan = preprocessor._plan  # noqa: SLF001 - a part of that class, in a file of its own
    missing = preprocessor._n_missing  # noqa: SLF001 - the same
    names = preprocessor._names  # noqa: SLF001 - the same
    rows = []
    for place in range(preprocessor.n_features_in_):
        label = place if names is None else names[place]
        kind = preprocessor.column_types_.get(label)
        if kind is None:
            reason = preprocessor.dropped_[label]
            rows.append([str(label), "left out", 0, missing[place], reason])
            continue
        n_features, what = _column(plan, place, preprocessor)
        rows.append([str(label), kind, n_features, missing[place], what])
    return table(rows, HEADER)


def _column(plan: Plan, place: int, preprocessor: Any) -> tuple[int, str]:
    """Return how many features a column has, and what they are."""
    if place in plan.vectorizers:
        vectorizer = plan.vectorizers[place]
        return len(vectorizer.get_feature_names_out()), type(vectorizer).__name__
    if place in plan.categories:
        its = plan.categories[place]
        merged = f", {its.n_merged:,} of them merged" if its.n_merged else ""
        what = f"{its.n_categories:,} categories{merged}; unknown: {preprocessor.unknown}"
        return len(its.names), what
    return _numbers(plan, place, preprocessor.scale)


def _numbers(plan: Plan, place: int, scale: str | None) -> tuple[int, str]:
    features = [j for j, source in enumerate(plan.sources) if source.place == place]
    sources = [plan.sources[j] for j in features]
    parts = [source.part for source in sources if source.part is not None]
    what = ", ".join(parts) or f"missing: {plan.scaling.impute[features[0]]:.4g}"
    indicated = place in plan.indicators
    notes = {
        str(scale): scale is not None and not sources[0].boolean,
        "texts are numbers": sources[0].texts,
        "indicator": indicated,
    }
    what = "; ".join([what, *(note for note, holds in notes.items() if holds)])
    return len(features) + indicated, what
