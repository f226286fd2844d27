"""Tables of linear SVMs beside their peers, one thread, equal objectives.

``python benchmarks/svm_tables.py SECTION``: synthetic, squared, smo, real, regression, text,
agreement, engines, growth, threads. A peer's time is that of its loosest setting whose objective,
with a free intercept, is within 1e-3 of the best; where none is, its gap stands beside the last.
A peer that was killed at the limit (SLIMLINE_LIMIT, seconds) is left out of later cases that are
harder for it: more rows, or a larger C.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import slimline as sl
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.svm import LinearSVR as SklearnLinearSVR
from svm_peers import measure, objective, peers, reach, slimline

COSTS = (0.01, 1.0, 100.0)
GAP = 1e-3
LIMIT = float(os.environ.get("SLIMLINE_LIMIT", "60"))  # seconds, then a peer is killed


def overlapping(n: int, d: int = 50) -> tuple[Any, Any]:
    """Two classes that no hyperplane separates."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    noise = 5 * rng.standard_normal(n)
    return X, np.where(X @ rng.standard_normal(d) + noise > 0, 1, -1)


def load(name: str) -> tuple[Any, Any, Any, Any]:
    """Return a real set, prepared alike for all: standardised columns, or tf-idf."""
    from conftest import load as raw  # noqa: PLC0415 - needs pytest

    X, y, X_test, y_test = raw(name)
    sparse = hasattr(X, "tocsr")
    prepare = (
        TfidfTransformer(sublinear_tf=True)
        if sparse and X.shape[1] > 1000
        else StandardScaler(with_mean=not sparse)
    )
    X = prepare.fit_transform(X.astype(np.float64))
    return X, y, prepare.transform(X_test.astype(np.float64)), y_test


def cell(seconds: float) -> str:
    """Return three digits with their unit."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1e3 * seconds:.3g} ms"


class Table:
    """Rows of a Markdown table, printed as they are measured."""

    def __init__(self, peers: tuple[str, ...]) -> None:
        self.peers = peers
        self.killed: dict[str, list[tuple[int, float]]] = {name: [] for name in peers}
        print("| case | slimline | " + " | ".join(peers) + " |")
        print("|---|---|" + "---|" * len(peers), flush=True)

    def hopeless(self, name: str, n: int, C: float) -> bool:
        """Whether an easier case was killed."""
        return any(n >= rows and cost <= C for rows, cost in self.killed[name])

    def write(self, case: str, ours: float, cells: dict[str, str]) -> None:
        """Print one case: slimline's time, and for the peers how many times longer they took."""
        row = [cells.get(name, "") for name in self.peers]
        print(f"| {case} | {cell(ours)} | " + " | ".join(row) + " |", flush=True)

    def peer(
        self, name: str, ours: float, outcome: Any, gap: float, size: tuple[int, float]
    ) -> str:
        """Return a peer's cell."""
        note = f", gap {gap:.1e}" if gap > GAP else ""
        if outcome.seconds is None:
            self.killed[name].append(size)
            return f"> {LIMIT:.0f} s, > {LIMIT / ours:.0f}x{note}"
        return f"{cell(outcome.seconds)}, {outcome.seconds / ours:.3g}x{note}"


HINGE_PEERS = ("LinearSVC", "liblinear", "snapml", "SVC", "intelex SVC")


def compare(table: Table, case: str, data: Any, C: float, loss: str, **ours: Any) -> None:
    """Measure slimline and its peers on one problem of two classes."""
    X, y = data
    best = sl.LinearSVC(loss=loss, C=C, tol=1e-5, max_iter=5000).fit(X, y).dual_objective_

    def gap(coef: Any) -> float:
        return objective(np.ravel(coef), X, y, C, loss) / max(1.0, best) - best / max(1.0, best)

    own = measure(lambda: slimline(loss, C, **ours)(X, y))
    assert own.seconds is not None
    assert gap(own.coef) <= GAP
    cells = {}
    for name, ladder in peers(loss, C).items():
        if name in table.peers and not table.hopeless(name, X.shape[0], C):
            outcome, reached = reach(ladder, data, gap, LIMIT)
            cells[name] = table.peer(name, own.seconds, outcome, reached, (X.shape[0], C))
    table.write(case, own.seconds, cells)


