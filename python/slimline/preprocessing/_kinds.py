"""What a column holds, decided from its cells: a number, a category, or nothing to learn from."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from slimline._number_texts import parsed
from slimline._text import SHOWN, listed, quoted
from slimline.preprocessing._cells import Cells
from slimline.preprocessing._dates import are_dates

NUMBERS = 0.9  # of the texts of a column: from here on the others are mistakes
SOME_NUMBERS = 0.5  # from here on a user is told
DIFFERENT = 0.5  # of the cells: long texts that differ so often are free
DISTINCT = 0.95  # of the cells: from here on they are identifiers
FEW_ROWS = 20  # so few cells may all differ by chance
SPREAD = 2  # times as far apart as consecutive numbers: what a split leaves of identifiers
WORDS = 5  # of a text on average: from here on they are sentences

_ID = re.compile(r"(?:.*[^a-zA-Z])?(?:id|Id|ID)|.*[a-z](?:Id|ID)")


class Kind(NamedTuple):
    """What a column is: one of KINDS, or left out for a reason.

    ``cause`` is the group of warnings that the reason belongs to.
    """

    kind: str | None
    cause: str = ""
    reason: str = ""


def left_out(cause: str, reason: str) -> Kind:
    """Return that a column is left out."""
    return Kind(None, cause, reason)


def kind_of(cells: Cells, label: Any, *, indicator: bool, least: float | None) -> Kind:
    """Return what a column is.

    Parameters
    ----------
    cells : Cells
    label : str or int
    indicator : bool
        Whether it counts that cells are missing in a column of numbers.
    least : int, float or None
        How often a category must occur.

    Raises
    ------
    ValueError
        If nearly all texts are numbers.
    TypeError
        If numbers stand beside texts that are none.
    """
    nothing = _nothing(cells)
    if nothing is not None:
        return nothing
    if cells.declared:
        return _declared(cells)
    if cells.codes is None:
        assert cells.values is not None  # noqa: S101 - for mypy: what is left
        return _of_numbers(cells.values[~cells.missing], cells, label, indicator=indicator)
    counts = cells.text_counts()
    used = np.flatnonzero(counts)
    texts, counts = [cells.texts[i] for i in used.tolist()], counts[used]
    numbers = parsed(texts)
    are_numbers = ~np.isnan(numbers)
    if are_numbers.all():
        values = _with_values(numbers[_places(cells, used)], cells)
        return _of_numbers(values, cells, label, indicator=indicator)
    share = float(counts[are_numbers].sum() + cells.n_present - counts.sum()) / cells.n_present
    words = [text for text, number in zip(texts, are_numbers.tolist(), strict=True) if not number]
    _check_words(words, share, label)
    if cells.values is not None:
        _refuse_mixture(label, words[0])
    return _of_texts(texts, counts, cells, least) or _category(share)


def _nothing(cells: Cells) -> Kind | None:
    """Return why there is nothing to take of a column, whatever its values."""
    if cells.other is not None:
        return left_out("other", f"holds {cells.other}, which is no number, text or date")
    if cells.n_present == 0:
        return left_out("constant", "has no values")
    return None if cells.dates is None else left_out("dates", "dates")


def _declared(cells: Cells) -> Kind:
    """Return a category, as the column's own type says, unless it is constant."""
    if not cells.missing.any() and (
        np.count_nonzero(cells.text_counts()) == 1
        or (cells.values is not None and cells.values.min() == cells.values.max())
    ):
        return left_out("constant", "constant")
    return Kind("category")


def _category(share: float) -> Kind:
    """Return a category, of whose cells such a share are numbers."""
    if share < SOME_NUMBERS:
        return Kind("category")
    return Kind("category", "some numbers")


