"""Time until the objective is within 0.1 % of the optimum (log-loss) or 1 % (hinge).

    python benchmarks/sgd/optimum.py --loss log_loss --sets a9a adult --alphas 1e-4 1e-6

Every library climbs its ladder of settings (peers.py) in a process of its own until it is near
enough; the fastest such setting counts. What takes less than 10 s is then timed again,
in turn with slimline in one process. "-" means that the library does not offer the problem.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from peers import PEERS, Effort, slimline
from problems import NAMES, Problem, load
from reporting import DOCS, Report, arguments, race, seconds, stream
from threadpoolctl import threadpool_limits

LIMITS = {"log_loss": 1e-3, "hinge": 1e-2}
RACED = 10.0  # seconds above which one run must do
PATIENCE = 6  # times what slimline took, for every other library to search in, at least
OWN = 60.0  # seconds for slimline's search, at least


def climb(
    name: str, p: Problem, best: float, threads: int
) -> Iterator[tuple[float, float, float] | None]:
    """Yield level, seconds and relative distance from the optimum, until it is small enough.

    None at the end says that no setting is left that could get nearer.
    """
    with threadpool_limits(threads):
        effort = make(name, p, threads)
        for level in () if effort is None else effort.levels:
            spent, (coef, intercept) = seconds(lambda level=level, fit=effort.fit: fit(level))
            distance = p.objective(coef, intercept) / best - 1
            yield level, spent, distance
            if distance <= LIMITS[p.loss]:
                return
        yield None


def make(name: str, p: Problem, threads: int) -> Effort | None:
    """Return the effort of slimline or a peer."""
    return slimline(p, threads) if name == "slimline" else PEERS[name](p, threads)


@dataclass(frozen=True)
class Outcome:
    """The cheapest run that was near enough or, failing that, the nearest one."""

    level: float
    spent: float
    distance: float
    arrived: bool
    exhausted: bool  # no setting is left that could get nearer
    longest: float  # seconds of its longest run

    def __str__(self) -> str:
        """Write the seconds, or how far off the library stopped."""
        spent = f"{self.spent:.3g} s"
        return spent if self.arrived else f"{self.distance:.2%} off at {spent}"


def compare(p: Problem, threads: int, limit: float) -> dict[str, Outcome]:
    """Return what became of each library that offers the problem."""
    best = p.optimum()
    found = {}
    for name in ("slimline", *PEERS):
        seconds_allowed = max(limit, OWN) if name == "slimline" else limit
        runs = stream(climb, name, p, best, threads, limit=seconds_allowed)
        tried = [run for run in runs if run is not None]
        if tried:
            level, spent, distance = min(tried, key=lambda run: run[2])
            arrived = distance <= LIMITS[p.loss]
            longest = max(run[1] for run in tried)
            found[name] = Outcome(level, spent, distance, arrived, runs[-1] is None, longest)
            if name == "slimline" and arrived:
                limit = max(limit, PATIENCE * spent)
    with threadpool_limits(threads):
        fits = {}
        for name, outcome in found.items():
            if outcome.arrived and outcome.spent < RACED:
                fits[name] = partial(make(name, p, threads).fit, outcome.level)
        medians = race(fits)
    return {k: replace(v, spent=medians.get(k, v.spent)) for k, v in found.items()}


def lead_of(results: dict[str, Outcome]) -> tuple[float, str]:
    """Return how many times faster than the fastest peer slimline is; 0 when it falls short.

    Where no peer got there in the time that it had, its longest run is a bound: ">".
    """
    own = results["slimline"]
    if not own.arrived:
        return 0.0, ""
    peers = [outcome for name, outcome in results.items() if name != "slimline"]
    if any(peer.arrived for peer in peers):
        return min(peer.spent for peer in peers if peer.arrived) / own.spent, ""
    return min((p.longest for p in peers if not p.exhausted), default=math.nan) / own.spent, ">"


def main() -> None:
    """Print one row a problem and the geometric mean of slimline's lead."""
    parser = arguments(__doc__)
    parser.add_argument("--loss", choices=LIMITS, default="log_loss")
    parser.add_argument("--sets", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--alphas", nargs="+", type=float, default=(1e-4, 1e-6))
    parser.add_argument("--limit", type=float, default=300, help="seconds for a library's search")
    args = parser.parse_args()
    title = f"Time to within {LIMITS[args.loss]:.1%} of the optimum, {args.loss}"
    page = DOCS / "benchmarks" / f"sgd_optimum_{args.loss}.md"
    report = Report(title, markdown=page if args.markdown else None)
    rows, leads = [], []
    for name in args.sets:
        X, y, *_ = load(name)
        for alpha in args.alphas:
            start = time.monotonic()
            results = compare(Problem(name, args.loss, alpha, X, y), args.threads, args.limit)
            lead, sign = lead_of(results)
            leads.append(lead)
            cells = [str(results.get(peer, "-")) for peer in ("slimline", *PEERS)]
            rows.append([f"{name}, alpha {alpha:g}", *cells, f"{sign}{lead:.2f}x"])
            spent = time.monotonic() - start
            report.progress(f"{rows[-1][0]}: {sign}{lead:.2f}x the fastest peer ({spent:.0f} s)")
    columns = ["problem", "slimline", *PEERS, "lead"]
    used = [i for i in range(len(columns)) if any(row[i] != "-" for row in rows)]
    table = [[row[i] for i in used] for row in rows]
    report.table(f"{args.threads} thread(s)", [columns[i] for i in used], table)
    inside = [lead for lead in leads if lead > 0]
    mean = math.exp(sum(map(math.log, inside)) / len(inside)) if inside else math.nan
    report.line(f"Geometric mean of the lead over the fastest peer that reaches it: {mean:.2f}x")
    report.line(
        f"`python benchmarks/sgd/optimum.py {' '.join(sys.argv[1:])}`. Seconds are those of a"
        " library's fastest setting that reaches the target, searched for within"
        f" {args.limit:g} s or {PATIENCE} times slimline's time. Where none does, the cell says how"
        ' far off the best setting was, and after which time. "-": not offered. ">": no peer'
        " reached the target in that time."
    )
    report.close()


if __name__ == "__main__":
    main()
