"""Audit logs: every change of a line, lines that are missing, and writers side by side."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import slimline as sl
from slimline.lifecycle import audit


@pytest.fixture
def log(tmp_path):
    log = sl.AuditLog(tmp_path / "audit.jsonl")
    log.append("trained", {"rows": 5, "text": "ä"})
    log.append("deployed", {"model": "ab"})
    log.append("alarm", {"value": 0.5})
    return log


def test_lines_are_chained_json(log):
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [line["sequence"] for line in lines] == [0, 1, 2]
    assert [line["event"] for line in lines] == ["trained", "deployed", "alarm"]
    assert lines[0]["data"] == {"rows": 5, "text": "ä"}
    assert [line["previous"] for line in lines[1:]] == [line["sha256"] for line in lines[:-1]]
    assert sl.verify_audit(log.path) == 3
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_every_changed_byte_and_every_length_is_found(log):
    whole = log.path.read_bytes()
    newest = json.loads(whole.splitlines()[-1])["sha256"]
    for position in range(len(whole)):
        log.path.write_bytes(
            whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
        )
        with pytest.raises(sl.FormatError, match=r"line [123]"):
            sl.verify_audit(log.path)
        log.path.write_bytes(whole[:position])
        with pytest.raises(sl.FormatError):
            sl.verify_audit(log.path, newest=newest)


def test_lines_taken_out_put_in_or_swapped_are_found(log):
    a, b, c = log.path.read_bytes().splitlines(keepends=True)
    for lines in ([b, c], [a, c], [a, c, b], [a, a, b], [a, b, b, c]):
        log.path.write_bytes(b"".join(lines))
        with pytest.raises(sl.FormatError, match="does not follow"):
            sl.verify_audit(log.path)


def test_lines_missing_at_the_end_are_found_by_the_newest_hash(log):
    newest = log.append("alarm", {})
    assert sl.verify_audit(log.path, newest=newest) == 4
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:-1]))
    assert sl.verify_audit(log.path) == 3
    with pytest.raises(sl.FormatError, match="newest line must have"):
        sl.verify_audit(log.path, newest=newest)


def test_nothing_is_appended_to_what_is_no_log(log):
    for end in (b"x", b"\n", b"{}\n", b"\xff\n"):
        whole = log.path.read_bytes()
        log.path.write_bytes(whole + end)
        with pytest.raises(sl.FormatError):
            log.append("more", {})
        assert log.path.read_bytes() == whole + end
        log.path.write_bytes(whole)


def test_a_line_that_cannot_be_written_leaves_the_log_whole(log, monkeypatch):
    before = log.path.read_bytes()

    def half(file, line):
        file.write(line[: len(line) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audit, "_write_all", half)
    with pytest.raises(OSError, match="No space"):
        log.append("more", {})
    assert log.path.read_bytes() == before


def test_what_a_line_cannot_hold(log):
    with pytest.raises(TypeError):
        log.append("array", {"x": np.zeros(3)})
    with pytest.raises(ValueError, match="1,048,576 bytes"):
        log.append("long", {"x": "y" * 2**20})
    with pytest.raises(ValueError, match="JSON"):
        log.append("infinite", {"x": float("inf")})
    assert sl.verify_audit(log.path) == 3


def test_threads_and_processes_side_by_side(tmp_path):
    path = tmp_path / "shared.jsonl"
    code = (
        "import sys, slimline as sl\n"
        "for i in range(20): sl.AuditLog(sys.argv[1]).append('p', {'i': i})"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: sl.AuditLog(path).append("t", {"i": i}), range(40)))
    assert [process.wait(60) for process in others] == [0, 0]
    assert sl.verify_audit(path) == 80


def test_a_monitor_writes_its_alarms(tmp_path):
    log = sl.AuditLog(tmp_path / "audit.jsonl")
    X = np.random.default_rng(0).normal(size=(2000, 2))
    model = sl.convert(sl.LinearSVC(C=0.01).fit(X, X[:, 0] > 0))
    monitor = sl.Monitor(model, X, audit=log, window=500)
    alarms = monitor.observe(X[:500] + 3)
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["monitor started", *["alarm"] * len(alarms)]
    assert lines[-1]["data"]["model"] == model.sha256
    assert sl.verify_audit(log.path) == 1 + len(alarms)
