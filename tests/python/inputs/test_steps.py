"""Steps, bins and products compute what scikit-learn's transformers do."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)
from slimline.inputs import BinsBlock, Column, Encoder, NumbersBlock, PolynomialBlock, Step
from slimline.inputs.steps import OPS

X = np.random.default_rng(0).gamma(2, size=(300, 3)) * [1, 10, 0.01]
Z = np.concatenate([X, X[:5] + 1e3, X[:5] * 1e-3])
COLUMNS = np.arange(3, dtype=np.uint32)


def encoded(block, rows):
    columns = tuple(Column(None, "number") for _ in range(rows.shape[1]))
    return Encoder(columns=columns, blocks=(block,)).encode(rows)


def numbers(rows, *steps):
    return encoded(NumbersBlock(columns=COLUMNS, steps=steps), rows)


def affine(offset, scale):
    return Step(op="affine", arrays={"offset": offset, "scale": scale})


def test_standard_scaler():
    known = StandardScaler().fit(X)
    got = numbers(Z, affine(known.mean_, 1 / known.scale_))
    np.testing.assert_allclose(got, known.transform(Z), rtol=1e-13, atol=1e-13)


def test_min_max_scaler_with_clip():
    known = MinMaxScaler(clip=True).fit(X)
    clip = Step(op="clip", arrays={"low": np.zeros(3), "high": np.ones(3)})
    got = numbers(Z, affine(-known.min_ / known.scale_, known.scale_), clip)
    np.testing.assert_allclose(got, known.transform(Z), atol=1e-14)


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_power_transformer(method):
    known = PowerTransformer(method=method, standardize=False).fit(X)
    step = Step(op=method.replace("-", "_"), arrays={"lambda": known.lambdas_})
    rows = Z - (5 if method == "yeo-johnson" else 0)
    np.testing.assert_allclose(numbers(rows, step), known.transform(rows), rtol=1e-12)


@pytest.mark.parametrize("power", [0.0, 2.0, 1e-300, 2 - 1e-12])
def test_yeo_johnson_near_its_logarithms(power):
    known = PowerTransformer(standardize=False).fit(X)
    known.lambdas_ = np.full(3, power)
    rows = Z - 5
    step = Step(op="yeo_johnson", arrays={"lambda": known.lambdas_})
    np.testing.assert_allclose(numbers(rows, step), known.transform(rows), rtol=1e-12)


@pytest.mark.parametrize("output", ["uniform", "normal"])
@pytest.mark.parametrize("repeated", [False, True])
def test_quantile_transformer(output, repeated):
    rows = np.round(X, 1) if repeated else X
    known = QuantileTransformer(n_quantiles=50, output_distribution=output).fit(rows)
    step = Step(
        op="quantile",
        arrays={
            "references": known.references_,
            "quantiles": np.ascontiguousarray(known.quantiles_.T),
        },
        texts={"output": output},
    )
    for some in (rows, Z, known.quantiles_, known.quantiles_ + 1e-8, known.quantiles_ - 1e-8):
        np.testing.assert_allclose(numbers(some, step), known.transform(some), atol=1e-12)


@pytest.mark.parametrize("one_hot", [False, True])
@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
def test_bins(one_hot, strategy):
    known = KBinsDiscretizer(
        n_bins=[2, 5, 3],
        encode="onehot-dense" if one_hot else "ordinal",
        strategy=strategy,
        quantile_method="averaged_inverted_cdf",
    ).fit(X)
    edges = [each[1:-1] for each in known.bin_edges_]
    block = BinsBlock(
        columns=COLUMNS,
        edges=np.concatenate(edges),
        starts=np.cumsum([0, *map(len, edges)]).astype(np.uint32),
        one_hot=one_hot,
    )
    on_edges = np.column_stack([np.resize(each, 20) for each in known.bin_edges_])
    for rows in (Z, on_edges):
        np.testing.assert_array_equal(encoded(block, rows), known.transform(rows))
    names = [f"x{j}" for j in range(3)]
    assert block.feature_names(names) == known.get_feature_names_out().tolist()


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("interaction_only", [False, True])
def test_polynomials(degree, interaction_only):
    known = PolynomialFeatures(degree, interaction_only=interaction_only).fit(X)
    block = PolynomialBlock(columns=COLUMNS, powers=known.powers_.astype(np.uint8))
    np.testing.assert_array_equal(encoded(block, Z), known.transform(Z))
    assert block.feature_names(["x0", "x1", "x2"]) == known.get_feature_names_out().tolist()


@pytest.mark.parametrize("op", [op for op, entry in OPS.items() if not entry.stored])
def test_plain_functions(op):
    np.testing.assert_array_equal(numbers(X, Step(op=op)), getattr(np, op)(X))


def test_a_missing_number_passes_through_to_the_imputation():
    rows = np.array([[np.nan, 1.0, np.nan]])
    impute = Step(op="impute", arrays={"value": np.array([7.0, 8.0, 9.0])})
    for op, entry in OPS.items():
        arrays = {each.name: np.full(3, 0.5) for each in entry.stored}
        if op == "quantile":
            continue
        got = numbers(rows, Step(op=op, arrays=arrays), impute)
        missing = [0.5, 0.5] if op == "impute" else [7, 9]
        assert got[0, ::2].tolist() == missing, op
