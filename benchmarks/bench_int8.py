"""Int8 products beside onnxruntime's and PyTorch's: ``python benchmarks/bench_int8.py [threads]``.

Needs ``pip install torch`` and a C++ compiler. Prints, for quantized Gaussian and for uniform
weights, GOP/s of slimline and of the best peer and their ratio; how near slimline comes to the
peak of its instructions, which take turns too, in registers; with several threads, what they
gain over one. Then who is exact on extreme operands, and from where on threads pay. Everybody
takes the same arrays; turns alternate; medians of 7 of CPU time with one thread, of 21 of
wall time with several (alone on the machine). slimline's result is compared with the exact product
before it is timed.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Timing:
    """How to time one thread, or several."""

    clock: Callable[[], float]
    rounds: int
    turn: float  # seconds, at least
    pause: float  # until the threads of the one before stop spinning


ONE = Timing(time.thread_time, rounds=7, turn=0.02, pause=0)
SEVERAL = Timing(time.perf_counter, rounds=21, turn=0.005, pause=0.005)


def race(calls, n_threads):
    """Return the seconds of each call, in alternating turns."""
    timing = ONE if n_threads == 1 else SEVERAL
    clock = timing.clock
    repeats, times = {}, {name: [] for name in calls}
    for name, call in calls.items():
        call()
        begin = clock()
        call()
        repeats[name] = max(1, round(timing.turn / (clock() - begin)))
    for _ in range(timing.rounds):
        for name, call in calls.items():
            call()
            begin = clock()
            for _ in range(repeats[name]):
                call()
            times[name].append((clock() - begin) / repeats[name])
            time.sleep(timing.pause)
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


def slimline_product(data, n_threads):
    """Return a call of slimline's product, its result, and the packed weights."""
    packed = sl.ops.pack_int8(data.B)
    out = np.empty((len(data.A), data.B.shape[1]), np.int32)
    multiply = sl.ops.gemm_int8
    return lambda: multiply(data.A, packed, out=out, n_threads=n_threads), out, packed


def table(weights, n_threads, peak):
    """Print one table."""
    gain = f" {n_threads} threads / 1 |" if n_threads > 1 else ""
    print(f"\n{weights} weights, {n_threads} thread(s), GOP/s\n")
    print(f"| M x K x N | slimline | of peak | best peer | ratio |{gain} who | numpy float32 |")
    print("|---|---|---|---|---|---|---|" + ("---|" if gain else ""))
    for shape in SHAPES:
        data = operands(shape, weights, n_threads)
        call, out, packed = slimline_product(data, n_threads)
        call()
        assert exact(out, data)
        calls = {"slimline": call}
        if n_threads > 1:
            calls["1 thread"] = slimline_product(data, 1)[0]
        calls |= {name: make(data)[0] for name, make in PEERS.items()}
        seconds = race(calls | peak.calls(), n_threads)
        speed = {name: 2 * np.prod(shape, dtype=float) / s / 1e9 for name, s in seconds.items()}
        best = max(PEERS.keys() - FLOAT, key=speed.get)
        ours = speed["slimline"]
        share = ours * 1e9 / (n_threads * peak.speed(seconds, packed.coupled))
        cells = ["x".join(map(str, shape)), f"{ours:.1f}", f"{share:.0%}", f"{speed[best]:.1f}"]
        cells += [f"{ours / speed[best]:.2f}"]
        if n_threads > 1:
            cells += [f"{ours / speed['1 thread']:.2f}"]
        cells += [best, f"{speed['numpy float32']:.1f}"]
        print("|", " | ".join(cells), "|", flush=True)


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
    print("\n| exact? |", " | ".join(cases), "|\n|---" + "|---" * len(cases) + "|")
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
        print("|", name, "|", " | ".join("yes" if answer else "NO" for answer in answers), "|")


def sharing(n_threads):
    """Print what threads gain as the work grows; below the core's threshold there is one."""
    print(f"\nM x 512 x 512: microseconds with 1 and with {n_threads} threads, and their ratio\n")
    print("| M | million products | 1 thread | threads | ratio |\n|---|---|---|---|---|")
    for m in (1, 2, 4, 8, 12, 16, 24, 32, 64, 128):
        data = operands((m, 512, 512), "gaussian", n_threads)
        calls = {n: slimline_product(data, n)[0] for n in (1, n_threads)}
        one, many = (1e6 * s for s in race(calls, n_threads).values())
        work = m * 512 * 512 / 2**20
        print(f"| {m} | {work:.2f} | {one:.1f} | {many:.1f} | {one / many:.2f} |", flush=True)


def main():
    """Print all tables."""
    n_threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(n_threads)
    sl.show_config()
    peak = Peak()
    with threadpool_limits(n_threads):
        for weights in ("gaussian", "uniform"):
            table(weights, n_threads, peak)
        exactness()
        if n_threads > 1:
            sharing(n_threads)


if __name__ == "__main__":
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = "20"  # 2^20 cycles; else its threads spin for 0.1 s

    import numpy as np
    import slimline as sl
    import torch
    from int8_peak import Peak
    from int8_peers import FLOAT, PEERS, Operands, exact
    from threadpoolctl import threadpool_limits

    main()
