"""Which form of a pruned layer is fastest: a model of its time, calibrated by a benchmark.

A form takes, for each row of a batch, ``weight * n + output * n_out + input * n_in`` nanoseconds,
where n counts the weights that it multiplies (dense: all, blocks: four per block); only ratios
matter. The constants of the baseline are what ``benchmarks/calibrate_sparse.py`` printed on a core
of an AMD Zen 3; those of AVX2, which all others share, were fitted there to layers of 1024 x 1024
with 80 to 99 % zeros. A layer takes the form with the best geometric mean over a single row and a
batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

from slimline import _core

FLOAT32 = "float32"
INT8 = "int8"


# A dense form may take this many times the bytes of the weights that are kept, or this many: with
# the weights as they are stored that is no more than four times the file.
_MOST_TIMES, _MOST_BYTES = 3, 8 * 2**20

# A share of zeros that calls for an explanation where it makes nothing faster.
_NOTABLE = 0.2


class Cost(NamedTuple):
    """Nanoseconds per row."""

    weight: float
    output: float
    input: float

    def time(self, n_weights: int, n_out: int, n_in: int) -> float:
        """Return the time of one row; never zero."""
        return self.weight * n_weights + self.output * n_out + self.input * n_in + 1


class Plan(NamedTuple):
    """The form that a layer takes in the core, and its expected speed beside the dense form's."""

    form: str
    one_row: float
    batch: float

    def text(self, n_nonzero: int, n_weights: int) -> str:
        """Say what to expect: 'blocks, 3.1x one row, 4.0x batch', 'kept dense: 55 % zeros'."""
        if self.form != "dense":
            return f"{self.form}, {self.one_row:.1f}x one row, {self.batch:.1f}x batch"
        zeros = 1 - n_nonzero / max(1, n_weights)
        return f"kept dense: {zeros:.0%} zeros".replace("%", " %") if zeros > _NOTABLE else "dense"


# (dtype, form): a single row, a row of a batch of 64.
_COSTS: Mapping[str, Mapping[tuple[str, str], tuple[Cost, Cost]]] = {
    "avx2": {
        (FLOAT32, "dense"): (Cost(0.062, 0.3, 0.0), Cost(0.0228, 0.2, 0.0)),
        (FLOAT32, "csr"): (Cost(0.37, 1.5, 0.0), Cost(0.0535, 0.6, 0.5)),
        (FLOAT32, "blocks"): (Cost(0.19, 1.5, 0.0), Cost(0.057, 0.6, 0.5)),
        (INT8, "dense"): (Cost(0.018, 0.3, 0.3), Cost(0.0087, 0.2, 0.2)),
        (INT8, "blocks"): (Cost(0.093, 1.5, 0.5), Cost(0.0172, 0.5, 0.4)),
    },
    "baseline": {
        (FLOAT32, "dense"): (Cost(0.286, 47.4, 9.7), Cost(0.447, 0.0, 3.4)),
        (FLOAT32, "csr"): (Cost(0.608, 4.9, 0.5), Cost(0.129, 2.3, 0.8)),
        (FLOAT32, "blocks"): (Cost(0.469, 4.6, 0.5), Cost(0.134, 2.1, 0.8)),
        (INT8, "dense"): (Cost(0.092, 22.3, 6.0), Cost(0.146, 2.5, 3.5)),
        (INT8, "blocks"): (Cost(0.425, 4.5, 2.4), Cost(0.150, 1.4, 2.1)),
    },
}


def plan(dtype: str, n_out: int, n_in: int, n_nonzero: int, n_blocks: int) -> Plan:
    """Return the form that is expected to be fastest, of those that memory allows."""
    costs = _COSTS.get(_core.active_isa(), _COSTS["avx2"])
    work = {"dense": n_out * n_in, "csr": n_nonzero, "blocks": 4 * n_blocks}
    dense = [cost.time(work["dense"], n_out, n_in) for cost in costs[dtype, "dense"]]
    plans = []
    itemsize = 1 if dtype == INT8 else 4
    too_large = itemsize * work["dense"] > _MOST_TIMES * itemsize * n_nonzero + _MOST_BYTES
    for (known, form), pair in costs.items():
        if known == dtype and not (form == "dense" and too_large):
            times = [cost.time(work[form], n_out, n_in) for cost in pair]
            plans.append(Plan(form, dense[0] / times[0], dense[1] / times[1]))
    return max(plans, key=lambda each: sqrt(each.one_row * each.batch))
