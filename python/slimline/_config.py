"""The installation: version, compiler, instruction sets and threads."""

from __future__ import annotations

import sys

from slimline import _core
from slimline._version import version


def config() -> dict[str, str]:
    """Version, compiler, instruction sets and threads, as short texts.

    Returns
    -------
    dict of str to str
        Keys: ``slimline``, ``python``, ``compiler``, ``isa available``, ``isa active`` and
        ``threads``.
    """
    return {
        "slimline": version,
        "python": sys.version.split()[0],
        "compiler": _core.compiler(),
        "isa available": ", ".join(_core.available_isas()),
        "isa active": _core.active_isa(),
        "threads": str(_core.available_threads()),
    }


def show_config() -> None:
    """Print version, compiler, instruction sets (available and active) and threads.

    The environment variable ``SLIMLINE_ISA`` forces an instruction set.

    Examples
    --------
    >>> import slimline as sl
    >>> sl.show_config()  # doctest: +ELLIPSIS
    slimline...
    """
    rows = config()
    width = max(map(len, rows))
    sys.stdout.writelines(f"{name:<{width}}  {text}\n" for name, text in rows.items())