def synthetic() -> None:
    """Hinge, overlapping classes."""
    table = Table(HINGE_PEERS)
    for n in (2_000, 5_000, 10_000, 20_000):
        for C in COSTS:
            compare(table, f"{n} rows, C = {C:g}", overlapping(n), C, "hinge")


def squared() -> None:
    """Squared hinge, overlapping classes."""
    table = Table(("LinearSVC", "liblinear", "snapml"))
    for n in (2_000, 10_000, 20_000):
        for C in COSTS:
            compare(table, f"{n} rows, C = {C:g}", overlapping(n), C, "squared_hinge")


def smo() -> None:
    """Measure the smo engine alone."""
    table = Table(("SVC",))
    for C in (0.01, 1.0):
        compare(table, f"10000 rows, C = {C:g}", overlapping(10_000), C, "hinge", solver="smo")


def real() -> None:
    """Real sets; for shuttle its largest class against the rest."""
    for name in ("a9a", "adult", "magic", "flights", "shuttle"):
        table = Table(HINGE_PEERS)
        X, y, _, _ = load(name)
        largest = np.bincount(y).argmax()
        y = np.where(y == (1 if y.max() == 1 else largest), 1, -1)
        for C in (0.1, 1.0, 10.0):
            compare(table, f"{name}, C = {C:g}", (X, y), C, "hinge")


def text() -> None:
    """Tf-idf; for newsgroups20 its first class against the rest."""
    for name in ("newsgroups20", "movie_snippets", "pros_cons"):
        table = Table(HINGE_PEERS)
        X, y, _, _ = load(name)
        y = np.where(y == (1 if y.max() == 1 else 0), 1, -1)
        for C in (0.1, 1.0, 10.0):
            compare(table, f"{name}, C = {C:g}", (X, y), C, "hinge")


def regression() -> None:
    """Epsilon-insensitive regression of standardised targets."""
    for name in ("california", "diamonds"):
        table = Table(("LinearSVR", "SVR"))
        X, y, _, _ = load(name)
        y = (y - y.mean()) / y.std()
        for C in (0.1, 1.0, 10.0):
            best = sl.LinearSVR(epsilon=0.1, C=C, tol=1e-5).fit(X, y).dual_objective_

            def gap(coef: Any, C: float = C, best: float = best) -> float:
                w = np.ravel(coef)
                return objective(w, X, y, C, "epsilon_insensitive", 0.1) / best - 1

            own = measure(lambda C=C: sl.LinearSVR(epsilon=0.1, C=C, tol=GAP).fit(X, y))
            assert own.seconds is not None
            assert gap(own.coef) <= GAP
            ladder = [
                lambda X, y, C=C, tol=tol: SklearnLinearSVR(
                    epsilon=0.1, C=C, tol=tol, max_iter=10_000_000
                ).fit(X, y)
                for tol in (1e-1, 1e-2, 1e-3, 1e-4)
            ]
            ladders = {
                "LinearSVR": ladder,
                "SVR": [lambda X, y, C=C: SVR(kernel="linear", C=C, epsilon=0.1).fit(X, y)],
            }
            cells = {}
            for peer, settings in ladders.items():
                if not table.hopeless(peer, X.shape[0], C):
                    outcome, reached = reach(settings, (X, y), gap, LIMIT)
                    cells[peer] = table.peer(peer, own.seconds, outcome, reached, (X.shape[0], C))
            table.write(f"{name}, C = {C:g}", own.seconds, cells)


def agreement() -> None:
    """At most 3,000 rows of every set: predictions and objective beside SVC at tol 1e-6."""
    print(
        "| set | predictions alike | objective against SVC's | gap |\n|---|---|---|---|", flush=True
    )
    sets = ("a9a", "adult", "magic", "shuttle", "movie_snippets", "pros_cons", "newsgroups20")
    for name in (*sets, "flights"):  # where SVC takes more than eight minutes
        X, y, X_test, _ = load(name)
        X, y = X[:3000], y[:3000]
        svc = SVC(kernel="linear", tol=1e-6).fit(X, y)
        ours = sl.LinearSVC(loss="hinge", multi_class="ovo", tol=1e-7, max_iter=5000).fit(X, y)
        same = float(np.mean(svc.predict(X_test) == ours.predict(X_test)))
        line = f"| {name} | {100 * same:.2f} % of {X_test.shape[0]} | "
        if len(ours.classes_) == 2:
            z = np.where(y == ours.classes_[1], 1, -1)
            coef = svc.coef_.toarray() if hasattr(svc.coef_, "toarray") else svc.coef_
            theirs = objective(np.ravel(coef), X, z, 1.0, "hinge")
            line += f"{ours.objective_ / theirs - 1:+.1e}"
        print(line, f"| {ours.dual_gap_:.1e} |", flush=True)


