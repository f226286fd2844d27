"""What the core knows of the losses of the linear learner, by name."""

from __future__ import annotations

from collections.abc import Mapping

from slimline import _core

LOSSES: Mapping[str, _core.LossTraits] = {traits.name: traits for traits in _core.loss_traits()}


def link_of(loss: str, n_classes: int) -> str:
    """Return the name of the link from scores of classes to predictions."""
    link = LOSSES[loss].link
    return "logistic" if link == "softmax" and n_classes == 2 else link  # noqa: PLR2004
