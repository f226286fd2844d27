"""The benchmarks page: a table and a picture for each file of results in ``benchmarks/results``.

The files are what ``pytest benchmarks/bench_X.py --benchmark-json=...`` writes; one group is one
comparison, and its benchmarks are the contestants.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt

RESULTS = Path(__file__).parent.parent / "benchmarks" / "results"
OURS = "C2"
OTHERS = "C0"
MS = 1e3

HEAD = """# Results

Peers run beside slimline in the same process, alternating; medians. Each benchmark checks the
answers before it times them. The figures belong to the machine named below; measure yours with
`pip install '.[bench]' && pytest benchmarks --benchmark-only`.
"""


def write(folder: Path) -> None:
    """Write ``index.md`` and the pictures."""
    folder.mkdir(exist_ok=True)
    parts = [HEAD]
    for file in sorted(RESULTS.glob("*.json")):
        results = json.loads(file.read_text(encoding="utf-8"))
        if "benchmarks" in results:
            parts += _section(file.stem, results, folder)
    (folder / "index.md").write_text("\n".join(parts), encoding="utf-8")


def _section(name: str, results: dict[str, Any], folder: Path) -> list[str]:
    groups = defaultdict(list)
    for benchmark in results["benchmarks"]:
        groups[benchmark["group"] or benchmark["name"].partition("[")[0]].append(benchmark)
    _draw(groups, folder / f"{name}.png")
    machine = results["machine_info"]
    where = machine.get("slimline", {})
    lines = [f"## {name.removeprefix('bench_').replace('_', ' ').capitalize()}\n"]
    lines.append(
        f"{machine['cpu'].get('brand_raw', machine['machine'])}, {where.get('threads', '?')} CPUs, "
        f"{where.get('isa active', '?')}, slimline {where.get('slimline', '?')}, "
        f"{where.get('compiler', '')}, Python {machine['python_version']}, "
        f"{results['datetime'][:10]}.\n"
    )
    lines.append(f"![{name}]({name}.png)\n")
    lines += [
        "| comparison | contestant | median (ms) | against slimline's best |",
        "|---|---|---:|---:|",
    ]
    for group, benchmarks in sorted(groups.items()):
        ours = [b["stats"]["median"] for b in benchmarks if _is_ours(b)]
        for benchmark in sorted(benchmarks, key=lambda b: b["stats"]["median"]):
            median = benchmark["stats"]["median"]
            ratio = f"{median / min(ours):.2f}x" if ours else ""
            lines.append(f"| {group} | {_label(benchmark)} | {median * MS:.4g} | {ratio} |")
    return [*lines, ""]


def _label(benchmark: dict[str, Any]) -> str:
    name = (benchmark.get("params") or {}).get("name")
    return str(name) if name else benchmark["name"]


def _is_ours(benchmark: dict[str, Any]) -> bool:
    return "slimline" in _label(benchmark)


def _draw(groups: dict[str, list[dict[str, Any]]], path: Path) -> None:
    rows = [
        (group, b) for group, found in sorted(groups.items(), reverse=True) for b in found[::-1]
    ]
    fig, ax = plt.subplots(figsize=(8, 0.24 * len(rows) + 1), layout="constrained")
    for i, (_, benchmark) in enumerate(rows):
        median = benchmark["stats"]["median"] * MS
        ax.barh(i, median, color=OURS if _is_ours(benchmark) else OTHERS)
        ax.text(median, i, f" {median:.3g}", va="center", fontsize=7)
    ax.set_yticks(range(len(rows)), [f"{group}: {_label(b)}" for group, b in rows], fontsize=7)
    ax.set(xscale="log", xlabel="median, ms")
    ax.margins(x=0.15, y=0.01)
    fig.savefig(path, dpi=110)
    plt.close(fig)
