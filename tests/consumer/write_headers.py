"""Write the headers that the consumer compiles: a small network in float32 and in int8.

Run when `sl.to_c` writes something else, which tests/python/interop/test_consumer.py notices::

    python tests/consumer/write_headers.py
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import slimline as sl
from slimline.inputs import InputStage
from slimline.layers import DenseLayer

WIDTHS = (12, 10, 4)


def headers() -> dict[str, str]:
    """Return the texts by name."""
    rng = np.random.default_rng(0)
    weights = [
        rng.integers(-512, 512, size=(n_out, n_in)).astype(np.float32) / 256
        for n_in, n_out in pairwise(WIDTHS)
    ]
    layers = tuple(
        DenseLayer(weight=weight, bias=weight[:, 0] / 4, activation=activation)
        for weight, activation in zip(weights, ("relu", "identity"), strict=True)
    )
    offset = rng.integers(-4, 5, size=WIDTHS[0]).astype(np.float32) / 8
    model = sl.Model(
        input=InputStage(n_features=WIDTHS[0], offset=offset, scale=abs(offset) + np.float32(0.5)),
        layers=layers,
        link="softmax",
        classes=np.array(["north", "east", "south", "west"]),
    )
    return {"plain": sl.to_c(model, "plain"), "exact": sl.to_c(sl.quantize(model), "exact")}


if __name__ == "__main__":
    for name, text in headers().items():
        Path(__file__).with_name(f"{name}.h").write_text(text, encoding="utf-8")
