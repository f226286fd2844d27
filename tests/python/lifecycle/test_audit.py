"""Audit logs: every change of a line, lines that are missing, and writers side by side."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import slimline as sl
from slimline.lifecycle import audit
from slimline.persistence.strict_json import MAX_KEYS, MAX_VALUES


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


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


ITSELF = {}
ITSELF["me"] = ITSELF

# What Python's json writes and the strict reader refuses, or what nothing can write.
UNREADABLE = {
    "an integer beyond 64 bits": {"x": 2**64},
    "a negative one": {"x": -(2**63) - 1},
    "an integer of many digits": {"x": 10**5000},
    "levels": {"x": nested(31)},
    "levels beyond the stack": {"x": nested(100_000)},
    "keys": {str(i): 0 for i in range(MAX_KEYS)},
    "values": {"x": [0] * (MAX_VALUES + 1)},
    "commas in a text": {"x": "," * (MAX_VALUES + 1)},
    "an infinite number": {"x": float("-inf")},
    "half a surrogate pair": {"x": "\ud800"},
    "a key with half a pair": {"\udfff": 1},
    "keys that are the same text": {1: "a", "1": "b"},
    "itself": ITSELF,
    "bytes": {"x": b"y"},
    "a list of pairs": [("x", 1)],
    "more than a line": {"x": "y" * 2**20},
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_back_is_not_written(log, data):
    before = log.path.read_bytes()
    with pytest.raises((TypeError, ValueError), match=r"data must") as raised:
        log.append("event", data)
    assert type(raised.value) in {TypeError, ValueError}
    assert len(str(raised.value)) < 1200
    assert log.path.read_bytes() == before
    log.append("more", {})
    assert sl.verify_audit(log.path) == 4


READABLE = {
    "the largest integers": {"x": [2**64 - 1, -(2**63)]},
    "30 levels": {"x": nested(30)},
    "many values": {"x": [0] * (MAX_VALUES - 9)},
    "numbers as keys, which sort as texts": {10: "a", 9: "b", None: "c", True: "d"},
    "a tuple": {"x": (1, 2)},
    "any other text": {"x": "\x00\x1b\u202e\U0001f600\n\\"},
    "floats": {"x": [-0.0, 5e-324, 1.7976931348623157e308, 0.1]},
}


@pytest.mark.parametrize("data", READABLE.values(), ids=READABLE)
def test_what_can_be_read_back_is_written(log, data):
    log.append("event", data)
    log.append("more", {})
    assert sl.verify_audit(log.path) == 5


def test_the_longest_line_can_be_read_back_and_one_byte_more_is_refused(log):
    log.append("event", {"x": ""})
    room = 2**20 - len(log.path.read_bytes().splitlines(keepends=True)[-1])
    with pytest.raises(ValueError, match="1,048,576 bytes, got 1,048,577"):
        log.append("event", {"x": "y" * (room + 1)})
    log.append("event", {"x": "y" * room})
    log.append("more", {})
    assert sl.verify_audit(log.path) == 6


def test_events_are_texts_and_not_those_of_the_log_itself(log):
    with pytest.raises(TypeError, match="event must be a text, got int"):
        log.append(5, {})
    for event in ("repaired", "rotated"):
        with pytest.raises(ValueError, match="event must not be"):
            log.append(event, {})


def test_what_a_line_cannot_hold(log):
    with pytest.raises(TypeError):
        log.append("array", {"x": np.zeros(3)})
    with pytest.raises(ValueError, match="1,048,576 bytes"):
        log.append("long", {"x": "y" * 2**20})
    with pytest.raises(ValueError, match="JSON"):
        log.append("infinite", {"x": float("inf")})
    assert sl.verify_audit(log.path) == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_write_that_is_interrupted_leaves_the_log_whole(log, monkeypatch, error):
    before = log.path.read_bytes()

    def interrupted(_):
        raise error

    monkeypatch.setattr(audit.os, "fsync", interrupted)
    with pytest.raises(error):
        log.append("more", {})
    assert log.path.read_bytes() == before


def test_a_log_that_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", "/dev/zero"):
        with pytest.raises(sl.FormatError, match="not a regular file"):
            sl.AuditLog(path).append("more", {})
    for path in (tmp_path / "fifo", "/dev/zero", tmp_path):
        with pytest.raises(sl.FormatError, match="not a regular file"):
            sl.verify_audit(path)


def test_repair_cuts_every_torn_line_and_says_what_it_was(log):
    whole = log.path.read_bytes()
    log.append("torn", {"model": "cd", "text": "\x1b\u202e"})
    line = log.path.read_bytes()[len(whole) :]
    for length in (*range(1, 12), *range(12, len(line), 9), len(line) - 1):
        log.path.write_bytes(whole + line[:length])
        with pytest.raises(sl.FormatError, match="torn line"):
            log.append("more", {})
        assert sl.check_audit(log.path).n_problems == 1
        assert log.repair() == line[:length]
        assert log.path.read_bytes().startswith(whole)
        assert sl.verify_audit(log.path) == 4
    said = json.loads(log.path.read_text().splitlines()[-1])
    assert said["event"] == "repaired"
    assert said["data"]["cut"] == line[:-1].decode()
    assert said["data"]["cut_bytes"] == len(line) - 1
    assert said["data"]["cut_sha256"] == hashlib.sha256(line[:-1]).hexdigest()
    log.append("more", {})
    assert sl.verify_audit(log.path) == 5


@pytest.mark.parametrize("blank", [b"\n", b"\r\n \n", b"\t"])
def test_blank_lines_at_the_end_are_repaired(log, blank):
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + blank)
    with pytest.raises(sl.FormatError, match=r"torn line.*repair"):
        log.append("more", {})
    assert log.repair() == blank
    assert log.path.read_bytes().startswith(whole)
    assert sl.verify_audit(log.path) == 4


def test_what_is_no_audit_log_is_named(tmp_path):
    other = sl.AuditLog(tmp_path / "notes.txt")
    other.path.write_bytes(b"a line\nanother\n")
    for action in (lambda: other.append("more", {}), other.repair, lambda: other.rotate("old")):
        with pytest.raises(
            sl.FormatError, match=r"notes\.txt': the last line is not one of an audit"
        ):
            action()
    assert other.path.read_bytes() == b"a line\nanother\n"


def test_repair_of_what_a_crash_leaves_on_disks(log, tmp_path):
    whole = log.path.read_bytes()
    for torn in (bytes(4096), b'{"data":{"x":"' + b"\xff" * 900_000, b'{"data":' + b"," * 2**20):
        log.path.write_bytes(whole + torn[: 2**20])
        assert log.repair() == torn[: 2**20]
        assert sl.verify_audit(log.path) == 4
    first = sl.AuditLog(tmp_path / "first.jsonl")
    first.path.write_bytes(b'{"da')
    assert first.repair() == b'{"da'
    assert sl.verify_audit(first.path) == 1


def test_repair_leaves_alone_what_no_crash_makes(log, tmp_path):
    whole = log.path.read_bytes()
    assert log.repair() == b""
    for end in (b"x", b"{}\n", b'{"data":{}}\n{"d', b'{"data":' + b"x" * 2**20):
        log.path.write_bytes(whole + end)
        with pytest.raises(sl.FormatError):
            log.repair()
        assert log.path.read_bytes() == whole + end
    (tmp_path / "notes.txt").write_text("my notes, on one line")
    with pytest.raises(sl.FormatError):
        sl.AuditLog(tmp_path / "notes.txt").repair()
    with pytest.raises(FileNotFoundError):
        sl.AuditLog(tmp_path / "missing").repair()


def test_a_repair_that_fails_leaves_the_torn_line(log, monkeypatch):
    torn = log.path.read_bytes() + b'{"data":{"long":"' + b"x" * 999
    log.path.write_bytes(torn)

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audit.os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        log.repair()
    assert log.path.read_bytes() == torn


def test_rotation_goes_on_with_number_and_hash(log, tmp_path):
    log.path.chmod(0o640)
    old = log.path.read_bytes()
    older = [tmp_path / "audit-1.jsonl", tmp_path / "audit-2.jsonl"]
    log.rotate(older[0])
    assert older[0].read_bytes() == old
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o640
    first = json.loads(log.path.read_text())
    assert first["event"] == "rotated"
    assert first["data"] == {"file": "audit-1.jsonl", "lines": 3}
    assert (first["sequence"], first["previous"]) == (3, json.loads(old.splitlines()[-1])["sha256"])
    log.append("more", {})
    log.rotate(older[1])
    newest = log.append("more", {})
    files = [*older, log.path]
    assert sl.verify_audit(files, newest=newest) == 7
    assert sl.check_audit(files).follows is None
    assert sl.check_audit(files[1:]).follows == first["previous"]
    assert [sl.verify_audit(path) for path in files] == [3, 2, 2]
    for wrong in (files[::-1], [files[0], files[2]], [files[0], files[0]]):
        with pytest.raises(sl.FormatError, match="does not follow"):
            sl.verify_audit(wrong)


def test_rotation_overwrites_nothing_and_needs_a_whole_log(log, tmp_path):
    before = log.path.read_bytes()
    taken = tmp_path / "taken"
    taken.write_text("x")
    with pytest.raises(FileExistsError):
        log.rotate(taken)
    empty = sl.AuditLog(tmp_path / "empty.jsonl")
    empty.path.touch()
    with pytest.raises(ValueError, match="got none"):
        empty.rotate(tmp_path / "b")
    log.path.write_bytes(before + b'{"data"')
    with pytest.raises(sl.FormatError, match="repair it first"):
        log.rotate(tmp_path / "b")
    assert taken.read_text() == "x"
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_rotation_that_is_stopped_can_be_done_again(log, tmp_path, monkeypatch, error):
    before, older = log.path.read_bytes(), tmp_path / "audit-1.jsonl"

    def stopped(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(audit, "replace_file", stopped)
        with pytest.raises(error):
            log.rotate(older)
    assert not older.exists()
    assert log.path.read_bytes() == before
    os.link(log.path, older)  # as far as it was when the power went
    log.append("more", {})
    log.rotate(older)
    assert sl.verify_audit([older, log.path]) == 5


def test_rotation_through_a_link(log, tmp_path):
    link = tmp_path / "link.jsonl"
    link.symlink_to(log.path)
    sl.AuditLog(link).rotate(tmp_path / "older.jsonl")
    assert link.is_symlink()
    assert sl.verify_audit([tmp_path / "older.jsonl", link]) == 4


def test_threads_append_while_the_log_is_rotated(tmp_path):
    path = tmp_path / "shared.jsonl"
    log = sl.AuditLog(path)
    log.append("first", {})
    older = [tmp_path / f"older-{i}.jsonl" for i in range(10)]
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(log.append, "t", {"i": i}) for i in range(60)]
        for to in older:
            log.rotate(to)
        assert all(each.result() for each in done)
    assert sl.verify_audit([*older, path]) == 71


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


@pytest.mark.filterwarnings("ignore:overflow")
def test_what_a_monitor_finds_can_always_be_written(tmp_path):
    log = sl.AuditLog(tmp_path / "audit.jsonl")
    X = np.random.default_rng(0).normal(size=(2000, 2))
    model = sl.convert(sl.LinearSVR(C=0.1).fit(X, X[:, 0]))
    names = ("a" * 2**21, "b")  # longer than any line
    model = replace(model, input=replace(model.input, feature_names=names))
    monitor = sl.Monitor(model.with_reference(X, X[:, 0]), audit=log, window=np.int64(500))
    assert monitor.observe(X[:500] + 3)
    with pytest.raises(ValueError, match="within float32"):  # whose mean loss would be infinite
        monitor.add_labels(np.full(500, 1e308), np.zeros(500))
    (alarm,) = monitor.add_labels(np.full(500, 3e38), np.zeros(500))
    last = json.loads(log.path.read_text().splitlines()[-1])
    assert last["data"]["value"] == alarm.value == pytest.approx(3e38)
    assert "aaa ... (2,097,152 characters) ... aaa" in log.path.read_text()
    assert sl.verify_audit(log.path) >= 3
