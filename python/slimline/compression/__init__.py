"""From a Model to a smaller or faster one."""

from __future__ import annotations

from slimline.compression.finetuning import finetune
from slimline.compression.pruning.criteria import CRITERIA
from slimline.compression.pruning.outcomes import outcome_of_training
from slimline.compression.pruning.recipe import prune
from slimline.compression.pruning.reporting import SparsityReport, plot_sparsity, sparsity_report
from slimline.compression.pruning.request import GRANULARITIES
from slimline.compression.pruning.schedules import SCHEDULES
from slimline.compression.quantization.recipe import quantize
from slimline.compression.search.recipe import compress
from slimline.compression.search.result import Candidate, CompressResult

__all__ = [
    "CRITERIA",
    "GRANULARITIES",
    "SCHEDULES",
    "Candidate",
    "CompressResult",
    "SparsityReport",
    "compress",
    "finetune",
    "outcome_of_training",
    "plot_sparsity",
    "prune",
    "quantize",
    "sparsity_report",
]
