"""``slimline audit``: logs whose lines are chained by hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from slimline.cli import console
from slimline.cli.options import Json, in_a_folder
from slimline.lifecycle.audit import AuditLog
from slimline.lifecycle.audit_checking import check_audit

EXAMPLES = (
    "slimline audit verify audit.jsonl --newest <64 hexadecimal digits>",
    "slimline audit verify audit-1.jsonl audit.jsonl",
    "slimline audit repair audit.jsonl",
    "slimline audit rotate audit.jsonl audit-1.jsonl",
)
MOST_LINES = 20  # of problems on stderr; --json has a hundred

app = typer.Typer(help="Audit logs of monitors and deployments.", no_args_is_help=True)

Log = Annotated[Path, typer.Argument(help="An audit log.", metavar="LOG", show_default=False)]


def _examples(command: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in EXAMPLES if f" {command} " in line)


@app.command("verify", epilog=_examples("verify"))
def verify(
    logs: Annotated[
        list[Path],
        typer.Argument(
            help="An audit log; for a rotated log all its files, oldest first.",
            metavar="LOG...",
            show_default=False,
        ),
    ],
    newest: Annotated[
        str | None,
        typer.Option(help="The hash that the last line must have, as you recorded it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every line and the chain between them; exit code 3 if a line or link is broken."""
    report = check_audit(logs, newest=newest)
    files = [str(log) for log in logs]
    facts: dict[str, Any] = {"file": files[0] if len(files) == 1 else files}
    facts |= {"intact": report.intact, "lines": report.n_lines}
    if report.follows is not None:
        facts["begins"] = f"after {report.follows}, in an older file"
    if report.intact:
        facts["end"] = "as expected" if newest else "not checked"
    else:
        facts |= {"problems": report.n_problems, "first problems": report.problems}
    if report.intact or as_json:
        console.show_facts("verified", facts, as_json=as_json)
    for problem in report.problems[:MOST_LINES]:
        console.show_error(problem)
    if not report.intact:
        raise typer.Exit(console.EXIT_FORMAT)


@app.command("repair", epilog=_examples("repair"))
def repair(log: Log, as_json: Json = False) -> None:
    """Remove an incomplete last line, as after a crash, and record in the log what it was."""
    cut = AuditLog(log).repair()
    facts = {"file": str(log), "bytes cut": len(cut), "cut": cut.decode("latin-1")}
    console.show_facts("repaired" if cut else "nothing to repair", facts, as_json=as_json)


@app.command("rotate", epilog=_examples("rotate"))
def rotate(
    log: Log,
    to: Annotated[
        Path,
        typer.Argument(
            help="The new name of the file.",
            metavar="TO",
            show_default=False,
            callback=in_a_folder,
        ),
    ],
    as_json: Json = False,
) -> None:
    """Rename the file and begin a new one, whose first line continues the chain."""
    newest = AuditLog(log).rotate(to)
    facts = {"file": str(log), "older lines": str(to), "newest": newest}
    console.show_facts("rotated", facts, as_json=as_json)
