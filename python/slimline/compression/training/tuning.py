"""Fine-tuning: a linear float32 layer by L-BFGS, every other stack of layers by Adam."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import ArrayLike, NDArray

from slimline._checks import as_targets
from slimline.compression.training.losses import check_classes
from slimline.compression.training.network import Tuner, TuningOptions, is_masked
from slimline.compression.training.refit import is_linear, refit
from slimline.history import Value
from slimline.model import Model


@dataclass(frozen=True, kw_only=True)
class TuningSettings:
    """The arguments of :func:`slimline.finetune`, with the same defaults."""

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
    prune_now: Callable[[Model, float], Model] | None = None,
) -> tuple[Model, dict[str, Value]]:
    """Return the model trained, with the history that it had, and the parameters that matter.

    ``prune_now`` gets the model after each epoch and the share of the epochs that is done, and
    returns it pruned.
    """
    if not settings.alpha >= 0:
        msg = f"alpha must be >= 0, got {settings.alpha}"
        raise ValueError(msg)
    if not 0 < settings.learning_rate_init < math.inf:
        msg = f"learning_rate_init must be > 0, got {settings.learning_rate_init}"
        raise ValueError(msg)
    if settings.batch_size < 1:
        msg = f"batch_size must be >= 1, got {settings.batch_size}"
        raise ValueError(msg)
    if settings.max_iter is not None and settings.max_iter < 1:
        msg = f"max_iter must be >= 1, got {settings.max_iter}"
        raise ValueError(msg)
    y = as_targets(y, task=model.task)
    check_classes(model, y)
    if is_linear(model) and prune_now is None:
        max_iter = settings.max_iter or 100
        layer, loss = refit(model, X, y, settings.loss, settings.alpha, max_iter)
        return replace(model, layers=(layer,)), {
            "loss": loss,
            "alpha": settings.alpha,
            "max_iter": max_iter,
        }
    if settings.loss is not None:
        msg = f"loss must be None where Adam trains, got {settings.loss!r}"
        raise ValueError(msg)
    return _tune_by_adam(model, X, y, settings, prune_now)


def _tune_by_adam(
    model: Model,
    X: Any,
    y: NDArray[Any],
    settings: TuningSettings,
    prune_now: Callable[[Model, float], Model] | None,
) -> tuple[Model, dict[str, Value]]:
    n_epochs = settings.max_iter or 30
    tuner: Tuner | None = None
    for epoch in range(n_epochs):
        if tuner is None:
            tuner = Tuner(model, X, y, _options(settings, epoch, n_epochs))
        tuner.epoch()
        if prune_now is not None:
            trained = tuner.trained()
            model = prune_now(trained, (epoch + 1) / n_epochs)
            if is_masked(model, trained):
                tuner.mask(model)
            else:
                tuner = None
    return model if tuner is None else tuner.trained(), {
        "alpha": settings.alpha,
        "max_iter": n_epochs,
        "batch_size": settings.batch_size,
        "learning_rate_init": settings.learning_rate_init,
        "random_state": settings.random_state,
    }


def _options(settings: TuningSettings, epoch: int, n_epochs: int) -> TuningOptions:
    """Return how to train from an epoch on: a new trainer continues the decay of the step size."""
    left = n_epochs - epoch
    return TuningOptions(
        alpha=settings.alpha,
        max_iter=left,
        batch_size=settings.batch_size,
        learning_rate_init=settings.learning_rate_init * left / n_epochs,
        random_state=settings.random_state + epoch,
        n_threads=settings.n_threads,
    )
