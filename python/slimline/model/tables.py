"""Predictions of rows of a table, which the core takes to outputs without features in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.inputs import Encoder, InputStage
from slimline.inputs.compiled import explaining
from slimline.inputs.core_columns import core_columns
from slimline.layers import Layer
from slimline.model.fused import fused


class TableStack:
    """The predictor of a model whose rows come from a table."""

    __slots__ = ("_encoder", "core")

    def __init__(self, encoder: Encoder, core: _core.TableStack) -> None:
        """Take what :func:`table_stack` has made."""
        self._encoder = encoder
        self.core = core

    def outputs(self, X: Any, n_threads: int) -> NDArray[np.float32]:
        """Return the outputs of the last layer for rows of a table."""
        with explaining(self._encoder, X):
            n_rows, table = core_columns(X, self._encoder)
            out = np.empty((n_rows, self.core.n_outputs), dtype=np.float32)
            self.core.forward(table, out, n_threads)
        return out

    def winners(self, X: Any) -> NDArray[np.int64]:
        """Return the place of the largest output of each row."""
        with explaining(self._encoder, X):
            n_rows, table = core_columns(X, self._encoder)
            places = np.empty(n_rows, dtype=np.int64)
            self.core.winners(table, places, 1)
        return places


def table_stack(
    stage: InputStage, layers: Sequence[Layer], stack: Callable[[], _core.Stack]
) -> TableStack | None:
    """Return the predictor of rows of a table; None where rows hold features, or the core lacks a
    kind of block or column.

    A first layer in float32 is fused with the encoder. ``stack()`` has all layers.
    """  # noqa: D205 - two conditions
    core = None if stage.encoder is None else stage.encoder.compiled()
    if stage.encoder is None or core is None:
        return None
    if layers[0].activations != "float32":
        return TableStack(stage.encoder, _core.TableStack(core, stack()))
    return TableStack(stage.encoder, _core.fused_table_stack(core, *fused(stage, layers)))
