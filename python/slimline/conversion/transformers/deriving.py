"""Features made of numbers by their size or their products: bins and polynomials."""

from __future__ import annotations

import numpy as np
from sklearn import preprocessing

from slimline.conversion.features.categories import OneHot, Table
from slimline.conversion.features.derived import Bins, Polynomial
from slimline.conversion.features.numbers import Numbers
from slimline.conversion.features.pending import Pending
from slimline.conversion.features.steps import affine_step, are_alike, is_op, joined_steps
from slimline.conversion.features.table import Features, Piece, numbers_of
from slimline.conversion.features.values import Pointwise, Values
from slimline.conversion.refusals import StepError
from slimline.conversion.transformers.registry import transformed
from slimline.inputs import Step


@transformed.register
def _(bins: preprocessing.KBinsDiscretizer, features: Features) -> Features:
    if bins.dtype is not None and np.dtype(bins.dtype) == np.float32:
        what = "cannot convert KBinsDiscretizer(dtype=float32): bins are found in float64"
        raise StepError(what, "fit it with dtype=None")
    made = []
    for piece, edges in zip(features.singles(), bins.bin_edges_, strict=True):
        inner = np.array(edges[1:-1], dtype=np.float64)
        made.append(_binned(piece, inner, one_hot=bins.encode != "ordinal"))
    return features.with_pieces(made)


@transformed.register
def _(binarizer: preprocessing.Binarizer, features: Features) -> Features:
    above = np.nextafter(binarizer.threshold, np.inf)  # the least that is more
    edges = np.array([above], dtype=np.float64)

    def change(piece: Piece) -> Piece:
        if isinstance(piece, Numbers):
            return _binned(piece, edges, one_hot=False)
        function = Pointwise(
            function=lambda values: (values >= above).astype(np.float64),
            what="cannot convert Binarizer here",
            instead="put it on columns of numbers, in a ColumnTransformer",
        )
        return piece.mapped(function)

    return features.with_pieces(change(piece) for piece in features.singles())


def _binned(piece: Piece, edges: Values, *, one_hot: bool) -> Piece:
    count = len(edges) + 1
    if isinstance(piece, Table):
        places = np.searchsorted(edges, piece.values[:, 0], side="right")
        if not one_hot:
            return Table(
                column=piece.column, outcomes=piece.outcomes, values=places[:, None].astype(float)
            )
        outcomes = piece.outcomes.then(dict(enumerate(places.tolist())), count)
        return OneHot(column=piece.column, outcomes=outcomes, after=Pending(count))
    numbers = numbers_of(piece, "KBinsDiscretizer")
    if not all(is_op(step, "impute") for step in numbers.steps):
        what = "cannot convert bins behind steps that change numbers"
        raise StepError(what, "put the bins first: the order of numbers is the same")
    kept = np.arange(count) if one_hot else None
    return Bins(
        column=int(numbers.columns[0]),
        steps=numbers.steps,
        edges=edges,
        kept=kept,
        after=Pending(count if one_hot else 1),
    )


@transformed.register
def _(polynomial: preprocessing.PolynomialFeatures, features: Features) -> Features:
    numbers = _aligned([numbers_of(piece, "PolynomialFeatures") for piece in features.pieces])
    powers = np.asarray(polynomial.powers_)
    made = Polynomial(
        columns=numbers.columns, steps=numbers.steps, powers=powers, after=Pending(len(powers))
    )
    return features.with_pieces([made])


def _aligned(pieces: list[Numbers]) -> Numbers:
    """Return columns of several pieces as one, with the steps of all.

    A piece that scales nothing where another scales is scaled by 1.
    """
    longest = max(pieces, key=lambda piece: len(piece.steps))
    rows = [_along(piece, longest.steps) for piece in pieces]
    columns = np.concatenate([piece.columns for piece in pieces])
    steps = tuple(joined_steps(list(parallel)) for parallel in zip(*rows, strict=True))
    return Numbers(columns=columns, steps=steps)


def _along(piece: Numbers, others: tuple[Step, ...]) -> list[Step]:
    """Return the steps of a piece, with those that scale by 1 where only others scale."""
    own = list(piece.steps)
    steps: list[Step] = []
    for other in others:
        if own and are_alike(own[0], other):
            steps.append(own.pop(0))
        elif is_op(other, "affine"):
            ones = np.ones(len(piece))
            steps.append(affine_step(0 * ones, ones))
        else:
            break
    if own or len(steps) < len(others):
        what = "cannot convert PolynomialFeatures of columns behind different steps"
        raise StepError(what, "give all of its columns the same steps")
    return steps
