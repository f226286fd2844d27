"""No printer bypasses `slimline._text`: those that exist are walked over, and new ones must come.

Texts of a model's file, of rows and of callers are hostile here; what is printed only prints.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import cycle
from pathlib import Path
from pkgutil import walk_packages

import numpy as np
import pytest
import slimline as sl
from inputs import tables
from slimline.history import Step
from slimline.inputs import CategoriesBlock, Column, Terms, TextBlock, TextCells, TextSettings
from slimline.model.effects import Effect, ScoreChange
from slimline.pages import Picture, Section, Table, plots, render

PACKAGE = Path(sl.__file__).parent
EVIL = "\x1b[31mred\x07\u202e[/k]\nerror: <script>\x9b" + "x" * 2000
NAMES = (EVIL, "b" + EVIL, "[bold]c")


def assert_safe(text: str, longest: int = 60_000) -> None:
    assert not [line for line in text.split("\n") if not line.replace("\xa0", "").isprintable()]
    assert "error: forged" not in text
    assert len(text) < longest


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def model(X):
    """A model all of whose texts are hostile."""
    made = sl.convert(sl.LinearSVC(C=0.01).fit(X, np.where(X[:, 0] > 0, EVIL, "=1+1")))
    spec = sl.ModelSpec(
        task="classification",
        target=EVIL,
        features=dict.fromkeys(NAMES, "float32"),
        metrics={"accuracy": 0.5},
        owner=EVIL,
    )
    step = Step(action=EVIL, parameters={EVIL: EVIL}, measured={EVIL: 1}, parent=None, library=EVIL)
    named = replace(made, input=replace(made.input, feature_names=NAMES))
    return replace(named.with_spec(spec), history=(*made.history, step))


def monitor_report(model, X):
    monitor = sl.Monitor(model, X, window=100)
    monitor.observe(X[:100] + 2)
    return monitor.report()


def alarm(model, X):
    monitor = sl.Monitor(model, X, window=100)
    return monitor.observe(X[:100] + 9)[0]


def preprocessor():
    rows = [{EVIL: i % 3, "b" + EVIL: f"{EVIL}{i % 3}", "=1+1": EVIL} for i in range(30)]
    with pytest.warns(sl.DataWarning) as caught:
        fitted = sl.TablePreprocessor().fit(rows)
    assert_safe(str(caught[0].message), 1000)
    return fitted


def table_encoder():
    """An encoder all of whose columns and keys are hostile."""
    keys = CategoriesBlock.of(
        column=1, outcomes={EVIL: 0, "b" + EVIL: 1}, n_outcomes=2, unknown=None, missing=None
    )
    columns = tuple(Column(f"{i}{EVIL}", each.kind) for i, each in enumerate(tables.COLUMNS))
    return tables.encoder(columns=columns, blocks=(*tables.blocks(), keys))


# What defines how it prints, and how to get one.
PRINTERS = {
    "Model": lambda model, _: model,
    "Report": lambda model, X: sl.evaluate(model, X, model.predict(X)),
    "Comparison": lambda model, X: sl.compare([model, model], X, model.predict(X)),
    "CompressResult": lambda model, X: sl.compress(
        model, X, model.predict(X), max_iter=1, budget_seconds=0
    ),
    "SparsityReport": lambda model, _: sl.sparsity_report(model),
    "Difference": lambda model, _: sl.diff(model, sl.quantize(replace(model, history=()))),
    "Explanation": lambda model, X: sl.explain(model, X[:5]),
    "EngineChoices": lambda _, X: sl.explain_choice(sl.LinearSVC(), X),
    "MonitorReport": monitor_report,
    "Check": lambda model, X: sl.evaluate(model, X, model.predict(X)).checks[0],
    "FeatureRow": lambda model, X: monitor_report(model, X).features[0],
    "Alarm": alarm,
    "InputStage": lambda model, _: model.input,
    "Column": lambda *_: Column(EVIL, "text"),
    "Encoder": lambda *_: table_encoder(),
    **{
        type(block).__name__: lambda *_, i=i: table_encoder().blocks[i]
        for i, block in enumerate(tables.blocks())
    },
    "TextBlock": lambda *_: TextBlock(
        column=0,
        settings=TextSettings(stop_words=(EVIL,)),
        terms=Terms.of({EVIL: 0}),
    ),
    "ModelSpec": lambda model, _: model.spec,
    "Step": lambda model, _: model.history[-1],
    "Effect": lambda *_: Effect(error=2, changed=0.5, n_rows=3, source="X"),
    "ScoreChange": lambda model, X: ScoreChange.of(model, model, X, model.predict(X)),
    "TextCells": lambda *_: TextCells(missing_marks=NAMES),
    "TablePreprocessor": lambda *_: preprocessor(),
    "AuditReport": lambda *_: sl.AuditReport(
        n_lines=1, n_problems=1, problems=(EVIL,), newest=None, follows=None
    ),
}
METHODS = ("__str__", "__repr__", "summary", "to_html", "_repr_html_")


def classes_that_print() -> set[str]:
    found = set()
    for path in walk_packages(sl.__path__, "slimline.", onerror=lambda _: None):
        if path.name.startswith(("slimline.dask", "slimline.interop.mlflow", "slimline.cli")):
            continue
        for name, kind in inspect.getmembers(import_module(path.name), inspect.isclass):
            if kind.__module__ != path.name or issubclass(kind, tuple):
                continue
            own = [vars(kind)[method] for method in METHODS if method in vars(kind)]
            if any(map(is_written, own)):
                found.add(name)
    return found


def is_written(method) -> bool:
    """Whether a method stands in a source file, other than those that dataclasses make."""
    code = getattr(method, "__code__", None)
    return code is not None and Path(code.co_filename).is_relative_to(PACKAGE)


def test_every_class_that_prints_is_known():
    assert classes_that_print() == set(PRINTERS)


def test_the_representation_of_all_that_a_model_holds_is_safe(model, tmp_path):
    sl.save(model, tmp_path / "m.slim")
    for each in (model, sl.load(tmp_path / "m.slim")):
        parts = [each, each.input, each.spec, *each.history, *each.layers]
        for part in parts:
            assert_safe(repr(part).replace("\n", ""), 10_000)


@pytest.mark.parametrize("name", PRINTERS)
def test_what_prints_is_safe(name, model, X):
    printer = PRINTERS[name](model, X)
    for method in METHODS:
        if is_written(getattr(type(printer), method, None)):
            text = getattr(printer, method)(*[EVIL] * (method == "to_html"))
            assert_safe(text, 10**6)
            assert "<script" not in text or method != "to_html"


def test_every_part_of_a_page_is_safe():
    table = Table(header=[EVIL], rows=[[EVIL], [1]], caption=EVIL)
    pictures = [
        plots.bars([EVIL, "b"], [1, 2], "value"),
        plots.confusion(np.eye(2, dtype=int), [EVIL, 1]),
        plots.steps(np.arange(3.0), [np.ones(3)] * 2, (EVIL, "b"), EVIL),
        Picture(svg="<svg></svg>", alt=EVIL),
    ]
    section = Section(title=EVIL, text=EVIL, parts=[table, *pictures])
    page = render(EVIL, [section], verdict=True, verdicts=(EVIL, EVIL))
    assert_safe(page, 10**6)
    assert "<script" not in page
    assert "red" in page


def test_what_quotes_a_file_is_short_and_safe(model, tmp_path):
    """Every text of a model's file, in turn, is hostile and makes no model."""
    from slimline.persistence import read_file, write_file  # noqa: PLC0415 - used here alone

    sl.save(model, tmp_path / "m.slim")
    tensors, content = read_file(tmp_path / "m.slim")
    evils, wrong = cycle((EVIL, [EVIL] * 30, {EVIL: EVIL}, 10**15, EVIL)), 0
    for path in leaves(content):
        evil = next(evils)
        write_file(tmp_path / "x.slim", tensors, changed(content, path, evil))
        try:
            sl.load(tmp_path / "x.slim")
        except sl.FormatError as error:
            assert_safe(str(error), 1200)
            wrong += 1
    assert wrong > 20


