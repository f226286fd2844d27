"""Int8 products beside onnxruntime's and PyTorch's: ``python benchmarks/bench_int8.py [threads]``.

Needs ``pip install torch``. Prints, for quantized Gaussian and for uniform weights, GOP/s of
slimline and of the best peer, and their ratio; then who is exact on extreme operands, and with
several threads where they begin to pay. Everybody takes the same arrays; turns
alternate; medians of 7. slimline's result is compared with the exact product before it is timed.
"""

from __future__ import annotations

import statistics
import sys
import time

SHAPES = [
    (256, 1024, 1024),
    (1024, 1024, 1024),
    (128, 768, 3072),
    (4096, 4096, 64),
    (16, 1024, 1024),
    (64, 512, 512),
    (32, 4096, 4096),
    (1, 784, 256),
    (1, 1024, 1024),
    (1, 20000, 20),
    (1000, 47000, 20),
    (256, 20000, 20),
]
ROUNDS = 7
TURN_SECONDS = 0.02


def race(calls, settle):
    """Return the median seconds of each call; turns of at least TURN_SECONDS alternate."""
    repeats, times = {}, {name: [] for name in calls}
    for name, call in calls.items():
        call()
        begin = time.perf_counter()
        call()
        repeats[name] = max(1, round(TURN_SECONDS / (time.perf_counter() - begin)))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            time.sleep(settle)  # until the threads of the one before stop spinning
            call()
            begin = time.perf_counter()
            for _ in range(repeats[name]):
                call()
            times[name].append((time.perf_counter() - begin) / repeats[name])
    return {name: statistics.median(values) for name, values in times.items()}


def operands(shape, weights, n_threads):
    """Return A uniform in 0..127 and B uniform, or a Gaussian scaled to its largest in a column."""
    m, k, n = shape
    rng = np.random.default_rng(0)
    A = rng.integers(0, 128, (m, k), dtype=np.uint8)
    if weights == "uniform":
        return Operands(A, rng.integers(-127, 128, (k, n), dtype=np.int8), n_threads)
    q, _ = sl.ops.quantize_weight(rng.standard_normal((n, k), dtype=np.float32))
    return Operands(A, np.ascontiguousarray(q.T), n_threads)


def slimline_product(data):
    """Return a call of slimline's product, packed beforehand, and its result."""
    packed = sl.ops.pack_int8(data.B)
    out = np.empty((len(data.A), data.B.shape[1]), np.int32)
    multiply = sl.ops.gemm_int8
    return lambda: multiply(data.A, packed, out=out, n_threads=data.n_threads), lambda: out


def table(weights, n_threads):
    """Print one table."""
    print(f"\n{weights} weights, {n_threads} thread(s), GOP/s")
    print(f"{'M x K x N':>16} {'slimline':>9} {'best peer':>9} {'ratio':>6}  who; float32")
    for shape in SHAPES:
        data = operands(shape, weights, n_threads)
        made = {"slimline": slimline_product(data)}
        made |= {name: make(data) for name, make in PEERS.items()}
        made["slimline"][0]()
        assert exact(made["slimline"][1](), data)
        settle = 0.25 if n_threads > 1 else 0  # OpenBLAS spins for 0.1 s
        seconds = race({name: call for name, (call, _) in made.items()}, settle)
        speed = {name: 2 * np.prod(shape, dtype=float) / s / 1e9 for name, s in seconds.items()}
        best = max(speed.keys() - FLOAT - {"slimline"}, key=speed.get)
        print(
            f"{'x'.join(map(str, shape)):>16} {speed['slimline']:9.1f} {speed[best]:9.1f} "
            f"{speed['slimline'] / speed[best]:6.2f}  {best}; {speed['numpy float32']:.1f}",
            flush=True,
        )


def exactness():
    """Print who is exact on extreme operands within the contract, and on uniform ones."""
    rng = np.random.default_rng(1)
    k, n = 1001, 40
    cases = {
        "all largest": (np.full((7, k), 127), np.full((k, n), 127)),
        "all lowest": (np.full((7, k), 127), np.full((k, n), -127)),
        "mixed extremes": (rng.choice([0, 127], (7, k)), rng.choice([-127, 127], (k, n))),
        "uniform": (rng.integers(0, 128, (7, k)), rng.integers(-127, 128, (k, n))),
        "uniform, full u8": (rng.integers(0, 256, (7, k)), rng.integers(-127, 128, (k, n))),
    }
    print(f"\nexact?{'':22}", *(f"{name:>17}" for name in cases))
    rows = {name: [] for name in ["slimline", *PEERS]}
    for A, B in cases.values():
        data = Operands(A.astype(np.uint8), B.astype(np.int8), 1)
        data.step = float(np.abs(A.astype(float) @ B).max() / 120)
        a_max = 127 if data.A.max() <= 127 else 255
        product = sl.ops.gemm_int8(data.A, sl.ops.pack_int8(data.B), a_max=a_max)
        rows["slimline"].append(exact(product, data))
        for name, make in PEERS.items():
            call, result = make(data)
            call()
            rows[name].append(exact(result(), data))
    for name, answers in rows.items():
        print(f"{name:28}", *(f"{'yes' if answer else 'NO':>17}" for answer in answers))


def sharing(n_threads):
    """Print what threads gain as the work grows; below the core's threshold there is one."""
    print(f"\nM x 512 x 512: microseconds with 1 and with {n_threads} threads, and their ratio")
    for m in (1, 2, 4, 8, 12, 16, 24, 32, 64, 128):
        data = operands((m, 512, 512), "gaussian", n_threads)
        single = operands((m, 512, 512), "gaussian", 1)
        calls = {"one": slimline_product(single)[0], "many": slimline_product(data)[0]}
        seconds = race(calls, 0)
        one, many = (1e6 * seconds[name] for name in calls)
        work = m * 512 * 512 / 2**20
        print(f"{m:5} {work:7.2f} M products {one:9.1f} {many:9.1f} {one / many:6.2f}")


def main():
    """Print all tables."""
    n_threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(n_threads)
    sl.show_config()
    with threadpool_limits(n_threads):
        for weights in ("gaussian", "uniform"):
            table(weights, n_threads)
        exactness()
        if n_threads > 1:
            sharing(n_threads)


if __name__ == "__main__":
    import numpy as np
    import slimline as sl
    import torch
    from int8_peers import FLOAT, PEERS, Operands, exact
    from threadpoolctl import threadpool_limits

    main()
