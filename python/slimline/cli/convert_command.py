"""``slimline convert``: an estimator from a pickle becomes a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slimline.cli import console
from slimline.cli.options import Force, Json, Output, check_new
from slimline.model.saving import save

SUMMARY = "Convert a pickled estimator to a model."
EXAMPLES = ("slimline convert pipeline.joblib model.slimline --trust",)


def command(
    estimator: Annotated[
        Path,
        typer.Argument(help="A fitted estimator written by joblib or pickle.", metavar="PICKLE"),
    ],
    output: Output,
    trust: Annotated[
        bool, typer.Option("--trust", help="Required: loading a pickle runs the code in it.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Convert a pickled estimator or pipeline of scikit-learn or slimline."""
    check_new(output, (estimator,), force=force, models=True)
    if not trust:
        msg = f"loading {estimator} runs whatever code is in it: say --trust if you know its maker"
        raise ValueError(msg)
    import joblib  # noqa: PLC0415 - takes seconds

    from slimline.conversion import convert  # noqa: PLC0415 - the same

    try:
        loaded = joblib.load(estimator)
    except OSError:
        raise
    except Exception as error:  # a pickle can raise anything
        msg = f"{estimator} must be a pickle or joblib file: {type(error).__name__}: {error}"
        raise ValueError(msg) from error
    model = convert(loaded)
    save(model, output)
    facts = {"saved": str(output), "task": model.task, "features": model.input.n_features}
    facts |= {"parameters": model.n_parameters, "bytes": model.nbytes}
    console.show_facts(f"converted {type(loaded).__name__}", facts, as_json=as_json)
