"""The first stage of a Model: number and names of the columns, and their standardisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import Csr, Rows, RowType
from slimline._frames import frame_to_array, is_frame
from slimline._text import fields_repr, quoted
from slimline.inputs import compiled
from slimline.inputs.columns import Column
from slimline.inputs.encoder import Encoder, rounded
from slimline.inputs.feature_rows import FeatureRows, compressed, holds_features
from slimline.layers._state import StoredTensor, freeze

# Deviations that rounding a column and its offset to float32 may move a standardised value by:
# half a unit in the last place, each. Weights of standardised columns sum in quadrature to the
# deviation of the output, so that this is also the most that one column moves it by, in deviations.
_HELD = 1e-4

STORED = (
    StoredTensor(
        "selected",
        (np.uint32,),
        ("n_inputs",),
        "the columns that the first layer takes, ascending",
    ),
    StoredTensor(
        "offset", (np.float32, np.float64), ("n_inputs",), "what is subtracted from each column"
    ),
    StoredTensor("scale", (np.float32,), ("n_inputs",), "what each difference is multiplied by"),
)


def held_offset(
    offset: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float32] | NDArray[np.float64]:
    """Return offsets in float32 if that is accurate enough for the columns, else in float64.

    Float32 values near 1.7e9 (seconds since 1970) are 128 apart. In a column with a deviation,
    1 / scale, of 1e5 (a day), rounding would move standardised values by 1e-3.
    """
    moved = 2 * np.abs(offset * scale) * 2.0**-24
    return offset if (moved > _HELD).any() else offset.astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InputStage:
    """The input of a Model: ``x -> (x - offset) * scale``, or x itself.

    Parameters
    ----------
    n_features : int
    feature_names : tuple of str or None, default=None
        None where there is an encoder, which has its own: see ``names``.
    encoder : Encoder or None, default=None
        What makes the features of rows of a table; None where rows are features.
    selected : ndarray of uint32, shape (n_inputs,), or None, default=None
        The features that the first layer uses, ascending; None for all.
    offset : ndarray of float32 or float64, shape (n_inputs,), or None
        If it is float64, rows that are not float32 are standardised in float64: see
        :func:`held_offset`.
    scale : ndarray of float32, shape (n_inputs,), or None
        Offset and scale are given together. They are not folded into the weights, since dynamic
        int8 would then be inaccurate.
    """

    n_features: int
    feature_names: tuple[str, ...] | None = None
    encoder: Encoder | None = None
    selected: NDArray[np.uint32] | None = None
    offset: NDArray[np.float32] | NDArray[np.float64] | None = None
    scale: NDArray[np.float32] | None = None

    __repr__ = fields_repr

    def __post_init__(self) -> None:
        """Check the state and make its arrays read-only."""
        if type(self.n_features) is not int or self.n_features < 0:
            msg = f"n_features must be a whole number >= 0, got {self.n_features!r}"
            raise ValueError(msg)
        if self.feature_names is not None:
            names = tuple(self.feature_names)
            if len(names) != self.n_features or not all(type(name) is str for name in names):
                msg = f"feature_names must be {self.n_features} texts, got {len(names)} names"
                raise ValueError(msg)
            object.__setattr__(self, "feature_names", names)
        self._check_encoder()
        if (self.offset is None) != (self.scale is None):
            msg = "offset and scale go together: give both or neither"
            raise ValueError(msg)
        freeze(self, [each for each in STORED if getattr(self, each.name) is not None])
        columns = self.selected
        if columns is not None and (
            (np.diff(columns.astype(np.int64)) <= 0).any() or (columns >= self.n_features).any()
        ):
            msg = f"selected must ascend below n_features={self.n_features}"
            raise ValueError(msg)

    def _check_encoder(self) -> None:
        if self.encoder is None:
            return
        if not isinstance(self.encoder, Encoder):
            msg = f"encoder must be an Encoder or None, got {type(self.encoder).__name__}"
            raise TypeError(msg)
        if self.feature_names is not None:
            msg = "feature_names must be None where there is an encoder, which has its own"
            raise ValueError(msg)
        if self.encoder.n_features != self.n_features:
            msg = (
                f"n_features must be the encoder's {self.encoder.n_features}, got {self.n_features}"
            )
            raise ValueError(msg)

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names of the features, those of an encoder derived from its columns, or None."""
        return self.feature_names if self.encoder is None else self.encoder.feature_names()

    @property
    def columns(self) -> tuple[Column, ...]:
        """What a row of the caller has: the columns of the table, or a number for each feature."""
        if self.encoder is not None:
            return self.encoder.columns
        names = self.feature_names or (None,) * self.n_features
        return tuple(Column(name, "number") for name in names)

    @property
    def n_inputs(self) -> int:
        """Number of values that the first layer takes."""
        return self.n_features if self.selected is None else len(self.selected)

    @property
    def row_type(self) -> RowType:
        """The type that rows are brought to before they are standardised."""
        return np.float64 if self.is_exact else np.float32

    @property
    def is_exact(self) -> bool:
        """Whether rows are standardised in float64."""
        return self.offset is not None and self.offset.dtype == np.float64

    def column_name(self, j: int) -> str:
        """Return what messages call input ``j`` of the first layer: its name, or its number."""
        feature = j if self.selected is None else int(self.selected[j])
        names = self.names
        if names is None:
            return f"column {feature}"
        return f"{'column' if self.encoder is None else 'feature'} {quoted(names[feature])}"

    def apply(self, rows: Rows) -> NDArray[np.float32]:
        """Return what the first layer takes of rows of features."""
        inputs: NDArray[np.float32] = self.select(rows)
        if self.offset is None or self.scale is None:
            return inputs
        return ((inputs - self.offset) * self.scale).astype(np.float32, copy=False)

    def select(self, rows: Any) -> Any:
        """Return the columns that the model reads, of an array or a sparse matrix."""
        if self.selected is None:
            return rows
        # take, unlike an index, gives an array whose rows are contiguous.
        sparse = hasattr(rows, "indptr")
        return rows[:, self.selected] if sparse else np.take(rows, self.selected, axis=1)

    @property
    def standardizes(self) -> bool:
        """Whether the stage changes its input."""
        return self.offset is not None

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        own = {each.name: getattr(self, each.name) for each in STORED}
        stored = {name: value for name, value in own.items() if value is not None}
        return stored if self.encoder is None else stored | self.encoder.tensors()

    def params(self) -> dict[str, Any]:
        """Return what a file stores as JSON."""
        names = None if self.feature_names is None else list(self.feature_names)
        own = {"n_features": self.n_features, "feature_names": names}
        return own if self.encoder is None else own | self.encoder.params()

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild the stage from its tensors and parameters."""
        own: dict[str, Any] = {t.name: tensors[t.name] for t in STORED if t.name in tensors}
        rest = {name: tensors[name] for name in tensors if name not in own}
        own |= {name: params[name] for name in ("n_features", "feature_names") if name in params}
        others = set(params) ^ {"n_features", "feature_names"}
        if others - {"text_cells"} == {"columns", "blocks"}:
            own["encoder"] = Encoder.from_state(rest, params)
        elif others or rest:
            msg = f"unexpected parts of the input stage: {sorted(tensors)}, {sorted(params)}"
            raise ValueError(msg)
        return cls(**own)

    def features(self, X: Any, dtypes: Mapping[str, str] | None = None) -> Any:
        """Return the features of rows of the caller.

        Rows of a table are encoded: in the row type of the stage, dense or as CSR. A sparse matrix,
        and what this method returned before, holds features already. The columns of a data frame
        of features are checked; anything else is returned as it is.
        """
        if self.encoder is None:
            return frame_to_array(X, self.feature_names, dtypes) if is_frame(X) else X
        if X is None:  # as steps of the life cycle take it: no rows
            return X
        features = self.encoded(X)
        return compressed(features) if isinstance(features, Csr) else self.marked(features)

    def encoded(self, X: Any) -> Any:
        """Return the features of rows of a table; what is features already, as it is."""
        if isinstance(X, FeatureRows) and X.encoder is not self.encoder:
            msg = "X holds features that another model has encoded: give the rows themselves"
            raise ValueError(msg)
        if holds_features(X) or self.encoder is None:
            return X
        features = compiled.encode(self.encoder, X, self.row_type)
        return rounded(self.encoder.encode(X), self.row_type) if features is None else features

    def unseen(self, X: Any) -> dict[str, int]:
        """Return how many categories of rows of a table are unknown, by column."""
        if self.encoder is None:
            msg = "X must be rows of a table to have categories, but the model takes features"
            raise TypeError(msg)
        counts = compiled.unseen(self.encoder, X)
        return self.encoder.unseen(X) if counts is None else counts

    def marked(self, rows: Any) -> Any:
        """Return rows of features so that a model of this stage takes them as such."""
        if self.encoder is None or holds_features(rows):
            return rows
        return FeatureRows.of(rows, self.encoder)

    def tightened(self) -> tuple[Self, NDArray[np.intp]] | None:
        """Return a stage whose encoder gives what the first layer takes, and the features left.

        None where nothing can be left out.
        """
        if self.encoder is None or self.selected is None:
            return None
        encoder, features = self.encoder.select(self.selected.astype(np.intp))
        places = np.searchsorted(features, self.selected).astype(np.uint32)
        selected = None if len(places) == len(features) else places
        stage = replace(self, n_features=len(features), encoder=encoder, selected=selected)
        return stage, features

    def with_names(self, names: tuple[str, ...]) -> Self:
        """Return the stage with these names of features, or columns, if it has none."""
        if self.columns[0].name is not None:
            return self
        if self.encoder is None:
            return replace(self, feature_names=names)
        return replace(self, encoder=self.encoder.with_names(names))

    def without_names(self) -> Self:
        """Return the stage without names of features, or columns."""
        encoder = None if self.encoder is None else self.encoder.without_names()
        return replace(self, feature_names=None, encoder=encoder)

    def stack(self) -> _core.Stack:
        """Return a predictor of the core that so far has this stage only."""
        stack = _core.Stack(self.n_features)
        if self.selected is not None:
            stack.set_columns(self.selected.astype(np.int32))
        if self.offset is not None and self.scale is not None:
            stack.set_standardize(self.offset, self.scale)
        return stack
