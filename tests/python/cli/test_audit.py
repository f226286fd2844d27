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
