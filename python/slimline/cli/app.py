"""The commands, one module each: to add one, write X_command.py and name it in COMMANDS."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Any

import typer

from slimline._version import __version__
from slimline.cli import (
    audit_command,
    bench_command,
    compress_command,
    config_command,
    console,
    convert_command,
    demo_command,
    evaluate_command,
    export_command,
    inspect_command,
    predict_command,
    prune_command,
    quantize_command,
    train_command,
    verify_command,
)

COMMANDS: dict[str, ModuleType] = {
    "demo": demo_command,
    "train": train_command,
    "convert": convert_command,
    "prune": prune_command,
    "quantize": quantize_command,
    "compress": compress_command,
    "evaluate": evaluate_command,
    "predict": predict_command,
    "inspect": inspect_command,
    "verify": verify_command,
    "bench": bench_command,
    "export": export_command,
    "config": config_command,
}

# What `slimline --help` says of each: a line of 80 columns has room for 50 characters.
SUMMARIES = {name: module.SUMMARY for name, module in COMMANDS.items()}

EXIT_CODES = """\b
Exit codes:
  0    done
  1    a value, a file or a missing package, or demands that a model fails
  2    wrong usage
  3    a model file or an audit log that is damaged or foreign, or rows in --bad
  130  interrupted"""

app = typer.Typer(
    name="slimline",
    help="Train, prune, quantize, save and serve linear models and small networks on CPUs.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# The base of what typer raises where the usage is wrong: of its own copy of click, or of click.
USAGE_ERRORS: Any = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer's
    if asked:
        console.show_text(f"slimline {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Train, prune, quantize, save and serve linear models and small networks on CPUs."""


for name, module in COMMANDS.items():
    examples = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in module.EXAMPLES)
    app.command(name, epilog=examples, short_help=SUMMARIES[name])(module.command)
app.add_typer(audit_command.app, name="audit")
