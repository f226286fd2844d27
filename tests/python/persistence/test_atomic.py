"""Whatever stops a save, the file is the old one or the new one, bit for bit."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from slimline.persistence import atomic, read_file, write_file

OLD = {"w": np.zeros(3)}
LARGE = {"w": np.random.default_rng(0).random(50_000)}
ROOM = 200_000  # bytes: for OLD, not for LARGE


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "x.slim"
    write_file(path, OLD, {"is": "old"})
    return path


def assert_untouched(path: Path) -> None:
    tensors, content = read_file(path)
    assert (tensors["w"].tolist(), content) == ([0, 0, 0], {"is": "old"})
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("step", ["open", "fchmod", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_failing_step(step: str, code: int, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(OSError, match=f"{os.strerror(code)}: {str(old)!r}$"):
            write_file(old, LARGE, {"is": "new"})
    assert_untouched(old)


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_interrupted_between_two_chunks(error: type[BaseException], old: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half of it"
        raise error

    with pytest.raises(error):
        atomic.replace_file(old, chunks(), mode=None)
    assert_untouched(old)


def mounted(directory: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(directory)]
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    return False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a directory that holds ROOM bytes: a memory file system, else files limited to that."""
    if mounted(tmp_path):
        yield tmp_path
        command = ["umount", str(tmp_path)]
        subprocess.run(command, check=True)
    else:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
        yield tmp_path
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk(small_disk: Path) -> None:
    path = small_disk / "x.slim"
    write_file(path, OLD, {"is": "old"})
    with pytest.raises(OSError, match=r"(No space left|File too large).*x\.slim'$"):
        write_file(path, LARGE, {"is": "new"})
    assert_untouched(path)


def test_limit_on_the_size_of_files(old: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_file(old, LARGE, {"is": "new"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_untouched(old)


def test_directory_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no such folder: '.*missing'"):
        write_file(tmp_path / "missing" / "x.slim", OLD, {})


def test_directory_that_refuses(public_path: Path) -> None:
    path = public_path / "x.slim"
    write_file(path, OLD, {"is": "old"})
    public_path.chmod(0o555)
    program = (
        "import os, sys; from slimline.persistence import write_file\n"
        "os.getuid() or os.setuid(65534)  # root writes everywhere\n"
        "try: write_file(sys.argv[1], {}, {})\nexcept PermissionError as error: print(error)"
    )
    command = [sys.executable, "-c", program, str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "its folder must be writable" in output
    assert output.endswith(f"{str(path)!r}\n")  # not by the name of the temporary file
    assert_untouched(path)


def test_what_is_not_replaced(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(FileExistsError, match="not a regular file"):
        write_file(fifo, OLD, {})
    with pytest.raises(IsADirectoryError):
        write_file(tmp_path, OLD, {})
    assert [p.name for p in tmp_path.iterdir()] == ["fifo"]
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_symbolic_link_is_followed(old: Path) -> None:
    link = old.parent / "elsewhere" / "link"
    link.parent.mkdir()
    link.symlink_to(old)
    write_file(link, {}, {"is": "new"})
    assert link.is_symlink()
    assert read_file(old)[1] == {"is": "new"}
    assert [p.name for p in link.parent.iterdir()] == ["link"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO])
def test_directory_without_fsync(code: int, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync = os.fsync

    def fsync_files_only(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(opened)

    monkeypatch.setattr(os, "fsync", fsync_files_only)
    expected: Any = contextlib.nullcontext()
    if code == errno.EIO:
        expected = pytest.raises(OSError, match=os.strerror(code))
    with expected:
        write_file(old, {}, {"is": "new"})
    assert read_file(old)[1] == {"is": "new"}


KILLER = """
import os, random, signal, sys, time
from pathlib import Path
import numpy as np
from slimline.persistence import write_file

path, tries = Path(sys.argv[1]), int(sys.argv[2])
states = [({"w": np.full(n, n / 7)}, {"is": str(n)}) for n in (20_000, 30_000)]
files = []
start = time.perf_counter()
for tensors, content in states:
    write_file(path, tensors, content)
    files.append(path.read_bytes())
both = time.perf_counter() - start  # kills fall anywhere in two saves, on slow disks as well

random.seed(0)
seen = []
for _ in range(tries):
    ready, started = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(started, b"x")
        while True:
            for tensors, content in states:
                write_file(path, tensors, content)
    os.read(ready, 1)
    time.sleep(random.uniform(0, both))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(ready)
    os.close(started)
    seen.append(files.index(path.read_bytes()))  # a ValueError unless it is one of the two
print(len(seen))
"""


def test_killed_while_saving(tmp_path: Path) -> None:
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLER, str(tmp_path / "x.slim"), "200"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.split() == ["200"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
@pytest.mark.parametrize("umask", [0, 0o22, 0o77])
def test_a_new_file_is_private_from_its_first_byte(mode: int, umask: int, tmp_path: Path) -> None:
    seen = []

    def chunks() -> Iterator[bytes]:
        for _ in range(3):
            (temporary,) = tmp_path.iterdir()
            seen.append(stat.S_IMODE(temporary.stat().st_mode))
            yield b"part"

    before = os.umask(umask)
    try:
        atomic.replace_file(tmp_path / "x", chunks(), mode=mode)
    finally:
        os.umask(before)
    assert len(seen) == 3
    assert not any(bits & 0o077 for bits in seen)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode


def test_a_replaced_private_file_stays_private_while_it_is_written(old: Path) -> None:
    old.chmod(0o600)

    def chunks() -> Iterator[bytes]:
        for path in old.parent.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        yield b"all of it"

    atomic.replace_file(old, chunks(), mode=None)
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("mode", "error", "message"),
    [
        (-1, ValueError, "at most 0o777 and let the owner read, got -1$"),
        (0, ValueError, "got 0$"),
        (True, TypeError, "permissions such as 0o600, or None, got True"),
        ("0600", TypeError, "got '0600'"),
        (0o600 + 0.0, TypeError, "got 384.0"),
        (600, ValueError, "got 600; write 0o600 for the permissions 600"),
        (644, ValueError, "write 0o644"),
        (400, ValueError, "got 400, which is 0o620; did you mean 0o400"),
        (440, ValueError, "got 440, which is 0o670; did you mean 0o440"),
        (0o1777, ValueError, "at most 0o777"),
        (0o200, ValueError, "let the owner read"),
        (0o606 - 0o002 + 0o070, ValueError, "no one more than the owner"),
    ],
)
def test_permissions_that_are_mistakes(
    mode: Any, error: type[Exception], message: str, old: Path
) -> None:
    with pytest.raises(error, match=message):
        write_file(old, LARGE, {}, mode=mode)
    assert_untouched(old)


def test_permissions_of_any_integer_type(tmp_path: Path) -> None:
    write_file(tmp_path / "x", OLD, {}, mode=np.int64(0o640))  # type: ignore[arg-type]
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640