def test_what_names_columns_and_cells_of_a_table_is_short_and_safe(tmp_path):
    made = tables.model(table_encoder())
    rows = [dict(zip((c.name for c in made.input.columns), (1, EVIL, 1, 3, True), strict=True))]
    assert_safe(made.summary())
    assert_safe(str(sl.explain(made, rows)))
    for j, wrong in enumerate((EVIL, 1, float("inf"), EVIL, EVIL)):
        name = made.input.columns[j].name
        for row in (
            {**rows[0], name: wrong},
            {key: rows[0][key] for key in rows[0] if key != name},
        ):
            with pytest.raises((ValueError, TypeError)) as error:
                made.predict([row])
            assert_safe(str(error.value), 1200)
    test_what_quotes_a_file_is_short_and_safe(made, tmp_path)


def leaves(value, path=()) -> Iterator[tuple]:
    """Yield the places of all members of JSON, from the root on."""
    if path:
        yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(min(2, len(value))):
            yield from leaves(value[key], (*path, key))


def changed(value, path, to):
    if not path:
        return to
    copy = value.copy()
    copy[path[0]] = changed(copy[path[0]], path[1:], to)
    return copy


# Which files may write, and through what. Those of verbose fits write numbers alone.
WRITERS = {
    r"(?<![.\w])print\(|\btyper\.(echo|secho|prompt|confirm)\(|\bclick\.": set(),
    r"\bsys\.(stdout|stderr)\.write": {
        "_config.py",  # this installation
        "cli/__init__.py",  # the name of a missing package
        "cli/console.py",  # JSON, which is ASCII
        "cli/output.py",
        "compression/search/recipe.py",
        "dask/_exact.py",
        "dask/_sgd_fit.py",
        "estimators/_mlp_epochs.py",
        "estimators/_mlp_lbfgs.py",
        "estimators/_sgd_training.py",
        "estimators/_svm_fit.py",
    },
    r"\bfrom rich\b|\bimport rich\b": {"cli/console.py", "cli/demo_command.py"},
    r"\bimport jinja2\b|\bfrom jinja2\b": {"pages/page.py"},
    r"\bcsv\.(writer|DictWriter)\(|\.to_csv\(": {"cli/output.py"},
    r"\.write_(text|bytes)\(|\.open\(\"[wax]": {"cli/output.py", "interop/mlflow.py"},
    r"\bescape\(|\bmarkup=(?!False)": set(),
}


