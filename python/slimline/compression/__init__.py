"""From a Model to a smaller or faster one."""

from __future__ import annotations

from slimline.compression._compress_result import Candidate, CompressResult
from slimline.compression._outcomes import outcome_of_training
from slimline.compression._request import GRANULARITIES
from slimline.compression.criteria import CRITERIA
from slimline.compression.finetuning import finetune
from slimline.compression.pruning import prune
from slimline.compression.quantization import quantize
from slimline.compression.reporting import SparsityReport, plot_sparsity, sparsity_report
from slimline.compression.schedules import SCHEDULES
from slimline.compression.search import compress

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
