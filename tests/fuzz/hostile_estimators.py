"""Estimators with parameters of every kind, hostile ones among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import slimline as sl
from hostile_rows import EXTREMES, Random

Maker = Callable[[Random], Any]

WRONG = (np.nan, np.inf, -np.inf, None, "x", -1, [1.0], np.array([1.0]), 1 + 2j)


def number(random: Random, usual: Sequence[Any]) -> Any:
    """A usual value, an extreme one, or now and then a wrong one."""
    if random.odds(50):
        return random.choice(WRONG)
    return random.choice(EXTREMES) if random.odds(6) else random.choice(usual)


def size(random: Random, usual: Sequence[Any]) -> Any:
    """The same for what counts something."""
    if random.odds(60):
        return random.choice([0, -1, 1.5, None, "x", np.inf])
    return random.choice([1, np.int8(3), True]) if random.odds(8) else random.choice(usual)


def class_weight(random: Random) -> Any:
    """Weights of classes."""
    some = [1.0, 2.5, 0, 0.0, 5e-324, 1e300, -1.0, np.nan, np.inf, "x", None]
    if not random.odds(3):
        return random.choice([None, "balanced"])
    pairs = {label: random.choice(some) for label in random.choice([[0], [0, 1], ["class 0"], [7]])}
    return random.choice([None, None, "balanced", "balanced", pairs, "unknown", [1, 2]])


def threads(random: Random) -> Any:
    """n_jobs, absurd now and then."""
    if random.odds(30):
        return random.choice([0, -5, 64, 2**31, -(2**70), 2**70, 1.5, "2"])
    return random.choice([None, None, 1, 2, -1])


def sgd(random: Random, estimator: Any, losses: Sequence[str]) -> Any:
    """An estimator of SGD."""
    schedules = [
        "optimal",
        "constant",
        "invscaling",
        "adaptive",
        "power",
        "linear",
        "cosine",
        "pa1",
        "pa2",
        "auto",
        "auto",
        "auto",
    ]
    parameters = {
        "loss": random.choice(losses),
        "penalty": random.choice(["l2", "l2", "l1", "elasticnet", None]),
        "alpha": number(random, [1e-4, 1e-4, 0, 1e-2]),
        "l1_ratio": random.choice([0.15, 0, 1, 0.5]),
        "fit_intercept": not random.odds(5),
        "max_iter": size(random, [1, 3, 10]),
        "tol": random.choice([1e-3, None, 0.0, 1e-10, 1e300]),
        "shuffle": not random.odds(5),
        "epsilon": number(random, [0.1, 0.0, 10.0]),
        "n_jobs": threads(random),
        "random_state": random.choice([0, 1, None, np.random.RandomState(0)]),
        "learning_rate": random.choice(schedules),
        "eta0": number(random, [0.01, 0.1, 1.0]),
        "power_t": random.choice([0.25, 0.5, 0.0, -1.0, 1e300]),
        "early_stopping": random.odds(6),
        "validation_fraction": random.choice([0.1, 0.5, 1e-10, 1 - 1e-10]),
        "n_iter_no_change": size(random, [5, 1]),
        "warm_start": random.odds(3),
        "average": random.choice([False, False, True, 10, 2**70]),
        "batch_size": random.choice([1, 1, 1, 7, "full", 10**9, 2**70]),
        "decay": random.choice([1e-3, 0, 1e300]),
        "momentum": random.choice([0, 0, 0, 0.9]),
        "nesterov": random.odds(5),
        "adaptive_scale": random.odds(5),
    }
    return estimator(**some_of(random, parameters))


def some_of(random: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    """Most cases leave most parameters alone, so that one that is wrong does not hide others."""
    always = {"max_iter", "n_jobs", "loss"} & parameters.keys()
    share = random.choice([0.1, 0.2, 0.4])
    return {
        name: value
        for name, value in parameters.items()
        if name in always or random.generator.random() < share
    }


def svm(random: Random, estimator: Any, losses: Sequence[str], **more: Any) -> Any:
    """A linear SVM."""
    parameters = {
        **more,
        "loss": random.choice(losses),
        "C": number(random, [1.0, 1e-3, 100.0, np.inf]),
        "tol": number(random, [1e-4, 1e-10, 1.0]),
        "fit_intercept": not random.odds(4),
        "max_iter": size(random, [1, 5, 50]),
        "solver": random.choice(["auto", "auto", "smo", "newton", "dcd"]),
        "n_jobs": threads(random),
        "warm_start": random.odds(3),
    }
    return estimator(**some_of(random, parameters))


def network(random: Random, estimator: Any, losses: Sequence[str]) -> Any:
    """A small network."""
    parameters = {
        "loss": random.choice(losses),
        "hidden_layer_sizes": random.choice([(4,), (3, 2), (), 5, [2], (0,), (1.5,), "x", None]),
        "activation": random.choice(["relu", "tanh", "logistic", "identity", "gelu"]),
        "solver": random.choice(["adam", "adamw", "sgd"]),
        "alpha": number(random, [1e-4, 0]),
        "batch_size": random.choice(["auto", 1, 7, 10**9, 2**70]),
        "learning_rate": random.choice(["constant", "invscaling", "adaptive", "power", "linear"]),
        "learning_rate_init": number(random, [1e-3, 0.1]),
        "power_t": random.choice([0.5, 0, 1e300]),
        "max_iter": size(random, [1, 3]),
        "random_state": random.choice([0, None]),
        "tol": random.choice([1e-4, 0, 1e300]),
        "warm_start": random.odds(3),
        "momentum": random.choice([0.9, 0, 0.999]),
        "early_stopping": random.odds(6),
        "validation_fraction": random.choice([0.1, 0.5, 0]),
        "beta_1": random.choice([0.9, 0]),
        "beta_2": random.choice([0.999, 0]),
        "epsilon": number(random, [1e-8]),
        "weight_decay": number(random, [0.01, 0]),
        "l1": number(random, [0, 1e-3]),
        "dropout": random.choice([0, 0, 0.5, 1 - 1e-16]),
        "n_jobs": threads(random),
    }
    return estimator(**{"hidden_layer_sizes": (4,), **some_of(random, parameters)})


def sgd_classifier(random: Random) -> Any:
    """Classes by SGD."""
    losses = [
        "hinge",
        "log_loss",
        "multinomial",
        "squared_hinge",
        "perceptron",
        "modified_huber",
        "squared_error",
        "huber",
        "epsilon_insensitive",
        "squared_epsilon_insensitive",
    ]
    made = sgd(random, sl.SGDClassifier, losses)
    return made.set_params(class_weight=class_weight(random))


def sgd_regressor(random: Random) -> Any:
    """Values by SGD."""
    losses = ["squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"]
    return sgd(random, sl.SGDRegressor, losses)


def linear_svc(random: Random) -> Any:
    """Classes by an exact SVM."""
    more = {
        "multi_class": random.choice(["ovr", "ovr", "ovo"]),
        "class_weight": class_weight(random),
        "probability": random.odds(4),
    }
    return svm(random, sl.LinearSVC, ["hinge", "squared_hinge"], **more)


def linear_svr(random: Random) -> Any:
    """Values by an exact SVM."""
    losses = ["epsilon_insensitive", "squared_epsilon_insensitive"]
    return svm(random, sl.LinearSVR, losses, epsilon=number(random, [0.0, 0.1]))


def logistic_regression(random: Random) -> Any:
    """Classes by logistic regression."""
    return sl.LogisticRegression(
        C=number(random, [1e-6, 1.0, 1e6]),
        l1_ratio=random.choice([0.0, 0.0, 0.5, 1.0]),
        fit_intercept=not random.odds(4),
        class_weight=class_weight(random),
        warm_start=random.odds(4),
    )


def least_squares(random: Random, estimator: Any) -> Any:
    """Values by least squares with a penalty."""
    alpha = number(random, [0.0, 1e-6, 1.0, 1e6])
    return estimator(alpha=alpha, fit_intercept=not random.odds(4))


ESTIMATORS: dict[str, Maker] = {
    "LogisticRegression": logistic_regression,
    "Lasso": lambda random: least_squares(random, sl.Lasso),
    "ElasticNet": lambda random: least_squares(random, sl.ElasticNet),
    "Ridge": lambda random: least_squares(random, sl.Ridge),
    "SGDClassifier": sgd_classifier,
    "SGDRegressor": sgd_regressor,
    "LinearSVC": linear_svc,
    "LinearSVR": linear_svr,
    "MLPClassifier": lambda random: network(random, sl.MLPClassifier, ["log_loss", "hinge"]),
    "MLPRegressor": lambda random: network(random, sl.MLPRegressor, ["squared_error", "huber"]),
}
