"""From a Model to a smaller or faster one."""

from __future__ import annotations

from slimline.compression.criteria import CRITERIA
from slimline.compression.finetuning import finetune
from slimline.compression.pruning import prune
from slimline.compression.quantization import quantize

__all__ = ["CRITERIA", "finetune", "prune", "quantize"]
