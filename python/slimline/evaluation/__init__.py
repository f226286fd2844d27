"""How accurate, small and fast a Model is, and whether it meets its specification."""

from __future__ import annotations

from slimline.evaluation.comparing import Comparison, Contest, compare
from slimline.evaluation.measuring import evaluate
from slimline.evaluation.report import Check, Report

__all__ = ["Check", "Comparison", "Contest", "Report", "compare", "evaluate"]
