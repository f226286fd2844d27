"""Every step of the life cycle takes raw rows, and does with a table what it does with features."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import slimline as sl
from inputs.tables import (
    COLUMNS,
    CONTAINERS,
    NAMES,
    bare,
    encoder,
    impute,
    in_columns,
    many,
    model,
    network,
    u32,
)
from slimline.inputs import CategoriesBlock, Column, Encoder, NumbersBlock

ROWS, LABELS = many()
TARGET = np.array([row["income"] for row in ROWS])


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.DegradationWarning)
        yield


def numbers_only() -> Encoder:
    """An encoder of as many features as columns: to encode twice would show in values alone."""
    columns = (Column("age", "number"), Column("income", "number"))
    scaled = NumbersBlock(
        columns=u32(0, 1),
        steps=(impute(40.0, 0.0), encoder().blocks[0].steps[1]),
    )
    return Encoder(columns=columns, blocks=(scaled,))


def wide() -> Encoder:
    """An encoder whose features are sparse."""
    keys = {f"place {i}": i for i in range(60)} | {"Paris": 60, "Rome": 61, "größer": 62}
    city = CategoriesBlock.of(column=1, outcomes=keys, n_outcomes=63, unknown=-1, missing=-1)
    return Encoder(columns=COLUMNS, blocks=(encoder().blocks[0], city))


ENCODERS = {"every block": encoder, "numbers only": numbers_only, "sparse": wide}


@pytest.fixture(params=ENCODERS)
def made(request):
    return model(ENCODERS[request.param]())


def layers_equal(a, b):
    for one, other in zip(a.layers, b.layers, strict=True):
        assert one.kind == other.kind
        for name, tensor in one.tensors().items():
            np.testing.assert_array_equal(tensor, other.tensors()[name])


def close(got, expected):
    """A first layer of float32 is summed in float64 where rows go straight to it."""
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def plain(features):
    return features if hasattr(features, "tocsr") else np.array(features)


STEPS = {
    "prune": lambda m, _: sl.prune(m, sparsity=0.5),
    "prune by data": lambda m, X: sl.prune(m, X, sparsity=0.5, criterion="input_scaled"),
    "prune and refit": lambda m, X: sl.prune(m, X, LABELS, sparsity=0.5, refit=True),
    "prune step by step": lambda m, X: sl.prune(
        m, X, LABELS, sparsity=0.5, schedule="cubic", steps=2
    ),
    "finetune": lambda m, X: sl.finetune(m, X, LABELS, max_iter=2),
    "finetune and prune": lambda m, X: sl.finetune(m, X, LABELS, sparsity=0.5, max_iter=2),
    "quantize": sl.quantize,
    "quantize without rows": lambda m, _: sl.quantize(m),
    "quantize static": lambda m, X: sl.quantize(m, X, activations="static"),
    "quantize blocks of rows": lambda m, X: sl.quantize(
        m, iter([X[:100], X[100:]]), activations="static"
    ),
    "update": lambda m, X: sl.update(m, X, LABELS, max_iter=1),
    "compress": lambda m, X: (
        sl.compress(m, X, LABELS, max_drop=0.3, max_iter=1, budget_seconds=1e-9).candidates[0].model
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_on_raw_rows_is_that_of_the_features(step, made):
    expected = STEPS[step](bare(made), plain(made.columns(ROWS)))
    got = STEPS[step](made, ROWS)
    layers_equal(got, expected)
    assert got.input.encoder is made.input.encoder
    close(got.outputs(ROWS), expected.outputs(plain(made.columns(ROWS))))
    assert got.history[0].action == "trained"
    assert got.history[-1].parent is not None


def test_steps_do_not_depend_on_the_container(made):
    frames = [make(ROWS) for make in CONTAINERS.values()] if made.input.n_features > 2 else [ROWS]
    prints = {
        sl.finetune(made, X, LABELS, max_iter=1).history[-1].parameters["data"] for X in frames
    }
    assert len(prints) == 1


def test_evaluation(made):
    features = plain(made.columns(ROWS))
    report, expected = sl.evaluate(made, ROWS, LABELS), sl.evaluate(bare(made), features, LABELS)
    assert dict(report.metrics) == dict(expected.metrics)
    assert report.data == expected.data
    frame = pd.DataFrame(in_columns(ROWS))
    assert sl.evaluate(made, frame, LABELS, baseline=made).agreement == 1
    if made.input.n_features == encoder().n_features:
        other = model(replace(encoder(), blocks=encoder().blocks[:3]))
        report = sl.evaluate(made, frame, LABELS, baseline=other)
        assert report.agreement == np.mean(made.predict(ROWS) == other.predict(ROWS))


def test_comparison(made):
    features = plain(made.columns(ROWS))
    got = sl.compare([made, sl.prune(made, sparsity=0.9)], ROWS, LABELS)
    expected = sl.compare([bare(made), sl.prune(bare(made), sparsity=0.9)], features, LABELS)
    assert got == expected
    smaller = sl.prune(made, n_features=2, granularity="feature")
    sl.compare([made, smaller], ROWS, LABELS)
    sl.compare([smaller, made], pd.DataFrame(in_columns(ROWS)), LABELS)


def test_explanations(made):
    why = sl.explain(made, ROWS[:5], background=ROWS)
    features = plain(made.columns(ROWS))
    expected = sl.explain(bare(made), features[:5], background=features)
    np.testing.assert_array_equal(why.contributions, expected.contributions)
    assert why.feature_names == made.input.encoder.feature_names()


def test_monitors(made):
    known = made.with_reference(ROWS, LABELS)
    expected = bare(made).with_reference(plain(made.columns(ROWS)), LABELS)
    np.testing.assert_array_equal(known.reference.counts, expected.reference.counts)
    np.testing.assert_array_equal(known.reference.losses, expected.reference.losses)
    monitor = sl.Monitor(known, window=100)
    assert monitor.predict(ROWS).tolist() == made.predict(ROWS).tolist()
    monitor.observe(pd.DataFrame(in_columns(ROWS)))
    assert monitor.n_rows == 400
    assert monitor.report().features[0].name == made.input.names[0]


def test_pruning_features_drops_keys_columns_and_blocks():
    made = model().with_reference(ROWS, LABELS)
    kept = [made.input.names.index(name) for name in ("numbers_0__age", "city_Paris", "age_1.0")]
    made = replace(made, layers=(replace(made.layers[0], weight=only(made, kept)),))
    smaller = sl.prune(made, n_features=3, granularity="feature")
    assert [each.name for each in smaller.input.columns] == ["age", "city"]
    assert [block.kind for block in smaller.input.encoder.blocks] == [
        "numbers",
        "categories",
        "bins",
    ]
    assert smaller.input.encoder.blocks[1].keys.to_list() == ["Paris"]
    assert smaller.input.names == ("age", "city_Paris", "age_0.0", "age_1.0", "age_2.0")
    assert smaller.input.selected.tolist() == [0, 1, 3]
    assert smaller.nbytes < made.nbytes / 2
    np.testing.assert_array_equal(smaller.outputs(ROWS), made.outputs(ROWS))
    assert len(smaller.reference.edges) == 5
    narrow = [{name: row[name] for name in ("age", "city")} for row in ROWS]
    np.testing.assert_array_equal(smaller.outputs(narrow), made.outputs(ROWS))
    with pytest.raises(ValueError, match="features that another model has encoded"):
        smaller.predict(made.columns(ROWS))


def only(made, kept):
    weight = np.zeros_like(made.layers[0].weight)
    weight[:, kept] = made.layers[0].weight[:, kept] + 1
    return weight


def test_columns_without_names_stay():
    made = model(encoder().without_names())
    smaller = sl.prune(made, n_features=1, granularity="feature")
    lists = CONTAINERS["lists"](ROWS)
    assert smaller.input.columns == made.input.columns
    assert smaller.outputs(lists).shape == (len(ROWS), 3)


def test_an_unknown_category_that_is_an_error_stays_one():
    city = CategoriesBlock.of(
        column=0, outcomes={"a": 0, "b": 1, "c": 2}, n_outcomes=3, unknown=None, missing=None
    )
    made = model(Encoder(columns=(Column("x", "category"),), blocks=(city,)))
    smaller = sl.prune(made, n_features=1, granularity="feature")
    assert smaller.input.encoder.blocks[0].keys.to_list() == ["a", "b", "c"]
    assert smaller.outputs([["a"], ["b"], ["c"]]).shape == (3, 3)
    with pytest.raises(ValueError, match="'d', is unknown"):
        smaller.predict([["d"]])


def test_compression_of_features_ends_with_a_smaller_encoder():
    made = sl.finetune(model(), ROWS, LABELS, max_iter=20)
    result = sl.compress(made, ROWS, LABELS, max_drop=0.3, max_iter=2)
    assert result.model.nbytes < made.nbytes
    assert result.model.nbytes in {each.nbytes for each in result.candidates}
    assert result.model.input.selected is None or len(result.model.input.selected)
    assert (result.model.predict(ROWS) == LABELS).mean() > 0.5
    tuned = sl.finetune(made, ROWS, LABELS, sparsity=0.8, granularity="feature", max_iter=5)
    assert tuned.input.n_features < made.input.n_features
    assert len(tuned.predict(ROWS)) == len(ROWS)


def test_networks():
    made = network()
    tuned = sl.finetune(made, ROWS, TARGET, max_iter=3)
    smaller = sl.quantize(sl.prune(tuned, n_nodes=2, granularity="node"), ROWS)
    assert smaller.predict(ROWS).shape == (len(ROWS),)
    assert sl.evaluate(smaller, ROWS, TARGET).n_samples == len(ROWS)


def test_redacting_names_leaves_rows_by_position(made):
    bared = made.redact()
    assert {column.name for column in bared.input.columns} == {None}
    names = [column.name for column in made.input.columns]
    lists = [[row[name] for name in names] for row in ROWS]
    np.testing.assert_array_equal(bared.outputs(lists), made.outputs(ROWS))
    assert not any(name.encode() in sl.save(bared) for name in (*NAMES, "city_Paris"))


def test_a_spec_names_columns(made):
    features = {
        column.name: {"number": "float64", "category": "str", "text": "str"}[column.kind]
        for column in made.input.columns
    }
    spec = sl.ModelSpec(task="classification", features=features)
    meant = made.with_spec(spec)
    assert meant.spec.features == features
    sl.prune(meant, n_features=1, granularity="feature").predict(ROWS)
    unnamed = replace(made, input=made.input.without_names()).with_spec(spec)
    assert unnamed.input.columns == made.input.columns
    with pytest.raises(ValueError, match="spec has 1 features, but the model"):
        made.with_spec(replace(spec, features={"age": "float64"}))
    with pytest.raises(ValueError, match="'age' holds texts"):
        made.with_spec(replace(spec, features={**features, "age": "str"}))
    renamed = {f"{name}!": dtype for name, dtype in features.items()}
    with pytest.raises(ValueError, match="spec has"):
        made.with_spec(replace(spec, features=renamed))


@pytest.mark.parametrize("form", ["to_onnx", "to_c", "to_torch"])
def test_forms_without_tables_name_the_way_out(made, form):
    pytest.importorskip("torch" if form == "to_torch" else "onnx")
    with pytest.raises(TypeError, match=r"on_features\(\)"):
        getattr(sl, form)(made)


def test_the_model_on_features(made):
    alone = made.on_features()
    assert alone.input.encoder is None
    assert alone.input.feature_names == made.input.names
    close(alone.outputs(plain(made.columns(ROWS))), made.outputs(ROWS))
    assert sl.to_c(alone)


def test_unseen_categories():
    assert model().unseen(ROWS) == {
        "city": sum(row["city"] == "Atlantis" for row in ROWS),
        "floor": sum(row["floor"] not in {0, 3, 12} for row in ROWS),
        "member": 0,
    }
    with pytest.raises(TypeError, match="takes features"):
        bare(model()).unseen(ROWS)


def test_pickled_models_predict_the_same(made):
    copy = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own
    assert copy.sha256 == made.sha256
    np.testing.assert_array_equal(copy.outputs(ROWS), made.outputs(ROWS))


def test_what_a_model_prints(made):
    assert f"{len(made.input.columns)} columns" in repr(made)
    assert f"of {len(made.input.columns)} columns (" in made.summary()
    changed = sl.diff(made, sl.prune(made, n_features=1, granularity="feature")).changes
    assert "features" in {row[0] for row in changed}
