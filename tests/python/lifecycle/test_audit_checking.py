"""Checking audit logs: whatever stands in a line is reported, in bounded time and memory."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
import slimline as sl
from slimline.lifecycle._audit_lines import MAX_LINE, START, new_line


def sealed(**changes):
    """Return a line with the right hash, whatever its members are."""
    members = {"data": {}, "event": "e", "previous": START, "sequence": 0, "time": "now"} | changes
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    members["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode() + b"\n"


HOSTILE = {
    "previous is a list": sealed(previous=["\x1b[31m"]),
    "previous is long": sealed(previous="0" * 10**6),
    "sequence is a text": sealed(sequence="0"),
    "sequence is a bool": sealed(sequence=False),
    "sequence is negative": sealed(sequence=-1),
    "sequence is beyond all": sealed(sequence=2**64 - 1),
    "sequence of many digits": b'{"sequence":' + b"9" * 10**5 + b"}\n",
    "half a surrogate pair": sealed(event="\ud800"),
    "a key with half a pair": sealed(data={"\udc00": 1}),
    "deep": b"[" * 50_000 + b"]" * 50_000 + b"\n",
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"\n",
    "many values": b"[" + b"0," * 400_000 + b"0]\n",
    "not a number": sealed(data={"x": float("nan")}),
    "infinity": b'{"data":1e999}\n',
    "a key twice": b'{"data":1,"data":2}\n',
    "no JSON": b'{"data":\n',
    "no UTF-8": b"\xff\xfe\n",
    "NUL bytes": bytes(100) + b"\n",
    "an empty line": b"\n",
    "a number": b"5\n",
    "null": b"null\n",
    "another hash": sealed()[:-70] + b"0" * 64 + sealed()[-6:],
    "an unterminated text": b'"' + b"\\" * 10**6 + b"\n",
    "longer than a line": b"x" * (MAX_LINE + 1) + b"\n",
    "much longer than a line": b"x" * (3 * MAX_LINE) + b"\n",
    "no end": b"x" * 10,
    "no end, longer than a line": b"x" * (2 * MAX_LINE),
    "an end that is no line feed": sealed()[:-1] + b"\r\n",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_line_is_reported(hostile, tmp_path):
    path = tmp_path / "audit.jsonl"
    log = sl.AuditLog(path)
    log.append("started", {})
    whole = path.read_bytes()
    path.write_bytes(whole + hostile)
    report = sl.check_audit(path)
    assert report.n_problems == 1
    assert report.n_lines == 2
    assert report.problems[0].startswith(f"{str(path)!r}, line 2: ")
    assert len(report.problems[0]) < 1500
    assert "audit.jsonl" in str(report)
    assert str(report).replace("\n", "").isprintable()
    with pytest.raises(sl.FormatError, match="line 2"):
        sl.verify_audit(path)
    with pytest.raises(sl.FormatError):
        log.append("more", {})
    assert path.read_bytes() == whole + hostile


def test_lines_behind_a_damaged_one_are_checked_too(tmp_path):
    path = tmp_path / "audit.jsonl"
    log = sl.AuditLog(path)
    newest = [log.append("event", {"i": i}) for i in range(9)][-1]
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"i":2', b'"i":7')
    lines[4:6] = [b"noise\n"] * 150
    del lines[-2]
    path.write_bytes(b"".join(lines))
    report = sl.check_audit(path, newest=newest)
    assert not report.intact
    assert report.n_problems == 1 + 150 + 1
    assert len(report.problems) == 100
    assert report.newest == newest
    assert [problem.split(":")[0].split()[-1] for problem in report.problems[:2]] == ["3", "5"]
    with pytest.raises(sl.FormatError, match=r"line 3: .*sha256.*\(151 more\)"):
        sl.verify_audit(path)
    report = sl.check_audit(path, newest="ab")
    assert report.n_problems == 153


def test_lines_taken_from_the_beginning_are_noticed_but_for_a_rotation(tmp_path):
    path = tmp_path / "audit.jsonl"
    log = sl.AuditLog(path)
    for i in range(3):
        log.append("event", {"i": i})
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    assert sl.check_audit(path).n_problems == 1


def test_a_lie_about_the_first_line_is_no_beginning(tmp_path):
    line, _ = new_line("event", {}, {"sequence": 4, "sha256": "a" * 64})
    (tmp_path / "a.jsonl").write_bytes(line)
    with pytest.raises(sl.FormatError, match="number 5 after aaaaaaaaaaaa does not follow"):
        sl.verify_audit(tmp_path / "a.jsonl")


def test_a_large_hostile_log_takes_the_memory_of_two_lines(tmp_path):
    path = tmp_path / "audit.jsonl"
    costly = b"{" + b",".join(b'"%d":0' % i for i in range(100_000)) + b"}\n"
    path.write_bytes(b"\n" * 2**13 + costly + b"y" * 2**25)
    code = (
        "import sys, resource, slimline as sl\n"
        "sl.check_audit  # the modules\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "report = sl.check_audit(sys.argv[1])\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(report.n_lines, report.n_problems, after - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True
    )
    lines, problems, kilobytes = map(int, done.stdout.split())
    assert lines == problems == 2**13 + 2
    assert kilobytes < 150_000
