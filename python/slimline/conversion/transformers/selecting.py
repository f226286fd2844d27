"""Selections of features: anything of scikit-learn with a support."""

from __future__ import annotations

import numpy as np
from sklearn.feature_selection import SelectorMixin

from slimline.conversion.features.table import Features
from slimline.conversion.transformers.registry import transformed


@transformed.register
def _(selector: SelectorMixin, features: Features) -> Features:
    return features.take(np.flatnonzero(selector.get_support()))
