"""Train, prune, quantize, save and serve linear models and small dense networks on CPUs."""

from __future__ import annotations

from slimline._config import show_config

__all__ = ["show_config"]
