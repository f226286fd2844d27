"""Predictions for dask collections: lazy, block by block, by models of one machine."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
import numpy as np
from numpy.typing import NDArray

from slimline._collections import is_collection, known_lengths, row_blocks
from slimline._frames import is_frame


def predict(model: Any, X: Any) -> Any:
    """Return a lazy dask array of ``model.predict`` for every row.

    Parameters
    ----------
    model : Model or fitted estimator
        An object of this machine. It is sent to the workers once.
    X : dask array or data frame of shape (n_samples, n_features)

    Returns
    -------
    dask.array.Array
        Partitioned as X, and computed on demand.

    Examples
    --------
    >>> import dask.array as da, slimline as sl
    >>> from slimline.dask import predict
    >>> model = sl.convert(sl.LinearSVR(C=100).fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]))
    >>> predict(model, da.ones((4, 1), chunks=2)).compute().round(2)
    array([3., 3., 3., 3.], dtype=float32)
    """
    return by_rows(model, "predict", X)


def decision_function(model: Any, X: Any) -> Any:
    """Return a lazy dask array of ``model.decision_function``; arguments as in :func:`predict`."""
    return by_rows(model, "decision_function", X)


def predict_proba(model: Any, X: Any) -> Any:
    """Return a lazy dask array of ``model.predict_proba``; arguments as in :func:`predict`."""
    return by_rows(model, "predict_proba", X)


def by_rows(model: Any, method: str, X: Any) -> Any:
    """Apply a method of ``model`` to every block of rows."""
    if not is_collection(X):
        msg = f"X must be a dask array or data frame, got {type(X).__name__}: use model.{method}"
        raise TypeError(msg)
    n_features = getattr(model, "n_features_in_", None) or model.input.n_features
    if X.shape[1] != n_features:
        msg = f"X has {X.shape[1]} features, but the model expects {n_features}"
        raise ValueError(msg)
    sample = _sample(X) if is_frame(X) else np.zeros((1, n_features), dtype=X.dtype)
    like = getattr(model, method)(sample)[:0]
    held = dask.delayed(model, pure=False, traverse=False)
    call = dask.delayed(_call, pure=False, traverse=False)
    blocks = row_blocks(X, {})
    lengths = known_lengths(X) or [np.nan] * len(blocks)
    arrays = [
        da.from_delayed(call(held, method, block, like), (length, *like.shape[1:]), meta=like)
        for (block,), length in zip(blocks, lengths, strict=True)
    ]
    return da.concatenate(arrays, allow_unknown_chunksizes=True)


def _sample(X: Any) -> Any:
    """Return a row like those of a data frame; what dask makes up for texts is no number."""
    row = X._meta_nonempty[:1]  # noqa: SLF001 - dask's name
    others = row.select_dtypes(exclude=["number", "bool"]).columns
    return row.assign(**dict.fromkeys(others, 0.0))


def _call(model: Any, method: str, block: Any, like: NDArray[Any]) -> NDArray[Any]:
    """Apply the method; a block without rows has a prediction without rows."""
    result: NDArray[Any] = getattr(model, method)(block) if block.shape[0] else like
    return result
