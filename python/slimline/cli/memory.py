"""Whether data fit into this machine's memory, checked before they are allocated."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

# Limits of the process's group, as version 2 and 1 of cgroups write them.
_GROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_MEBIBYTE = 2**20


def most_bytes() -> int:
    """Bytes that this process can have at most: of the machine, its group, its own limit."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in _GROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # "max" is none
            limits.append(int(path.read_text(encoding="ascii")))
    own, _ = resource.getrlimit(resource.RLIMIT_AS)
    if own != resource.RLIM_INFINITY:
        limits.append(own)
    return min(limits)


def check_fits(what: str, n_bytes: int) -> None:
    """Raise ValueError where ``what`` takes more bytes than there can be."""
    most = most_bytes()
    if n_bytes > most:
        msg = (
            f"{what} would take {n_bytes // _MEBIBYTE:,} MiB, and this process can have at most "
            f"{most // _MEBIBYTE:,}"
        )
        raise ValueError(msg)
