"""What the history of a Model says of its training, its data, and the steps after it."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import pytest
import slimline as sl
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slimline.history import fingerprint

X, Y = load_iris(return_X_y=True)
HASHED = [
    sl.LinearSVC(),
    sl.LinearSVR(),
    sl.LogisticRegression(),
    sl.Lasso(),
    sl.ElasticNet(),
    sl.Ridge(),
    sl.MLPClassifier(max_iter=2),
    sl.MLPRegressor(max_iter=2),
]
COUNTED = [sl.SGDClassifier(max_iter=5), sl.SGDRegressor(max_iter=5)]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_training_comes_first_and_conversion_descends_from_it() -> None:
    estimator = sl.SGDClassifier(alpha=0.01, random_state=3).fit(X, Y)
    model = sl.convert(make_pipeline(StandardScaler().fit(X), estimator))
    trained, converted = model.history
    assert (trained.action, trained.parent) == ("trained", None)
    assert trained.library == sl.__version__
    assert trained.parameters["estimator"] == "SGDClassifier"
    assert (trained.parameters["alpha"], trained.parameters["random_state"]) == (0.01, 3)
    assert trained.measured["n_iter"] == np.max(estimator.n_iter_)
    assert (converted.action, converted.parameters["scalers"]) == ("converted", "StandardScaler")
    assert len(converted.parent) == 64
    assert sl.convert(make_pipeline(StandardScaler().fit(X), estimator)).sha256 == model.sha256


@pytest.mark.parametrize("estimator", HASHED + COUNTED, ids=lambda made: type(made).__name__)
def test_our_estimators_keep_what_fit_was_given(estimator) -> None:
    said = sl.convert(estimator.fit(X.tolist(), Y)).history[0].parameters
    assert said["n_rows"] == 150
    assert said.get("data") == (fingerprint(X, Y) if estimator in HASHED else None)


def test_behind_scalers_the_data_are_called_scaled() -> None:
    chain = make_pipeline(StandardScaler(), sl.LinearSVC()).fit(X, Y)
    said = sl.convert(chain).history[0].parameters
    assert said["scaled_data"] == fingerprint(chain[:-1].transform(X), Y)
    assert "data" not in said
    given = sl.convert(chain, X=X, y=Y).history[0].parameters
    assert given["data"] == fingerprint(X, Y)
    assert "scaled_data" not in given


@pytest.mark.parametrize(
    "estimator", [sl.SGDClassifier(max_iter=5), sl.MLPClassifier(max_iter=2)], ids=["sgd", "mlp"]
)
def test_after_partial_fit_rows_are_counted_and_no_fingerprint_is_claimed(estimator) -> None:
    estimator.fit(X, Y).partial_fit(X[:20], Y[:20]).partial_fit(X[:5], Y[:5])
    said = sl.convert(estimator).history[0].parameters
    assert said["n_rows"] == 175
    assert "data" not in said


def test_rows_of_collections_are_not_counted() -> None:
    da = pytest.importorskip("dask.array")
    estimator = sl.dask.LinearSVC().fit(da.from_array(X, chunks=(50, 4)), da.from_array(Y, 50))
    said = sl.convert(estimator).history[0]
    assert said.library == sl.__version__
    assert not {"n_rows", "data"} & set(said.parameters)


def test_blocks_of_partial_fit_are_counted_once() -> None:
    blocks = ((X[i::3], Y[i::3]) for i in range(3))
    estimator = sl.SGDClassifier().partial_fit(blocks, classes=[0, 1, 2])
    assert sl.convert(estimator).history[0].parameters["n_rows"] == 150


def test_other_libraries_are_named_and_their_data_where_given() -> None:
    estimator = LogisticRegression(max_iter=500).fit(X, Y)
    trained = sl.convert(estimator).history[0]
    assert trained.library == f"scikit-learn {version('scikit-learn')}"
    assert "n_rows" not in trained.parameters
    assert trained.measured["n_iter"] == estimator.n_iter_.max()
    given = sl.convert(estimator, X=X, y=Y).history[0].parameters
    assert (given["n_rows"], given["data"]) == (150, fingerprint(X, Y))


def test_a_torch_sequential_says_that_torch_trained_it() -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(4, 1))
    trained, converted = sl.convert(module, X=X, y=Y).history
    assert trained.library == f"torch {version('torch')}"
    assert (trained.parameters["estimator"], trained.parameters["n_rows"]) == ("Sequential", 150)
    assert converted.action == "converted"


def test_parameters_of_every_kind_are_kept_as_plain_values() -> None:
    odd = sl.SGDClassifier(
        class_weight={0: 1.0, 1: 2.0, 2: 1.0},
        callback=lambda *_: None,
        random_state=np.random.RandomState(0),
        alpha=np.float64(0.5),
        max_iter=5,
    ).fit(X, Y)
    said = sl.convert(odd).history[0].parameters
    assert said["class_weight"] == "{0: 1.0, 1: 2.0, 2: 1.0}"
    assert (said["callback"], said["random_state"]) == ("function", "RandomState")
    assert type(said["alpha"]) is float
    sizes = sl.MLPClassifier((8, 3), n_iter_no_change=np.inf, max_iter=2).fit(X, Y)
    said = sl.convert(sizes).history[0].parameters
    assert (said["hidden_layer_sizes"], said["n_iter_no_change"]) == ("(8, 3)", "inf")


def test_files_keep_the_step_and_files_without_it_load(tmp_path) -> None:
    model = sl.convert(sl.LinearSVC().fit(X, Y))
    older = sl.convert(Ridge().fit(X, Y))
    older = older.with_step("converted", {"estimator": "Ridge"}, parent=None)
    for i, each in enumerate((model, older)):
        sl.save(each, tmp_path / f"{i}.slimline")
        assert sl.load(tmp_path / f"{i}.slimline").history == each.history
    assert [step.action for step in older.history] == ["converted"]


def test_diff_shows_how_training_differed() -> None:
    one, other = (sl.convert(sl.LinearSVC(C=C).fit(X, Y)) for C in (0.1, 1.0))
    assert ("trained: C", "0.1", "1.0") in sl.diff(one, other).changes
    foreign = sl.convert(SGDClassifier(max_iter=500).fit(X, Y))
    changes = {name: (a, b) for name, a, b in sl.diff(one, foreign).changes}
    assert changes["trained by"] == (sl.__version__, foreign.history[0].library)
    assert changes["trained: data"] == (fingerprint(X, Y)[:60], "-")
    assert sl.diff(one, sl.quantize(one)).steps == ("b: quantized",)


def test_compression_names_the_rows_that_it_used() -> None:
    model = sl.convert(LogisticRegression(max_iter=500).fit(X, Y))
    assert sl.finetune(model, X, Y).history[-1].parameters["data"] == fingerprint(X, Y)
    pruned = sl.prune(model, X, Y, sparsity=0.5, criterion="gradient")
    assert pruned.history[-1].parameters["data"] == fingerprint(X, Y)
    assert "data" not in sl.prune(model, sparsity=0.5).history[-1].parameters
    small = sl.quantize(model, X, activations="static")
    assert small.history[-1].parameters["data"] == fingerprint(X)
    blocks = sl.quantize(model, iter([X[:75], X[75:]]), activations="static")
    assert "data" not in blocks.history[-1].parameters


def test_finetune_takes_frames() -> None:
    frame = pytest.importorskip("pandas").DataFrame(X, columns=list("abcd"))
    pytest.importorskip("narwhals")
    model = sl.convert(LogisticRegression(max_iter=500).fit(frame, Y))
    tuned = sl.finetune(model, frame, Y)
    assert tuned.history[-1].parameters["data"] == fingerprint(X, Y)
    with pytest.raises(ValueError, match="must be"):
        sl.finetune(model, frame[["b", "a", "c", "d"]], Y)
