"""Pruned layers of 1024 x 1024 beside dense and sparse peers, one thread, one run: a table.

python benchmarks/sparse_tables.py

Single weights in float32: slimline's CSR beside scipy's and torch's CSR, numpy's and torch's dense
products. Blocks of four: slimline in float32 and int8 beside its own dense int8 and onnxruntime's
(MatMulInteger on ready uint8 activations: it does not quantize, slimline does). Every product is
checked before it is timed; peers take turns, and the table holds medians of seven turns in
microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from bench_int8 import race
from int8_peers import PEERS, Operands
from scipy import sparse
from slimline import _core, ops
from slimline.layers import Int8Layer, SparseInt8Layer, SparseLayer
from threadpoolctl import threadpool_limits

SIZE = 1024
ZEROS = (0.8, 0.9, 0.95, 0.99)
BATCHES = (1, 16, 256)

Product = Callable[[], Any]


def layer_product(layer: Any, X: Any) -> Product:
    """Return a call of one layer of slimline, as a model makes it."""
    stack = _core.Stack(SIZE)
    layer.add_to(stack)
    out = np.empty((len(X), SIZE), np.float32)

    def product() -> Any:
        stack.forward(X, out, 1)
        return out

    return product


def float_products(W: Any, blocks: Any, X: Any) -> tuple[dict[str, Product], dict[str, Any]]:
    """Return the products of float32 weights, and what each must give."""
    rows = sparse.csr_array(W)
    columns = np.ascontiguousarray(W.T)
    t_W, t_X = torch.from_numpy(W), torch.from_numpy(X)
    t_rows = t_W.to_sparse_csr()
    bias = np.zeros(SIZE, np.float32)
    products: dict[str, Product] = {
        "slimline weights": layer_product(SparseLayer.from_weight(W, bias, "identity"), X),
        "slimline blocks": layer_product(SparseLayer.from_weight(blocks, bias, "identity"), X),
        "scipy CSR": lambda: (rows @ X.T).T,
        "torch CSR": lambda: np.asarray((t_rows @ t_X.T).T),
        "numpy dense": lambda: X @ columns,
        "torch dense": lambda: np.asarray(t_X @ t_W.T),
    }
    expected = dict.fromkeys(products, X @ W.T)
    expected["slimline blocks"] = X @ blocks.T
    return products, expected


def int8_products(dense: Any, W: Any, blocks: Any, X: Any) -> dict[str, Product]:
    """Return the products of int8 weights; pruned ones must equal the dense layer to the bit."""
    bias = np.zeros(SIZE, np.float32)
    products = {}
    for name, weight in (("weights", W), ("blocks", blocks)):
        q, scale = ops.quantize_weight(weight)
        pruned = layer_product(SparseInt8Layer.from_weight(q, scale, bias, "identity"), X)
        masked = layer_product(Int8Layer(weight_int8=q, scale=scale, bias=bias), X)
        assert np.array_equal(pruned(), masked())
        products[f"slimline int8 {name}"] = pruned
    q, scale = ops.quantize_weight(dense)
    products["slimline int8 dense"] = layer_product(
        Int8Layer(weight_int8=q, scale=scale, bias=bias), X
    )
    activations, _, _ = ops.quantize_rows(X)
    operands = Operands(activations, np.ascontiguousarray(q.T), 1)
    products["onnxruntime int8"], _ = PEERS["ort MatMulInteger"](operands)
    return products


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    dense = random.standard_normal((SIZE, SIZE)).astype(np.float32)
    header = None
    for zeros in ZEROS:
        W = np.where(random.random(dense.shape) < zeros, np.float32(0), dense)
        kept = random.random((SIZE, SIZE // 4)) >= zeros
        blocks = np.where(np.repeat(kept, 4, axis=1), dense, np.float32(0))
        for batch in BATCHES:
            X = random.standard_normal((batch, SIZE)).astype(np.float32)
            products, expected = float_products(W, blocks, X)
            for name, product in products.items():
                np.testing.assert_allclose(product(), expected[name], rtol=1e-3, atol=1e-3)
            products |= int8_products(dense, W, blocks, X)
            times = race(products, 0.0)
            if header is None:
                header = ["zeros", "batch", *times]
                print("| " + " | ".join(header) + " |\n" + "|---" * len(header) + "|")
            cells = [
                f"{zeros:.0%}",
                str(batch),
                *(f"{1e6 * value:.1f}" for value in times.values()),
            ]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
