"""Training on: a linear float32 layer by L-BFGS, every other stack of layers by Adam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from slimline.compression._network_tuning import Tuner, TuningOptions
from slimline.compression._refit import is_linear, refit
from slimline.history import Value
from slimline.layers import Layer
from slimline.model import Model


@dataclass(frozen=True, kw_only=True)
class TuningSettings:
    """What :func:`slimline.finetune` was asked for; the defaults are its own."""

    loss: str | None = None
    alpha: float = 1e-4
    max_iter: int | None = None
    batch_size: int = 128
    learning_rate_init: float = 1e-3
    random_state: int = 0
    n_threads: int = 1


def tune(
    model: Model,
    X: Any,
    y: ArrayLike,
    settings: TuningSettings,
    prune_now: Callable[[list[Layer], float], list[Layer]] | None = None,
) -> tuple[list[Layer], dict[str, Value]]:
    """Return the trained layers and the parameters that matter for them.

    ``prune_now`` gets the layers after each epoch and the share of the epochs that is done, and
    returns them pruned.
    """
    if not settings.alpha >= 0:
        msg = f"alpha must be >= 0, got {settings.alpha}"
        raise ValueError(msg)
    if settings.max_iter is not None and settings.max_iter < 1:
        msg = f"max_iter must be >= 1, got {settings.max_iter}"
        raise ValueError(msg)
    if is_linear(model) and prune_now is None:
        max_iter = settings.max_iter or 100
        layer, loss = refit(model, X, y, settings.loss, settings.alpha, max_iter)
        return [layer], {"loss": loss, "alpha": settings.alpha, "max_iter": max_iter}
    if settings.loss is not None:
        msg = f"loss must be None where Adam trains, got {settings.loss!r}"
        raise ValueError(msg)
    return _tune_by_adam(model, X, y, settings, prune_now)


def _tune_by_adam(
    model: Model,
    X: Any,
    y: ArrayLike,
    settings: TuningSettings,
    prune_now: Callable[[list[Layer], float], list[Layer]] | None,
) -> tuple[list[Layer], dict[str, Value]]:
    max_iter = settings.max_iter or 30
    options = TuningOptions(
        alpha=settings.alpha,
        max_iter=max_iter,
        batch_size=settings.batch_size,
        learning_rate_init=settings.learning_rate_init,
        random_state=settings.random_state,
        n_threads=settings.n_threads,
    )
    tuner = Tuner(model, X, np.asarray(y), options)
    for epoch in range(1, max_iter + 1):
        tuner.epoch()
        if prune_now is not None:
            for i, layer in enumerate(prune_now(tuner.layers(), epoch / max_iter)):
                tuner.mask(i, layer.weight != 0)
    return tuner.layers(), {
        "alpha": settings.alpha,
        "max_iter": max_iter,
        "batch_size": settings.batch_size,
        "learning_rate_init": settings.learning_rate_init,
        "random_state": settings.random_state,
    }
