"""Files of models of tables: what is read is what was written, and hostile ones are refused."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import slimline as sl
from inputs.tables import COLUMNS, ROWS, blocks, encoder, model, u32
from slimline.inputs import BLOCKS, CategoriesBlock, Column, Encoder, InputStage, Keys
from slimline.persistence import read_file, write_file


def one_block(i):
    return model(encoder(blocks=(blocks()[i],)))


MODELS = {
    "every block": model,
    "without names": lambda: model(encoder().without_names()),
    **{f"{i} {block.kind}": lambda i=i: one_block(i) for i, block in enumerate(blocks())},
}


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_what_is_loaded_is_what_was_saved(name, mmap, tmp_path):
    made = MODELS[name]()
    sl.save(made, tmp_path / "m.slim")
    loaded = sl.load(tmp_path / "m.slim", mmap=mmap)
    assert loaded.sha256 == made.sha256
    assert loaded.input.columns == made.input.columns
    assert loaded.input.names == made.input.names
    rows = [list(row.values()) for row in ROWS] if made.input.columns[0].name is None else ROWS
    np.testing.assert_array_equal(loaded.outputs(rows), made.outputs(rows))


def test_equal_models_have_equal_bytes():
    keys = {"Rome": 0, "Paris": 1, "größer": 2, "\U0001f642": 3}
    texts = []
    for order in (list(keys), list(reversed(keys))):
        block = CategoriesBlock.of(
            column=1,
            outcomes={key: keys[key] for key in order},
            n_outcomes=4,
            unknown=-1,
            missing=None,
        )
        texts.append(sl.save(model(encoder(blocks=(block,)))))
    assert texts[0] == texts[1]


def test_every_kind_of_block_is_among_the_models():
    assert {block.kind for block in blocks()} == set(BLOCKS) - {"text"}  # see test_text_block.py


@pytest.fixture
def parts(tmp_path):
    sl.save(model(), tmp_path / "m.slim")
    return read_file(tmp_path / "m.slim")


def refused(tensors, content, tmp_path, match):
    write_file(tmp_path / "x.slim", tensors, content)
    with pytest.raises(sl.FormatError, match=match):
        sl.load(tmp_path / "x.slim")
    with pytest.raises(sl.FormatError, match=match):
        sl.load(tmp_path / "x.slim", mmap=True)


def u8(text):
    return np.frombuffer(text, np.uint8)


TENSORS = {
    "a key twice": (
        {"2.keys.values": u8(b"aabbcc"), "2.keys.offsets": u32(0, 1, 2, 3, 4, 6)},
        "ascending",
    ),
    "keys that do not ascend": ({"3.keys.values": np.array([0, 3, 2, 12])}, "strictly ascending"),
    "keys in halves of characters": (
        {"2.keys.values": u8("aéiou".encode()), "2.keys.offsets": u32(0, 2, 3, 4, 5, 6)},
        "between the characters",
    ),
    "bytes that are no text": (
        {"2.keys.values": u8(b"ab\xffde"), "2.keys.offsets": u32(0, 1, 2, 3, 4, 5)},
        "UTF-8: invalid start byte at byte 2",
    ),
    "a surrogate": (
        {"2.keys.values": u8(b"ab\xed\xa0\x80de"), "2.keys.offsets": u32(0, 1, 2, 5, 6, 7)},
        "UTF-8",
    ),
    "descending offsets": (
        {"2.keys.offsets": u32(0, 9, 3, 10, 14, 24)},
        "offsets must (ascend|begin)",
    ),
    "offsets beyond the bytes": ({"2.keys.offsets": u32(0, 1, 2, 3, 4, 2**32 - 1)}, "end with the"),
    "no offsets": ({"2.keys.offsets": u32()}, "must begin with 0"),
    "wide offsets": (
        {"2.keys.offsets": np.array([0, 1, 2, 3, 4, 24], np.uint64)},
        "offsets must",
    ),
    "outcomes out of range": ({"2.outcomes": np.array([0, 1, 2, 3, 4], np.int32)}, "outcomes must"),
    "outcomes below -1": ({"2.outcomes": np.array([-2, 1, 2, 3, 1], np.int32)}, "outcomes must"),
    "too few outcomes": ({"2.outcomes": np.array([0], np.int32)}, "outcomes must have 5 entries"),
    "a column out of range": ({"0.columns": u32(0, 5)}, "reads column 5 of 5"),
    "a column of another kind": ({"0.columns": u32(0, 1)}, "column 1 is a category"),
    "no columns": ({"0.columns": u32()}, "at least one column"),
    "values of another width": ({"1.values": np.zeros((2, 3))}, r"values must have shape \(2, 2\)"),
    "edges that descend": ({"5.edges": np.array([65.0, 18.0, 0.0])}, "edges of bins must ascend"),
    "starts beyond the edges": ({"5.starts": u32(0, 2, 9)}, "starts of bins"),
    "starts that descend": ({"6.starts": u32(1, 0)}, "starts of bins"),
    "powers of no feature": ({"7.powers": np.zeros((0, 2), np.uint8)}, "at least one feature"),
    "a high degree": (
        {"7.powers": np.full((4, 2), 128, np.uint8)},
        "degree of at most 255, got 256",
    ),
    "steps of other columns": ({"0.steps.0.value": np.zeros(3)}, "value of impute must have 2"),
    "a tensor too many": ({"0.more": u32(1)}, "unexpected tensors"),
    "a step's tensor too many": ({"0.steps.2.value": np.zeros(2)}, "unexpected tensors"),
    "a block too many": ({"8.columns": u32(1)}, "unexpected tensors of blocks"),
    "a tensor of no block": ({".x": u32(1)}, "unexpected"),
}


@pytest.mark.parametrize("name", TENSORS)
def test_hostile_tensors(name, parts, tmp_path):
    tensors, content = parts
    changes, match = TENSORS[name]
    named = {f"input.blocks.{key}": value for key, value in changes.items() if key[0] != "."}
    named |= {f"input{key}.y": value for key, value in changes.items() if key[0] == "."}
    refused({**tensors, **named}, content, tmp_path, match)


@pytest.mark.parametrize("name", ["columns", "starts", "edges", "outcomes"])
def test_missing_tensors(name, parts, tmp_path):
    tensors, content = parts
    victim = next(key for key in tensors if key.endswith(f".{name}"))
    del tensors[victim]
    refused(tensors, content, tmp_path, "expected the tensors|KeyError|expected")


def put(path, value):
    def change(stage):
        for key in path[:-1]:
            stage = stage[key]
        if value is put:
            del stage[path[-1]]
        else:
            stage[path[-1]] = value

    return change


JSON = {
    "no columns": (put(["columns"], []), "at least one column"),
    "no blocks": (put(["blocks"], []), "at least one block|unexpected"),
    "columns of another type": (put(["columns"], {"a": 1}), "columns of the input must be a list"),
    "a column of one part": (put(["columns", 0], ["age"]), "must be a name and a kind"),
    "a name twice": (put(["columns", 0], ["city", "number"]), "different names"),
    "a name that is missing": (put(["columns", 0], [None, "number"]), "different names"),
    "an unknown kind of column": (put(["columns", 0, 1], "date"), "kind of a column"),
    "a kind of no text": (put(["columns", 0, 1], 5), "kind of a column"),
    "an unknown block": (
        put(["blocks", 0, "kind"], "hash"),
        "a block of the input must have a kind",
    ),
    "a block of another type": (put(["blocks", 0], 7), "a block of the input"),
    "a kind that is a list": (put(["blocks", 0, "kind"], ["numbers"]), "a block of the input"),
    "an unknown step": (put(["blocks", 0, "steps", 0, "op"], "round"), "op of a step"),
    "an op of no text": (put(["blocks", 0, "steps", 0, "op"], None), "op of a step"),
    "steps of another type": (put(["blocks", 0, "steps"], "impute"), "steps must be a list"),
    "many steps": (put(["blocks", 6, "steps"], [{"op": "exp"}] * 101), "at most 100 steps"),
    "more of a step": (put(["blocks", 0, "steps", 0, "output"], "normal"), "has the parameters"),
    "an unknown parameter": (put(["blocks", 1, "more"], 1), "expected the parameters"),
    "a column beyond all": (put(["blocks", 2, "column"], 2**60), "column of categories"),
    "a column that is no number": (put(["blocks", 2, "column"], 1.5), "whole number"),
    "huge outcomes": (put(["blocks", 2, "n_outcomes"], 2**31 - 1), "n_outcomes must be those of 5"),
    "no outcomes": (put(["blocks", 2, "n_outcomes"], 0), "n_outcomes of categories must be 1"),
    "an outcome beyond": (
        put(["blocks", 2, "unknown"], 4),
        "unknown of categories must be -1 to 3",
    ),
    "an outcome of a text": (put(["blocks", 2, "missing"], "x"), "whole number"),
    "one_hot of a number": (put(["blocks", 5, "one_hot"], 1), "one_hot of bins must be a bool"),
    "other features": (put(["n_features"], 21), "n_features must be the encoder's 22"),
    "names of features": (put(["feature_names"], ["x"] * 22), "feature_names must be None"),
    "blocks without columns": (put(["columns"], put), "unexpected parts"),
}


@pytest.mark.parametrize("name", JSON)
def test_hostile_json(name, parts, tmp_path):
    tensors, content = parts
    changed = copy.deepcopy(content)
    change, match = JSON[name]
    change(changed["input"])
    refused(tensors, changed, tmp_path, match)


def test_models_of_features_have_neither_columns_nor_blocks(tmp_path):
    sl.save(model().on_features(), tmp_path / "m.slim")
    tensors, content = read_file(tmp_path / "m.slim")
    assert set(content["input"]) == {"n_features", "feature_names"}
    assert not any(name.startswith("input.blocks") for name in tensors)


@pytest.mark.parametrize(
    ("keys", "error", "match"),
    [
        (["a", 1], TypeError, "all texts, all numbers or all bools"),
        ([None], TypeError, "all texts"),
        ([1.5, float("nan")], ValueError, "finite"),
        ([2, 1], ValueError, "strictly ascending"),
        (["b", "a"], ValueError, "strictly ascending, got 'b', 'a'"),
        ([2**70], ValueError, "must fit int64"),
        (["\ud800"], UnicodeEncodeError, "surrogates"),
    ],
)
def test_what_can_be_no_keys(keys, error, match):
    with pytest.raises(error, match=match):
        Keys.of(keys)


@pytest.mark.parametrize(
    "keys", [["", "a", "é", "\uffff", "\U0001f642"], [-3, 2**62, 2**63 - 1], [-1.5, 0.0], [False]]
)
def test_keys_come_back_as_they_were(keys):
    made = Keys.of(keys)
    assert made.to_list() == keys
    assert len(made) == len(keys)
    kept = np.arange(len(keys)) % 2 == 0
    assert made.select(kept).to_list() == keys[::2]


def test_stages_and_encoders_check_their_parts():
    made = encoder()
    with pytest.raises(ValueError, match="n_features must be the encoder's 22, got 3"):
        InputStage(n_features=3, encoder=made)
    with pytest.raises(TypeError, match="encoder must be an Encoder or None, got str"):
        InputStage(n_features=3, encoder="x")
    with pytest.raises(TypeError, match="columns must be a sequence of Column"):
        Encoder(columns=("age",), blocks=made.blocks)
    with pytest.raises(TypeError, match="blocks must be a sequence of blocks"):
        Encoder(columns=COLUMNS, blocks=("x",))
    with pytest.raises(ValueError, match="of numbers, must have float64 keys"):
        Encoder(
            columns=(Column("age", "number"),),
            blocks=(replace(blocks()[3], column=0),),
        )
    stage = InputStage(n_features=2, feature_names=("a", "b"))
    assert stage.columns == (Column("a", "number"), Column("b", "number"))
    assert InputStage(n_features=1).columns == (Column(None, "number"),)
