"""What pruning costs in accuracy: every criterion, 0 to 99 %, on real data, in Markdown.

python benchmarks/pruning_accuracy.py digits a9a ...  [--images folder]

Linear models by scikit-learn's LogisticRegression (texts: LinearSVC on sublinear tf-idf),
standardised where the data is dense. Criteria that look at data get the training rows. A second
line for each criterion is after a refit, under the penalty that the model was trained with (texts:
finetune's own). Then scikit-learn's way, an l1 penalty, at about as many nonzeros. Needs the data
sets: see conftest.py.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import slimline as sl
from conftest import load
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

SPARSITIES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
CALIBRATION_ROWS = 20_000
TEXT_ALPHA = 1e-4  # of refits of texts: finetune's own
IMAGES = {"digits": (8, 8), "fashion_mnist_10k": (28, 28)}


def data(name):
    """Return rows and labels, texts as tf-idf, images as 0..1."""
    X, y, X_test, y_test = load(name)
    if name in {"newsgroups20", "movie_snippets"}:
        weighting = TfidfTransformer(sublinear_tf=True).fit(X)
        X, X_test = (weighting.transform(each).astype(np.float32) for each in (X, X_test))
    elif name in IMAGES:
        X, X_test = X / X.max(), X_test / X.max()
    elif hasattr(X, "toarray"):
        X, X_test = X.toarray(), X_test.toarray()
    return X, y, X_test, y_test


def trained(name, X, y):
    """Return a model of all features, and the penalty per row for its refits."""
    if hasattr(X, "indptr"):
        return sl.convert(LinearSVC().fit(X, y)), TEXT_ALPHA
    C = 0.01 if name == "fashion_mnist_10k" else 1.0
    last = LogisticRegression(C=C, max_iter=100)
    model = sl.convert(make_pipeline(StandardScaler(), last).fit(X, y))
    return model, 1 / (C * len(y))


def l1_models(X, y):
    """Yield scikit-learn's l1-penalised models, from strong to weak."""
    text = hasattr(X, "indptr")
    for exponent in range(-4, 6) if text else range(-12, 3):
        C = 2.0**exponent
        if text:
            last = LinearSVC(penalty="l1", dual=False, C=C, max_iter=200)
        elif len(X) > CALIBRATION_ROWS:
            alpha = 1e-4 / C
            last = SGDClassifier(
                loss="log_loss", penalty="l1", alpha=alpha, max_iter=5, tol=None, random_state=0
            )
        else:
            last = LogisticRegression(l1_ratio=1.0, solver="liblinear", C=C, max_iter=100)
            if len(np.unique(y)) > 2:
                last = LinearSVC(penalty="l1", dual=False, C=C, max_iter=1000)
        pipeline = last if text else make_pipeline(StandardScaler(), last)
        model = sl.convert(pipeline.fit(X, y))
        yield model.n_nonzero, model


def say(*cells):
    """Print a row of a Markdown table."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def criteria_table(name):
    """Print the tables of one data set."""
    X, y, X_test, y_test = data(name)
    model, alpha = trained(name, X, y)
    rows, labels = X[:CALIBRATION_ROWS], y[:CALIBRATION_ROWS]

    def accuracy(each):
        return f"{100 * np.mean(each.predict(X_test) == y_test):.2f}"

    print(f"\n### {name}: {accuracy(model)} % with {model.n_nonzero:,} weights\n")
    say("criterion", *(f"{s:.0%}".replace("%", " %") for s in SPARSITIES))
    say(*["---"] * (len(SPARSITIES) + 1))
    for criterion in ("random", "magnitude", "input_scaled", "gradient", "second_order"):
        if criterion == "second_order" and model.layers[0].n_in > 4096:
            say(f"`{criterion}`", *["too many features"] * len(SPARSITIES))
            continue
        pruned = [
            sl.prune(model, rows, labels, sparsity=s, criterion=criterion) for s in SPARSITIES
        ]
        say(f"`{criterion}`", *map(accuracy, pruned))
        say("… refit", *(accuracy(sl.finetune(p, X, y, alpha=alpha)) for p in pruned))
    l1 = [(n, accuracy(each)) for n, each in l1_models(X, y)]
    total = model.layers[0].n_in * model.layers[0].n_out
    say(
        "scikit-learn l1",
        *(
            f"{shown} ({1 - n / total:.1%} zeros)"
            for n, shown in (min(l1, key=lambda e: abs(e[0] - (1 - s) * total)) for s in SPARSITIES)
        ),
    )


def smaller_texts():
    """Print what newsgroups20 loses without most of its weights or features, and its bytes."""
    X, y, X_test, y_test = data("newsgroups20")
    model, alpha = trained("newsgroups20", X, y)
    models = {"unpruned": model}
    for what, arguments in {
        "95 % of the weights": {"sparsity": 0.95},
        "90 % of the features": {"sparsity": 0.9, "granularity": "feature"},
        "90 % of the features, 80 % of the rest": {"sparsity": 0.9, "granularity": "feature"},
    }.items():
        pruned = sl.prune(model, **arguments)
        if "rest" in what:
            pruned = sl.prune(pruned, sparsity=0.8)
        models[what] = pruned
        models[f"{what}, refit"] = sl.finetune(pruned, X, y, alpha=alpha)
        models[f"{what}, refit, int8"] = sl.quantize(models[f"{what}, refit"])
    print("\n### newsgroups20, smaller\n")
    say("removed", "accuracy, %", "bytes")
    say("---", "---", "---")
    for what, each in models.items():
        say(what, f"{100 * np.mean(each.predict(X_test) == y_test):.2f}", f"{each.nbytes:,}")


def draw(name, folder):
    """Save the kept pixels of a model pruned by feature."""
    X, y, _, _ = data(name)
    pruned = sl.prune(
        trained(name, X, y)[0],
        X[:CALIBRATION_ROWS],
        y[:CALIBRATION_ROWS],
        sparsity=0.7,
        granularity="feature",
        criterion="input_scaled",
    )
    masked = sl.prune(pruned, sparsity=0.5)
    figure = sl.plot_sparsity(masked, image_shape=IMAGES[name])
    figure.savefig(Path(folder) / f"sparsity_{name}.png", dpi=110)


def main():
    """Print what was asked for."""
    warnings.simplefilter("ignore")  # convergence of the peers is not the matter here
    names = sys.argv[1:]
    if "--images" in names:
        place = names.index("--images")
        folder = names[place + 1]
        for name in IMAGES:
            draw(name, folder)
        names = names[:place]
    for name in names:
        if name == "smaller_texts":
            smaller_texts()
        else:
            criteria_table(name)


if __name__ == "__main__":
    main()
