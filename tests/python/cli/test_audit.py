"""``slimline audit verify``: intact logs, broken ones, and ends that are missing."""

from __future__ import annotations

import json

import slimline as sl


def test_audit_verify(shell, tmp_path):
    log = sl.AuditLog(tmp_path / "audit.jsonl")
    log.append("started", {})
    newest = log.append("alarm", {"value": 1.5})
    facts = json.loads(shell.ok("audit", "verify", "audit.jsonl", "--json"))
    assert (facts["lines"], facts["end"]) == (2, "not checked")
    assert "as expected" in shell.ok("audit", "verify", "audit.jsonl", "--newest", newest)
    first, second = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(first)
    assert shell("audit", "verify", "audit.jsonl", "--newest", newest).returncode == 3
    log.path.write_bytes(second)
    done = shell("audit", "verify", "audit.jsonl")
    assert (done.returncode, done.stdout) == (3, "")
    assert "line 1" in done.stderr
    assert shell("audit", "verify", "missing.jsonl").returncode == 1
    assert "--newest <64" in shell.ok("audit", "verify", "--help")


def test_audit_verify_reports_every_damaged_line(shell, tmp_path):
    log = sl.AuditLog(tmp_path / "audit.jsonl")
    for i in range(5):
        log.append("event", {"i": i})
    lines = log.path.read_bytes().splitlines(keepends=True)
    lines[1], lines[3] = b"noise\n", b"\x1b[31m\n"
    log.path.write_bytes(b"".join(lines))
    done = shell("audit", "verify", "audit.jsonl")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 2
    for number in (2, 4):
        assert f"line {number}: " in done.stderr
    done = shell("audit", "verify", "audit.jsonl", "--json")
    facts = json.loads(done.stdout)
    assert (done.returncode, facts["intact"], facts["problems"]) == (3, False, 2)
    assert len(facts["first problems"]) == 2


def test_audit_repair_says_what_it_cut(shell, tmp_path):
    log = sl.AuditLog(tmp_path / "audit.jsonl")
    log.append("started", {})
    assert "nothing to repair" in shell.ok("audit", "repair", "audit.jsonl")
    with log.path.open("ab") as file:
        file.write(b'{"data":{"model":"\x1b[2J')
    done = shell("audit", "verify", "audit.jsonl")
    assert done.returncode == 3
    assert "slimline audit repair" in done.stderr
    text = shell.ok("audit", "repair", "audit.jsonl")
    assert r"\x1b[2J" in text
    assert "\x1b" not in text
    assert "2" in shell.ok("audit", "verify", "audit.jsonl")
    assert shell("audit", "repair", "missing").returncode == 1


def test_audit_rotate(shell, tmp_path):
    log = sl.AuditLog(tmp_path / "audit.jsonl")
    log.append("started", {})
    facts = json.loads(shell.ok("audit", "rotate", "audit.jsonl", "old.jsonl", "--json"))
    newest = ("--newest", facts["newest"])
    verified = shell.ok("audit", "verify", "old.jsonl", "audit.jsonl", *newest, "--json")
    assert json.loads(verified)["lines"] == 2
    assert "in an older file" in shell.ok("audit", "verify", "audit.jsonl", *newest)
    assert shell("audit", "rotate", "audit.jsonl", "old.jsonl").returncode == 1
    assert shell("audit", "rotate", "audit.jsonl", "no/old.jsonl").returncode == 1
