"""What fuzz targets begin with: models of every kind of layer and link, and files made right."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import slimline as sl
from slimline.inputs import (
    BinsBlock,
    CategoriesBlock,
    Column,
    Encoder,
    InputStage,
    MissingBlock,
    NumbersBlock,
    PolynomialBlock,
    Step,
)
from slimline.inputs.steps import OPS
from slimline.layers import KINDS, DenseLayer, SparseInt8Layer, SparseLayer
from slimline.model.effects import quietly
from slimline.model.links import LINKS

CORPUS = Path(__file__).parents[1] / "corpus"

DIGITS = re.compile(rb"[0-9a-f]{64}")

WEIGHT = np.array([[1, 0, -2, 0.25], [0, 0.5, 0, 0], [0, 0, 0, 3]], np.float32)
BIAS = WEIGHT[:, 0]


def _dense() -> sl.Model:
    return sl.Model(
        input=InputStage(n_features=4, offset=WEIGHT[0], scale=abs(WEIGHT[0]) + 1),
        layers=(DenseLayer(weight=WEIGHT, bias=BIAS, activation="relu"),),
        link="softmax",
        classes=np.array(["no", "yes", "maybe"]),
    )


def _network(dense: sl.Model) -> sl.Model:
    second = DenseLayer(weight=WEIGHT[:, :3], bias=BIAS, activation="identity")
    layers = (*dense.layers, replace(second, activation="tanh"), second)
    return dense.derive(layers, "trained", {})


def _integers(network: sl.Model) -> dict[str, sl.Model]:
    """Return a network in each form of int8."""
    with quietly():  # on so few rows none is good
        return {
            how: sl.quantize(network, WEIGHT, activations=how)  # type: ignore[arg-type]
            for how in ("dynamic", "static", "float32")
        }


def _links(dense: sl.Model) -> dict[str, sl.Model]:
    """Return a linear model for each link, with as many classes as its three outputs can have."""
    made = {}
    for name, link in LINKS.items():
        n_classes = next((k for k in (3, 2) if link.n_outputs(k) in (3, None)), 3)
        classes = None if link.winners is None else np.arange(n_classes) / 2
        made[f"link_{name}"] = replace(dense, link=name, classes=classes)
    return made


def _full(dense: sl.Model) -> sl.Model:
    """Return a model with names, spec, reference, history and a choice of columns."""
    named = replace(dense, input=replace(dense.input, feature_names=tuple("abcd")))
    spec = sl.ModelSpec(
        task="classification",
        target="an answer",
        features=dict.fromkeys("abcd", "float32"),
        metrics={"accuracy": 0.5},
        owner="nobody",
    )
    full = sl.quantize(named.with_spec(spec))
    return full.with_reference(WEIGHT, ["no", "yes", "maybe"])


def _tables() -> dict[str, sl.Model]:
    """Return models of a table: of every kind of block, of sparse features, with a reference."""
    columns = (Column("a", "number"), Column("b", "category"), Column("c", "number"))
    steps = [
        Step(op=op, arrays={each.name: np.full(2, 0.5) for each in entry.stored})
        if not entry.parameters
        else Step(
            op=op,
            arrays={"references": np.linspace(0, 1, 3), "quantiles": np.array([[-1.0, 0, 1]] * 2)},
            texts={"output": "normal"},
        )
        for op, entry in OPS.items()
    ]
    where = np.array([0, 2], np.uint32)
    few = {"columns": where, "steps": tuple(steps[:2])}
    every = (
        NumbersBlock(columns=where, steps=(steps[0], *steps)),
        MissingBlock(columns=np.array([0, 1], np.uint32), values=np.eye(2)),
        CategoriesBlock.of(
            column=1, outcomes={"no": 0, "größer": 1}, n_outcomes=2, unknown=-1, missing=1
        ),
        CategoriesBlock.of(
            column=0,
            outcomes={0.0: 0, 1.5: 1},
            n_outcomes=2,
            unknown=0,
            missing=None,
            values=np.eye(2),
        ),
        BinsBlock(**few, edges=np.array([0.0, 1, -1]), starts=np.array([0, 2, 3], np.uint32)),
        PolynomialBlock(**few, powers=np.array([[1, 0], [2, 1]], np.uint8)),
    )
    whole = CategoriesBlock.of(
        column=1, outcomes={i: i for i in range(9)}, n_outcomes=9, unknown=None, missing=-1
    )
    return {
        f"table_{name}": _table(Encoder(columns=columns, blocks=blocks))
        for name, blocks in {"every": every, "sparse": (whole,)}.items()
    }


def _table(encoder: Encoder) -> sl.Model:
    n = encoder.n_features
    model = sl.Model(
        input=InputStage(n_features=n, encoder=encoder),
        layers=(DenseLayer(weight=np.resize(WEIGHT, (3, n)), bias=BIAS, activation="identity"),),
        link="softmax",
        classes=np.array(["no", "yes", "maybe"]),
    )
    return model.with_reference(model.input.marked(np.resize(WEIGHT, (4, n))))


def models() -> dict[str, sl.Model]:
    """Return small models by name."""
    dense = _dense()
    network = _network(dense)
    sparse = SparseLayer.from_weight(WEIGHT, BIAS, "identity")
    integers = SparseInt8Layer.from_weight(
        WEIGHT.astype(np.int8), abs(WEIGHT[:, 1]) + 1, BIAS, "identity"
    )
    blocks = np.zeros((2, 40), np.float32)
    blocks[1, 4:8] = blocks[0, 36:] = [1, 2, 3, -4]
    selected = replace(
        dense,
        input=InputStage(n_features=9, selected=np.array([0, 3, 7, 8], np.uint32)),
    )
    made = {
        **_tables(),
        "dense": dense,
        "network": network,
        "full": _full(dense),
        "selected": selected,
        "exact": replace(dense, input=replace(dense.input, offset=np.array([1e9, 0, -2, 1e12]))),
        "sparse": dense.derive([sparse], "pruned", {"sparsity": 0.5}),
        "sparse_int8": dense.derive([integers], "quantized", {}),
        "blocks": sl.Model(
            input=InputStage(n_features=40),
            layers=(SparseLayer.from_weight(blocks, blocks[:, 0], "gelu"),),
            link="identity",
            classes=None,
        ),
        **_integers(network),
        **_links(dense),
    }
    stored = {layer.kind for model in made.values() for layer in model.layers}
    if stored != set(KINDS):
        msg = f"no seed for the layers {set(KINDS) - stored}"
        raise AssertionError(msg)
    return made


def sealed(header: bytes, data: bytes) -> bytes:
    """Return the file of this header and data with the right length and, if it can be, hash."""
    header += b" " * (-len(header) % 8)
    file = len(header).to_bytes(8, "little") + header + data
    found = [*DIGITS.finditer(file, 8, 8 + len(header))][-1:]  # behind those of a signature
    for match in found:
        zeroed = file[: match.start()] + b"0" * 64 + file[match.end() :]
        digits = hashlib.sha256(zeroed).hexdigest().encode()
        file = file[: match.start()] + digits + file[match.end() :]
    return file
