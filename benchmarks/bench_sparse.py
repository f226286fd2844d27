"""Pruned float32 layers of 1024 x 1024 beside scipy's CSR and dense BLAS, one thread."""

from __future__ import annotations

import numpy as np
import pytest
import slimline as sl
from scipy import sparse
from slimline.inputs import InputStage
from slimline.layers import DenseLayer
from threadpoolctl import threadpool_limits

SIZE = 1024


def slimline_product(W):
    """Predict with a pruned Model."""
    layer = DenseLayer(weight=W, bias=np.zeros(SIZE, dtype=np.float32))
    stage = InputStage(n_features=SIZE)
    model = sl.Model(input=stage, layers=(layer,), link="identity", classes=None)
    return sl.prune(model, sparsity=0).outputs


def scipy_product(W):
    """Multiply by scipy's CSR."""
    rows = sparse.csr_array(W)
    return lambda X: (rows @ X.T).T


def dense_product(W):
    """Multiply with all the zeros."""
    columns = np.ascontiguousarray(W.T)
    return lambda X: X @ columns


PRODUCTS = {"slimline": slimline_product, "scipy CSR": scipy_product, "numpy dense": dense_product}


@pytest.mark.parametrize("batch", [1, 16, 256])
@pytest.mark.parametrize("zeros", [0.8, 0.95])
@pytest.mark.parametrize("name", PRODUCTS)
def test_sparse_layer(benchmark, name, zeros, batch):
    """Time a batch through the layer; results must agree to float32 rounding."""
    benchmark.group = f"1024 x 1024, {zeros:.0%} zeros, batch {batch}"
    random = np.random.default_rng(0)
    W = random.standard_normal((SIZE, SIZE)).astype(np.float32)
    W[random.random(W.shape) < zeros] = 0
    X = random.standard_normal((batch, SIZE)).astype(np.float32)
    with threadpool_limits(1):
        product = PRODUCTS[name](W)
        np.testing.assert_allclose(product(X), X @ W.T, rtol=1e-3, atol=1e-3)
        benchmark(product, X)
