"""A fitted preprocessor as the encoder of a Model: the same features of the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from slimline._text import listed, quoted
from slimline.inputs import (
    Block,
    CategoriesBlock,
    Column,
    Encoder,
    Keys,
    MissingBlock,
    NumbersBlock,
    Step,
    TextCells,
)
from slimline.preprocessing._categories import Categories
from slimline.preprocessing._plan import Plan


def encoder_of(preprocessor: Any) -> Encoder:
    """Return the encoder of a Model that does what a preprocessor does.

    Parameters
    ----------
    preprocessor : TablePreprocessor

    Returns
    -------
    Encoder
        Its columns are those that the preprocessor uses, or without names all that it was fitted
        on.

    Raises
    ------
    TypeError
        If it uses columns as a Model cannot: dates, texts.

    Examples
    --------
    >>> import slimline as sl
    >>> from slimline.preprocessing.encoding import encoder_of
    >>> rows = [{"age": 20 + i, "plan": ["free", "paid"][i % 2]} for i in range(10)]
    >>> encoder = encoder_of(sl.TablePreprocessor(scale=None).fit(rows))
    >>> encoder.encode([{"plan": "paid", "age": 33}]).tolist()
    [[33.0, 0.0, 1.0]]
    """
    check_is_fitted(preprocessor)
    refusal = refusal_of(preprocessor)
    if refusal is not None:
        raise TypeError("; ".join(refusal))
    plan = _plan(preprocessor)
    names = getattr(preprocessor, "feature_names_in_", None)
    columns = tuple(
        Column(
            None if names is None else str(names[place]),
            "category" if place in plan.categories else "number",
        )
        for place in range(preprocessor.n_features_in_)
    )
    encoder = Encoder(
        columns=columns, blocks=blocks_of(preprocessor), text_cells=text_cells_of(preprocessor)
    )
    return encoder.without_unread()


def refusal_of(preprocessor: Any) -> tuple[str, str] | None:
    """Return why a Model cannot do what a fitted preprocessor does, and what to do; None if it can.

    Examples
    --------
    >>> import slimline as sl
    >>> from slimline.preprocessing.encoding import refusal_of
    >>> rows = [{"day": f"2024-01-{i + 10}"} for i in range(20)]
    >>> print(*refusal_of(sl.TablePreprocessor(dates="day").fit(rows)), sep="; ")
    cannot convert columns of dates ('day'); make numbers of their parts before fit
    """
    plan = _plan(preprocessor)
    labels = _labels(preprocessor)
    dates = [source.place for source in plan.sources if source.part is not None]
    for what, places, instead in (
        ("dates", dates, "make numbers of their parts before fit"),
        ("texts", list(plan.vectorizers), "convert a pipeline of the vectorizer alone"),
    ):
        if places:
            some = listed([quoted(labels[place]) for place in dict.fromkeys(places)])
            return f"cannot convert columns of {what} ({some})", instead
    return None


def text_cells_of(preprocessor: Any) -> TextCells:
    """Return what texts stand for, in columns that are counted as those of the fit."""
    marks: frozenset[str] = preprocessor._marks  # noqa: SLF001 - see _plan
    numbers = [source.place for source in _plan(preprocessor).sources if source.texts]
    return TextCells(missing_marks=tuple(sorted(marks)), number_columns=tuple(sorted(numbers)))


def blocks_of(preprocessor: Any) -> tuple[Block, ...]:
    """Return the blocks of the encoder, whose columns are counted as those of the fit."""
    plan = _plan(preprocessor)
    blocks: list[Block] = []
    if plan.sources:
        blocks.append(_numbers(plan))
    if plan.indicators:
        columns = _columns(plan.indicators)
        values = np.repeat([[0.0], [1.0]], len(columns), axis=1)
        blocks.append(MissingBlock(columns=columns, values=values))
    blocks += [_categories(place, each) for place, each in plan.categories.items()]
    return tuple(blocks)


def _plan(preprocessor: Any) -> Plan:
    plan: Plan = preprocessor._plan  # noqa: SLF001 - a part of that class, in a file of its own
    return plan


def _labels(preprocessor: Any) -> list[Any]:
    names = getattr(preprocessor, "feature_names_in_", None)
    return list(range(preprocessor.n_features_in_) if names is None else names)


def _columns(places: Any) -> NDArray[np.uint32]:
    return np.array(list(places), dtype=np.uint32)


def _numbers(plan: Plan) -> NumbersBlock:
    scaling = plan.scaling
    steps = [Step(op="impute", arrays={"value": scaling.impute})]
    if scaling.offset.any() or (scaling.divisor != 1).any():
        arrays = {"offset": scaling.offset, "scale": 1 / scaling.divisor}
        steps.append(Step(op="affine", arrays=arrays))
    return NumbersBlock(
        columns=_columns(source.place for source in plan.sources), steps=tuple(steps)
    )


def _categories(place: int, its: Categories) -> CategoriesBlock:
    return CategoriesBlock(
        column=place,
        keys=Keys.of(its.keys.tolist()),
        outcomes=its.outcomes.astype(np.int32),
        n_outcomes=len(its.names),
        unknown=its.unknown,
        missing=its.missing,
    )