def _places(cells: Cells, used: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the places among the used texts of the cells that are texts."""
    assert cells.codes is not None  # noqa: S101 - for mypy
    places = np.zeros(len(cells.texts), np.intp)
    places[used] = np.arange(len(used))
    return places[cells.codes[cells.codes >= 0]]


def _with_values(numbers: NDArray[np.float64], cells: Cells) -> NDArray[Any]:
    """Return numbers of texts and those beside them."""
    if cells.values is None or cells.codes is None:
        return numbers
    return np.append(numbers, cells.values[~cells.missing & (cells.codes < 0)])


def _of_numbers(values: NDArray[Any], cells: Cells, label: Any, *, indicator: bool) -> Kind:
    """Return a number or a boolean, unless the present values are constant or identifiers."""
    varies = indicator and cells.missing.any()
    if values.min() == values.max() and not varies:
        return left_out("constant", "constant")
    if values.dtype.kind == "b":
        return Kind("boolean")
    if len(values) > FEW_ROWS and _identify(values, label):
        return left_out(
            "identifier", f"identifier: {len(values):,} whole numbers, hardly one twice"
        )
    return Kind("number")


def _identify(values: NDArray[Any], label: Any) -> bool:
    """Whether whole numbers are, but for gaps, consecutive; or of a column that is called id."""
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (values % 1 == 0).all()):
        return False
    spread = float(values.max()) - float(values.min()) + 1
    dense = len(values) * DISTINCT <= spread <= len(values) * SPREAD
    named = isinstance(label, str) and _ID.fullmatch(label) is not None
    return (dense or named) and len(np.unique(values)) >= len(values) * DISTINCT


def _of_texts(
    texts: list[str], counts: NDArray[np.intp], cells: Cells, least: float | None
) -> Kind | None:
    """Return why texts are left out; None where they are categories."""
    n_present, n_texts = cells.n_present, len(texts)
    if n_texts == 1 and not cells.missing.any():
        return left_out("constant", "constant")
    if are_dates(texts):
        return left_out("dates", "texts that look like dates")
    if n_present > FEW_ROWS and n_texts >= n_present * DIFFERENT and _are_sentences(texts):
        return left_out("texts", "free texts")
    if n_present > FEW_ROWS and n_texts >= n_present * DISTINCT:
        return left_out("identifier", f"identifier: {n_texts:,} texts in {n_present:,} cells")
    least = least * len(cells.missing) if isinstance(least, float) else least
    if least is not None and counts.max() < least and n_texts > 1:
        reason = f"{n_texts:,} texts, none of them in {least:g} rows or more (min_frequency)"
        return left_out("identifier", reason)
    return None


def _are_sentences(texts: list[str]) -> bool:
    return sum(text.count(" ") + 1 for text in texts) >= WORDS * len(texts)


def _check_words(words: list[str], share: float, label: Any) -> None:
    """Raise ValueError where so large a share of the cells are numbers, and others are words."""
    if share < NUMBERS:
        return
    some = ", ".join(map(quoted, words[:SHOWN]))
    column = quoted(label)
    msg = (
        f"column {column} holds numbers in {100 * share:.4g} % of its cells, in others"
        f" {some}{', ...' * (len(words) > SHOWN)}: if these are missing, pass"
        f" missing_marks=(*sl.TablePreprocessor().missing_marks, {some}); if all are categories,"
        f" categories=[{column}]; to leave the column out, drop=[{column}]"
    )
    raise ValueError(msg)


def _refuse_mixture(label: Any, text: str) -> NoReturn:
    msg = (
        f"column {quoted(label)} must hold numbers or texts, got both, as {quoted(text)}: make"
        f" texts of all, or pass drop=[{quoted(label)}]"
    )
    raise TypeError(msg)


_ADVICE = {
    "identifier": (
        "look like identifiers",
        "keep one with categories=[...] or numbers=[...]",
    ),
    "constant": ("have one value or none", "keep one with categories=[...] or numbers=[...]"),
    "dates": ("hold dates", "take their year, month, day, weekday and hour with dates=[{named}]"),
    "texts": ("hold free texts", "count their words with texts=[{named}]"),
    "other": ("hold what is no number, text or date", "make one of them before"),
}


def advice(kinds: dict[Any, Kind]) -> list[str]:
    """Return what is to be said of columns, by label, that were left out or nearly so."""
    messages = []
    for cause, (what, remedy) in _ADVICE.items():
        labels = [label for label, kind in kinds.items() if kind.cause == cause]
        if labels:
            named = listed([quoted(label) for label in labels])
            messages.append(
                f"left out, as they {what}: {named}; {remedy.format(named=named)}, or say"
                f" drop=[{named}]"
            )
    some = [label for label, kind in kinds.items() if kind.cause == "some numbers"]
    if some:
        named = listed([quoted(label) for label in some])
        messages.append(
            f"taken as categories, though half of the cells or more are numbers: {named}; if so,"
            f" say categories=[{named}], if not, name the other words in missing_marks"
        )
    return messages
