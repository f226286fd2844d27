"""Transformers that no Model can represent, each with what to use in its place."""

from __future__ import annotations

from typing import Any

from sklearn import (
    cluster,
    decomposition,
    feature_extraction,
    impute,
    kernel_approximation,
    preprocessing,
)

from slimline.conversion.features.table import Features
from slimline.conversion.refusals import StepError
from slimline.conversion.transformers.registry import transformed

_INSTEAD: dict[type, str] = {
    preprocessing.Normalizer: "it scales by row: normalise the rows before the pipeline",
    preprocessing.SplineTransformer: "use KBinsDiscretizer or PolynomialFeatures",
    impute.KNNImputer: "it keeps the training rows: use SimpleImputer(strategy='median')",
    decomposition.KernelPCA: "it keeps the training rows: use PCA",
    decomposition.NMF: "it solves a problem for each row: use PCA or TruncatedSVD",
    decomposition.LatentDirichletAllocation: "it solves a problem for each row: use TruncatedSVD",
    cluster.KMeans: "use KBinsDiscretizer, or train a network",
    kernel_approximation.Nystroem: "train an MLPClassifier or MLPRegressor on the columns",
    kernel_approximation.RBFSampler: "train an MLPClassifier or MLPRegressor on the columns",
    feature_extraction.FeatureHasher: "use OneHotEncoder, or DictVectorizer for dicts",
}


def _refuse(transformer: Any, _features: Features) -> Features:
    kind = next(base for base in type(transformer).__mro__ if base in _INSTEAD)
    what = f"cannot convert a {type(transformer).__name__}"
    raise StepError(what, _INSTEAD[kind])


for _kind in _INSTEAD:
    transformed.register(_kind, _refuse)