def engines() -> None:
    """Every engine on every shape: what justifies the rule of solver='auto'."""
    shapes = {f"dense {n} x {d}": overlapping(n, d) for n, d in ((2000, 50), (500, 2000))}
    shapes["dense 20000 x 10"] = overlapping(20_000, 10)
    for name in ("a9a", "movie_snippets", "pros_cons", "newsgroups20"):
        X, y, _, _ = load(name)
        shapes[f"{name} {X.shape[0]} x {X.shape[1]}"] = X, np.where(y == y.max(), 1, -1)
    print("| case | newton | dcd | smo |\n|---|---|---|---|", flush=True)
    for case, (X, y) in shapes.items():
        for loss in ("hinge", "squared_hinge"):
            for C in (0.1, 10.0):
                parts = []
                for solver in ("newton", "dcd", "smo"):
                    took = measure(
                        lambda s=solver, lo=loss, C=C, X=X, y=y: slimline(lo, C, solver=s)(X, y),
                        LIMIT,
                    ).seconds
                    parts.append(f"> {LIMIT:.0f} s" if took is None else cell(took))
                print(f"| {case}, {loss}, C = {C:g} | " + " | ".join(parts) + " |", flush=True)


def growth() -> None:
    """Time over the number of rows, with a plot where matplotlib is there."""
    sizes = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
    times: dict[str, list[tuple[int, float]]] = {"slimline": [], "LinearSVC": [], "SVC": []}
    for n in sizes:
        data = overlapping(n)
        own = measure(lambda data=data: slimline("hinge", 1.0)(*data)).seconds
        assert own is not None
        times["slimline"].append((n, own))
        for name, most in (("LinearSVC", 30_000), ("SVC", 10_000)):
            if n <= most:
                fit = peers("hinge", 1.0)[name][-1]
                took = measure(lambda data=data, fit=fit: fit(*data)).seconds
                if took is not None:
                    times[name].append((n, took))
        print(n, {name: f"{rows[-1][1]:.4f} s" for name, rows in times.items()}, flush=True)
    for name, rows in times.items():
        n, seconds = np.log(np.array(rows)).T
        print(f"{name}: time grows as n^{np.polyfit(n, seconds, 1)[0]:.2f}")
    _plot(times)


def _plot(times: dict[str, list[tuple[int, float]]]) -> None:
    from matplotlib import pyplot as plt  # noqa: PLC0415 - optional

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name, rows in times.items():
        n, seconds = np.array(rows).T
        slope = np.polyfit(np.log(n), np.log(seconds), 1)[0]
        axes.loglog(n, seconds, "o-", label=f"{name}, slope {slope:.2f}")
    axes.set(xlabel="rows (50 columns, C = 1)", ylabel="seconds, 1 thread")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    path = Path(__file__).parents[1] / "docs" / "images" / "svm_growth.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    print(path.name, "written")


def threads() -> None:
    """Two threads against one, by the clock."""
    print("| case | 1 thread | 2 threads | gain |\n|---|---|---|---|", flush=True)
    for solver, sizes in (("newton", (20_000, 50_000, 500_000)), ("smo", (20_000, 50_000))):
        for n in sizes:
            X, y = overlapping(n)
            least = {}
            for n_jobs in (1, 2):
                fit = slimline("hinge", 0.01, solver=solver, n_jobs=n_jobs)
                runs = []
                for _ in range(5):
                    start = time.perf_counter()
                    fit(X, y)
                    runs.append(time.perf_counter() - start)
                least[n_jobs] = min(runs)
            print(
                f"| {solver}, {n} rows | {cell(least[1])} | {cell(least[2])} | "
                f"{least[1] / least[2]:.2f}x |",
                flush=True,
            )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    for section in sys.argv[1:]:
        globals()[section]()
