"""Which columns an argument means: by name, position, mask or a function of the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from slimline._text import listed, quoted


def chosen_places(
    argument: str, choice: Any, X: Any, names: Sequence[str] | None, n_columns: int
) -> list[int]:
    """Return the places of the columns that an argument means.

    Parameters
    ----------
    argument : str
        What messages call it.
    choice : str, int, slice, iterable of str, int or bool, callable or None
        A callable gets X and returns any of the others.
    X : object
        The table as it was passed.
    names : sequence of str or None
    n_columns : int
    """
    if callable(choice):
        choice = choice(X)
    if choice is None:
        return []
    if isinstance(choice, slice):
        return list(range(n_columns))[choice]
    if isinstance(choice, str | int | np.integer) and not isinstance(choice, bool):
        choice = [choice]
    if not isinstance(choice, Iterable) or isinstance(choice, bytes):
        msg = f"{argument} must be names or positions of columns, got {quoted(choice)}"
        raise TypeError(msg)
    items = list(choice)
    if items and all(isinstance(item, bool | np.bool_) for item in items):
        _check_mask(argument, items, n_columns)
        return np.flatnonzero(items).tolist()
    return [_place(argument, item, names, n_columns) for item in items]


def _check_mask(argument: str, mask: list[Any], n_columns: int) -> None:
    if len(mask) != n_columns:
        msg = f"{argument} must have a bool for each of {n_columns} columns, got {len(mask)}"
        raise ValueError(msg)


def _place(argument: str, item: Any, names: Sequence[str] | None, n_columns: int) -> int:
    if isinstance(item, str):
        if names is None:
            msg = f"{argument} must be positions, as X has no names, got {quoted(item)}"
            raise ValueError(msg)
        if item not in names:
            msg = f"{argument} must be columns of X, got {quoted(item)}; there are {listed(names)}"
            raise ValueError(msg)
        return list(names).index(item)
    if isinstance(item, bool) or not isinstance(item, int | np.integer):
        msg = f"{argument} must be names or positions of columns, got {quoted(item)}"
        raise TypeError(msg)
    if not -n_columns <= item < n_columns:
        msg = f"{argument} must be positions below {n_columns}, got {item}"
        raise ValueError(msg)
    return int(item) % n_columns


def check_apart(choices: Mapping[str, Sequence[int]], labels: Sequence[Any]) -> dict[int, str]:
    """Return which argument names a column; ValueError where two do."""
    named: dict[int, str] = {}
    for argument, places in choices.items():
        for place in places:
            if named.get(place, argument) != argument:
                msg = f"column {quoted(labels[place])} is in both {named[place]} and {argument}"
                raise ValueError(msg)
            named[place] = argument
    return named
