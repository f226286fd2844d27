"""``slimline audit``: logs whose lines are chained by hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slimline.cli import console
from slimline.cli.options import Json
from slimline.lifecycle.audit import verify_audit

EXAMPLES = ("slimline audit verify audit.jsonl --newest <64 hexadecimal digits>",)

app = typer.Typer(help="Audit logs of monitors and deployments.", no_args_is_help=True)


@app.command("verify", epilog="\b\nExamples:\n  " + EXAMPLES[0])
def verify(
    log: Annotated[Path, typer.Argument(help="An audit log.", metavar="LOG", show_default=False)],
    newest: Annotated[
        str | None,
        typer.Option(help="The hash that the last line must have, from elsewhere."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every line and the chain between them; exit code 3 where a link is broken."""
    lines = verify_audit(log, newest=newest)
    facts = {"file": str(log), "intact": True, "lines": lines}
    facts["end"] = "as expected" if newest else "not checked"
    console.show_facts("verified", facts, as_json=as_json)