def actions(tree: ast.AST) -> Iterator[str]:
    """Yield imports, and calls as their name with the first argument and the keywords."""
    for node in ast.walk(tree):  # docstrings and comments may say what they want
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call):
            first = [repr(a.value) for a in node.args[:1] if isinstance(a, ast.Constant)]
            keywords = [f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords if k.arg]
            text = f"{ast.unparse(node.func)}({', '.join((*first, *keywords))})"
            yield text.replace("'", '"')


@pytest.fixture(scope="module")
def code():
    return {
        str(path.relative_to(PACKAGE)): list(actions(ast.parse(path.read_text(encoding="utf-8"))))
        for path in PACKAGE.rglob("*.py")
    }


@pytest.mark.parametrize("pattern", WRITERS)
def test_nobody_else_prints(pattern, code):
    found = {path for path, texts in code.items() if any(re.search(pattern, t) for t in texts)}
    assert found == WRITERS[pattern]


ESTIMATORS = [
    sl.SGDClassifier(verbose=1, max_iter=2, tol=None),
    sl.LinearSVC(verbose=1, C=0.01),
    sl.LinearSVC(verbose=1, C=0.01, loss="hinge"),
    sl.MLPClassifier(verbose=True, max_iter=2, tol=0, n_iter_no_change=5),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_verbose_fits_write_numbers_alone(estimator, X, capsys):
    estimator.fit(X, np.array(NAMES)[np.arange(len(X)) % 3])
    text = capsys.readouterr().out
    assert re.search(r"\d", text)
    assert_safe(text)
    assert "red" not in text


def test_a_verbose_search_writes_numbers_alone(model, X, capsys):
    sl.compress(model, X, model.predict(X), max_iter=1, budget_seconds=0, verbose=True)
    text = capsys.readouterr().out
    assert "score" in text
    assert_safe(text)
