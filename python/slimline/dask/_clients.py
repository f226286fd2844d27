"""Which cluster computes: the caller's, the current one, or one inside this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import distributed

from slimline import _core


@contextmanager
def connected(client: Any) -> Iterator[distributed.Client]:
    """Yield ``client``, by default the current one, else one of a cluster made for this block.

    The cluster made here lives in threads of this process: the core releases the GIL, no row is
    copied between processes, and scripts need no ``__main__`` guard. What exceeds its memory is
    spilled to disk.
    """
    if client is not None:
        if not isinstance(client, distributed.Client):
            msg = f"client must be a distributed.Client or None, got {type(client).__name__}"
            raise TypeError(msg)
        if client.asynchronous:
            msg = "client must not be asynchronous: fit returns when it is done"
            raise ValueError(msg)
        yield client
        return
    try:
        current = distributed.get_client()
    except ValueError:
        current = None
    if current is not None:
        yield current
        return
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=_core.available_threads(),
            processes=False,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        distributed.Client(cluster) as own,
    ):
        yield own
