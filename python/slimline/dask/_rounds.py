"""Rounds on a cluster: one pure task per partition, then a reduction in a fixed tree.

The tree follows from the number of partitions alone, and every task is a pure function of its
arguments. So results have the same bits for any number of workers and any order of the tasks, and
dask may repeat the tasks of a lost worker. State that the client keeps between rounds is sent as
the argument of a task, which can be repeated too; data that a client scatters cannot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import dask
import distributed
from dask.sizeof import sizeof

from slimline._collections import FAN_IN

Value = TypeVar("Value")

POLL_SECONDS = 5.0
NO_WORKER_SECONDS = 60.0
SMALL = 8192  # bytes


class Rounds:
    """The rounds of a fit on a cluster."""

    def __init__(self, client: distributed.Client, patience: float = NO_WORKER_SECONDS) -> None:
        self._client = client
        self._patience = patience

    def hold(self, value: Any) -> Any:
        """Put a value on the cluster, such that it can be computed again if it is lost.

        Small values stay here and are sent with each task that takes them, which saves a request.
        """
        if sizeof(value) <= SMALL:
            return value
        with (
            self._asking(),
            dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}),
        ):
            return self._client.submit(_same, value, pure=False)

    def compute(
        self, task: Callable[..., Any], blocks: Sequence[tuple[Any, ...]]
    ) -> list[distributed.Future]:
        """Run ``task(number, *block)`` on delayed blocks, which need not be kept."""
        lazy = dask.delayed(task, pure=False, traverse=False)
        tasks = [lazy(number, *block) for number, block in enumerate(blocks)]
        with self._asking():
            return list(self._client.compute(tasks))

    def each(
        self, task: Callable[..., Any], *lists: Sequence[Any], **shared: Any
    ) -> list[distributed.Future]:
        """Run ``task`` once for every entry of the lists; ``shared`` may hold futures."""
        with self._asking():
            return list(self._client.map(task, *lists, pure=False, **shared))

    def merge(
        self, merge: Callable[[list[Any]], Any], futures: Sequence[distributed.Future]
    ) -> distributed.Future:
        """Merge all in one task."""
        with self._asking():
            return self._client.submit(merge, list(futures), pure=False)

    def reduce(
        self, futures: Sequence[distributed.Future], merge: Callable[[list[Any]], Any]
    ) -> distributed.Future:
        """Merge, in their order, eight at a time."""
        level = list(futures)
        while True:
            groups = [level[i : i + FAN_IN] for i in range(0, len(level), FAN_IN)]
            level = [self.merge(merge, group) for group in groups]
            if len(level) == 1:
                return level[0]

    def result(self, future: distributed.Future) -> Any:
        """Wait for one result; any failure becomes one error, and no wait is unlimited."""
        return self.results([future])[0]

    def results(self, futures: Sequence[distributed.Future]) -> list[Any]:
        """Wait for results, in the order of the futures."""
        futures = list(futures)
        self._wait(futures)
        try:
            with self._asking():
                return list(self._client.gather(futures))
        except distributed.KilledWorker as error:
            msg = (
                "the fit was ended: workers died again and again on one task, as they do when a"
                f" partition does not fit into their memory: {error}"
            )
            raise RuntimeError(msg) from error

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn the many exceptions of a lost client or task into one error."""
        try:
            yield
        except distributed.CancelledError as error:
            raise RuntimeError(_CANCELLED) from error
        except Exception as error:
            if self._client.status == "running":
                raise
            raise RuntimeError(_CANCELLED) from error

    def _wait(self, futures: list[distributed.Future]) -> None:
        """Wait until all are done or one has failed; raise if there are no workers."""
        seen = time.monotonic()
        pending, pause = futures, min(POLL_SECONDS, self._patience)
        while pending:
            try:
                with self._asking(), self._client.as_current():
                    done = distributed.wait(pending, pause, return_when="FIRST_COMPLETED")
                seen = time.monotonic()
                if any(future.status != "finished" for future in done.done):
                    return
                pending = list(done.not_done)
            except TimeoutError:
                if self._has_workers():
                    seen = time.monotonic()
                elif time.monotonic() - seen > self._patience:
                    msg = f"the fit was ended: the cluster had no worker for {self._patience:g} s"
                    raise RuntimeError(msg) from None

    def _has_workers(self) -> bool:
        with self._asking():
            return bool(self._client.scheduler_info()["workers"])


_CANCELLED = "the fit was ended: one of its tasks was cancelled, or its client or cluster closed"


def _same(value: Value) -> Value:
    return value
