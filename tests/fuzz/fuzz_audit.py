"""Fuzz audit logs: whatever is in the file, checking reports it and writing never makes it worse.

Run from the project's folder::

    python tests/fuzz/fuzz_audit.py --cases 5000
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from pathlib import Path

import slimline as sl
from engine import Case, main
from mutations import EDGES, NUMBERS, TEXTS, is_safe, mutated, mutated_text
from slimline.lifecycle._audit_lines import new_line

LEAVES = (None, True, "\ud800", "", 0.5, -0.0, 1e308, 5e-324, float("nan"), float("inf"), b"x")


def value(rng: random.Random, depth: int = 0) -> object:
    """Return any JSON value, or one that only Python takes for one."""
    kinds = (_leaf, _text, _integer) if depth > 2 else (_leaf, _text, _integer, _list, _deep, _dict)
    return rng.choice(kinds)(rng, depth)


def _leaf(rng: random.Random, _: int) -> object:
    return rng.choice(LEAVES)


def _text(rng: random.Random, _: int) -> object:
    return rng.choice(TEXTS) * rng.choice((1, 1, 1, 1000))


def _integer(rng: random.Random, _: int) -> object:
    return rng.choice(EDGES) * rng.choice((1, 1, 1, 10**20, 10**5000))


def _list(rng: random.Random, depth: int) -> object:
    return rng.choice((list, tuple))(value(rng, depth + 1) for _ in range(rng.choice((0, 1, 3))))


def _deep(rng: random.Random, _: int) -> object:
    nested: object = 1
    for _ in range(rng.choice((5, 28, 29, 30, 31, 40, 5000))):
        nested = [nested]
    return nested


def _dict(rng: random.Random, depth: int) -> object:
    keys = (*TEXTS, 1, 10, 9, None, 0.5, "1")
    return {rng.choice(keys): value(rng, depth + 1) for _ in range(rng.choice((0, 1, 3)))}


def honest(rng: random.Random) -> list[bytes]:
    """Return the lines of a log."""
    last, lines = None, []
    for _ in range(rng.choice((1, 2, 5))):
        line, _ = new_line(rng.choice(("alarm", "deployed")), {"model": "ab", "n": [1, 2.5]}, last)
        last = json.loads(line)
        lines.append(line)
    return lines


def make(rng: random.Random) -> Case:
    """Return a log, mutated as a file, as lines, or within lines whose hashes are right."""
    return Case(rng.choice(WAYS)(rng, honest(rng)), "audit.jsonl")


def as_bytes(rng: random.Random, lines: list[bytes]) -> bytes:
    """Mutate the file."""
    return mutated(rng, b"".join(lines))


def as_text(rng: random.Random, lines: list[bytes]) -> bytes:
    """Mutate values and lines."""
    return mutated_text(rng, b"".join(lines), ',:"')


def shuffled(rng: random.Random, lines: list[bytes]) -> bytes:
    """Swap lines, and leave some out."""
    rng.shuffle(lines)
    return b"".join(lines[: rng.randrange(1, 6)])


def torn(rng: random.Random, lines: list[bytes]) -> bytes:
    """End anywhere, as a crash does, with zeros where a disk leaves some."""
    whole = b"".join(lines)
    return whole[: rng.randrange(len(whole) + 1)] + bytes(rng.choice((0, 0, 9)))


def resealed(rng: random.Random, lines: list[bytes]) -> bytes:
    """Put something else in the place of a member, and make the hash right."""
    i = rng.randrange(len(lines))
    members = json.loads(lines[i])
    members.pop("sha256")
    members[rng.choice((*members, "new"))] = value(rng)
    try:
        text = json.dumps(members, sort_keys=True, separators=(",", ":"))
        members["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):  # no JSON
        return as_text(rng, lines)
    lines[i] = text.encode() + b"\n"
    return b"".join(lines)


def with_a_costly_line(rng: random.Random, lines: list[bytes]) -> bytes:
    """Put in a line of many or of large things."""
    number = b'{"sequence":' + rng.choice((*NUMBERS, "9" * 100_000)).encode() + b"}"
    many = rng.choice((b"[", b'{"a":', b"0,", b'"', b"\\", b"\x00")) * rng.choice((9, 300_000))
    lines.insert(rng.randrange(len(lines) + 1), rng.choice((number, many)) + b"\n")
    return b"".join(lines)


WAYS = (as_bytes, as_text, shuffled, torn, resealed, resealed, with_a_costly_line)


def check(case: Case, folder: Path) -> str:
    """Check one log, then repair, append and rotate: a refusal leaves the file as it was."""
    path = folder / "audit.jsonl"
    path.write_bytes(case.content)
    report = sl.check_audit(path)
    assert is_safe(str(report))
    assert report.n_lines == len(case.content.removesuffix(b"\n").split(b"\n")) * bool(case.content)
    verify(path, report)
    repair(path, report)
    append(path, random.Random(case.content))  # noqa: S311 - the same for the same file
    return "intact" if report.intact else "damaged"


def verify(path: Path, report: sl.AuditReport) -> None:
    """Verification raises where the report has something, and nothing else."""
    try:
        assert sl.verify_audit(path) == report.n_lines
    except sl.FormatError as error:
        wrong = report.problems[0]
        assert str(error).startswith(wrong[:200])  # noqa: PT017 - no pytest here
        assert is_safe(str(error))  # noqa: PT017 - the same
    else:
        assert report.intact


def repair(path: Path, report: sl.AuditReport) -> None:
    """Repair takes out what is torn at the end, a line or some that are blank, and nothing else."""
    before = path.read_bytes()
    try:
        cut = sl.AuditLog(path).repair()
    except sl.FormatError:
        assert path.read_bytes() == before
        return
    assert path.read_bytes().startswith(before.removesuffix(cut))
    torn = len(cut.removesuffix(b"\n").split(b"\n")) * bool(cut)
    assert sl.check_audit(path).n_problems == report.n_problems - torn


def append(path: Path, rng: random.Random) -> None:
    """Append, which makes nothing worse, and rotate."""
    before, damaged = path.read_bytes(), sl.check_audit(path).n_problems
    log, older = sl.AuditLog(path), path.with_name("older.jsonl")
    try:
        log.append("event", {"value": value(rng), rng.choice(TEXTS): 1})
    except (TypeError, ValueError):
        assert path.read_bytes() == before
        return
    assert path.read_bytes().startswith(before)
    assert sl.check_audit(path).n_problems == damaged
    older.unlink(missing_ok=True)
    log.rotate(older)
    assert sl.check_audit([older, path]).n_problems == damaged


if __name__ == "__main__":
    sys.exit(main("audit", make, check))
