"""Measure what the cost model of pruned layers assumes, and print its constants.

python benchmarks/calibrate_sparse.py

For each form, dtype and batch, layers of several shapes and sparsities are timed, and the
nanoseconds of a row fitted by ``weight * n + output * n_out + input * n_in`` with no constant below
zero. The output goes into ``_COSTS`` of slimline/layers/_costs.py; run it once an instruction set
(SLIMLINE_ISA=baseline).
"""

from __future__ import annotations

import itertools
import time

import numpy as np
from scipy.optimize import nnls
from slimline import _core, ops
from slimline.layers._pruned import compress, count_blocks

SHAPES = [(10, 64), (20, 4096), (256, 256), (64, 1024), (1024, 1024), (1024, 256)]
ZEROS = (0.5, 0.8, 0.95)
BATCHES = (1, 64)


def pruned_weight(random, shape, zeros, form):
    """Return float32 weights with whole blocks missing, or single weights."""
    kept = random.random(shape) >= zeros
    if form == "blocks":
        kept = np.repeat(random.random((shape[0], shape[1] // 4)) >= zeros, 4, axis=1)
    return np.where(kept, random.standard_normal(shape), 0).astype(np.float32)


def stack_of(weight, dtype, form):
    """Return a predictor of one layer in this form."""
    bias = np.zeros(len(weight), np.float32)
    stack = _core.Stack(weight.shape[1])
    if dtype == "int8":
        q, scale = ops.quantize_weight(weight)
        parts = (*compress(q).parts, *weight.shape, form)
        stack.add_kept_int8(*parts, scale, bias, "identity")
    else:
        stack.add_kept(*compress(weight).parts, *weight.shape, form, bias, "identity")
    return stack


def nanoseconds(stack, X, n_out):
    """Return the least of several times of a row."""
    out = np.empty((len(X), n_out), np.float32)
    best = np.inf
    for _ in range(15):
        start = time.perf_counter()
        for _ in range(4):
            stack.forward(X, out, 1)
        best = min(best, time.perf_counter() - start)
    return 1e9 * best / 4 / len(X)


def fit(dtype, form, batch):
    """Return the three constants and the largest relative error of a fit."""
    random = np.random.default_rng(0)
    rows, times = [], []
    for shape, zeros in itertools.product(SHAPES, ZEROS):
        weight = pruned_weight(random, shape, zeros, form)
        X = random.standard_normal((batch, shape[1])).astype(np.float32)
        work = {"dense": weight.size, "csr": np.count_nonzero(weight)}
        n = work.get(form) or 4 * count_blocks(compress(weight), *weight.shape)
        rows.append([n, *shape, 1 / batch])  # the last: a call, which every form pays alike
        times.append(nanoseconds(stack_of(weight, dtype, form), X, shape[0]))
    A, b = np.array(rows, float), np.array(times)
    constants, _ = nnls(A / b[:, None], np.ones(len(b)))
    return constants[:3], np.abs(A @ constants / b - 1).max()


def main():
    """Print the constants as the module holds them."""
    print(f'    "{_core.active_isa()}": {{')
    for dtype, form in [
        ("float32", "dense"),
        ("float32", "csr"),
        ("float32", "blocks"),
        ("int8", "dense"),
        ("int8", "blocks"),
    ]:
        costs = []
        for batch in BATCHES:
            constants, worst = fit(dtype, form, batch)
            costs.append("Cost(" + ", ".join(f"{value:.4g}" for value in constants) + ")")
            costs.append(f"# off by up to {worst:.0%}")
        print(
            f"        ({dtype.upper()}, {form!r}): ({costs[0]}, {costs[2]}),  {costs[1]} {costs[3]}"
        )
    print("    },")


if __name__ == "__main__":
    main()
