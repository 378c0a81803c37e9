"""Sending out the units of a sweep, to workers of Dask, on this machine or on a cluster.

Workers keep what they do in the folder; the driver only hands out what is missing. Few tasks are
out at a time, so that its memory does not grow with the sweep.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...scenarios.errors import BadInput, shown
from ...scenarios.sweeping import Sweep
from ..findings import asked, precision_of
from ..means import check_memory
from ..run import threads_of
from .plan import Plan, Shard
from .report import Report, report_of
from .store import Row, compact, done, held, keep, open_folder, plan_of
from .unit import Stopped, Task, code, work

if TYPE_CHECKING:
    from distributed import Client, Future

AHEAD = 4
"""Tasks out at a time, for each worker: enough that nobody waits, few enough to forget."""

TRIES = 3
"""How often a task is sent out whose worker dies again and again (each time Dask tries as well)."""

LOOK = 10.0
"""Seconds after which it is looked how many workers there are: more may have come."""

ANSWER = 10.0
"""Seconds within which a scheduler has to answer."""

Told = Callable[..., None]
"""Told of progress: what is being done, how much of it, of how much, and how much failed."""


def sweep(
    *words: str,
    out: str | Path = "sweep",
    scheduler: str = "",
    workers: int = 0,
    shard: str = "",
    retry: bool = False,
    config_dir: str | Path | None = None,
    config_name: str = "config",
    told: Told | None = None,
) -> Report | None:
    """Run all settings that `words` mean, in Hydra's sweep syntax, and keep them in a folder.

    What is done already is not done again: the same words in the same folder go on from there.
    `scheduler`: the address of a Dask scheduler; without one `workers` processes are started here,
    0 for one per core. `shard`, i/n: do this part only, and report None. `retry`: run again what
    failed. Call it under `if __name__ == "__main__":`, as workers are processes. Raises BadInput.
    """
    told = told or (lambda what, count, total, failed=0: None)
    part = Shard.read(shard) if shard else Shard()
    folder = Path(out).resolve()
    kept = plan_of(folder)
    swept = Sweep(words, config_dir, config_name)
    plan = Plan(swept, partial(told, "checking points"))
    if kept:
        plan.check(kept)
    workers = workers or threads_of(plan.first)
    if not scheduler:
        check_memory(plan.people, workers, "cluster.workers", workers)
    with _writable(folder), held(folder, shard):
        if kept is None or set(kept["points"]) != set(plan.identities):
            open_folder(folder, plan.record())
        rows = done(folder)
        missing = {unit for unit, row in rows.items() if not (retry and row["error"])}
        del rows
        with contextlib.ExitStack() as closing:
            crew = Crew(scheduler, workers, folder, closing)
            worlds = _all_rounds(plan, missing, part, crew, told)
        if shard:
            return None
        rows = done(folder)
        told("putting together", 0, 1)
        compact(folder, list(rows.values()))
        return report_of(plan, worlds, rows, folder)


def _all_rounds(
    plan: Plan, finished: set[str], part: Shard, crew: Crew, told: Told
) -> dict[int, int]:
    """Run what is missing, look by look; returns how many worlds each point has in the end."""
    worlds: dict[int, int] = {}
    unsure = list(range(plan.sweep.size))
    for look in plan.rounds():
        worlds |= dict.fromkeys(unsure, look)
        now = dict.fromkeys(unsure, look)
        count = sum(len(task.units) for task in plan.tasks(now, finished, part))
        if count:
            crew.run(plan.tasks(now, finished, part), count, told)
        if asked(plan.first):
            rows = done(crew.folder)
            finished |= rows.keys()
            unsure = [point for point in unsure if not sure(plan, point, look, rows)]
    return worlds


def sure(plan: Plan, number: int, worlds: int, rows: Mapping[str, Row]) -> bool:
    """Whether so many worlds give the precision that is asked for, of one point.

    A point of another shard, or with a unit that failed, is left as it is.
    """
    scenario = plan.sweep.scenario(plan.sweep.point(number))
    units = list(plan.units(scenario, worlds))
    equity = [[rows.get(unit, {}).get("equity", np.nan) for _, unit in one] for one in units]
    found = np.array(equity, dtype=float)
    return not np.isfinite(found).all() or bool(precision_of(scenario, found)["reached"])


class Crew:
    """Workers that do tasks; started with the first one, so that nothing starts in vain."""

    def __init__(
        self, scheduler: str, workers: int, folder: Path, closing: contextlib.ExitStack
    ) -> None:
        self.scheduler = scheduler
        self.workers = workers
        self.folder = folder
        self._closing = closing
        self._client: Client | None = None

    def run(self, tasks: Iterator[Task], total: int, told: Told) -> None:
        """Do all tasks and tell of it. Raises BadInput where nothing more can be kept."""
        from distributed import as_completed

        client = self.client()
        finished = failed = 0
        sent: dict[str, tuple[Task, int]] = {}

        def send(task: Task, tries: int = 1) -> Future:
            # A key of its own, as others may send the same unit for a folder of theirs.
            key = f"units-{secrets.token_hex(8)}"
            future = client.submit(work, task, str(self.folder), code(), key=key)
            sent[key] = task, tries
            return future

        told("sweeping", finished, total, failed)
        flying = as_completed([send(task) for task in itertools.islice(tasks, 1)])
        looked = -math.inf  # the first one compiles, for all who come after
        for future in flying:
            task, tries = sent.pop(future.key)
            lost = self._outcome(future, task, tries)
            if lost is None:
                flying.add(send(task, tries + 1))
                continue
            finished += len(task.units)
            failed += lost
            told("sweeping", finished, total, failed)
            if time.monotonic() - looked > LOOK:
                looked = time.monotonic()
                workers = max(1, sum(client.nthreads().values()))
            for new in itertools.islice(tasks, max(0, AHEAD * workers - len(sent))):
                flying.add(send(new))

    def _outcome(self, future: Future, task: Task, tries: int) -> int | None:
        """How many units of a task failed; None if it has to be sent again."""
        from distributed import KilledWorker

        try:
            failed: int = future.result()
        except Stopped as problem:
            raise BadInput(f"out: {problem}; what was done before is kept") from None
        except KilledWorker:
            if tries < TRIES:
                return None
            error = "its worker died each time, as for want of memory"
            keep(self.folder, [{"unit": unit, "error": error} for _, unit in task.units])
            return len(task.units)
        except Exception as problem:
            raise BadInput(
                f"cluster.scheduler: {shown(self.scheduler or 'this machine')} was lost "
                f"({type(problem).__name__}); what was done before is kept: run the same again"
            ) from None
        return failed

    def client(self) -> Client:
        """The connection to workers, started if there is none. Raises BadInput."""
        if self._client is None:
            import distributed

            for name in list(logging.root.manager.loggerDict):
                if name.startswith(distributed.__name__):  # what goes wrong is said once, by us
                    log = logging.getLogger(name)
                    self._closing.callback(log.setLevel, log.level)
                    log.setLevel(logging.CRITICAL + 1)
            self._client = self._connected() if self.scheduler else self._local()
        return self._client

    def _connected(self) -> Client:
        from distributed import Client

        try:
            client = self._closing.enter_context(Client(self.scheduler, timeout=ANSWER))
            threads = sum(client.nthreads().values())
        except (OSError, ValueError, TimeoutError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise BadInput(
                f"cluster.scheduler: {shown(self.scheduler)} does not answer ({reason[:80]}); "
                "allowed is the address of a running `dask scheduler`, as tcp://127.0.0.1:8786"
            ) from None
        if threads == 0:
            raise BadInput(
                f"cluster.scheduler: {shown(self.scheduler)} has no workers; start some with "
                f"`dask worker {self.scheduler} --nthreads 1`"
            )
        return client

    def _local(self) -> Client:
        import dask
        from distributed import Client, LocalCluster

        # Workers that somebody kills are replaced; nobody outside of this machine can reach them.
        dask.config.set({"distributed.admin.low-level-log-length": 100})  # kept in memory
        for attempt in range(TRIES):
            try:
                with _deaf():
                    cluster = LocalCluster(
                        n_workers=self.workers,
                        threads_per_worker=1,
                        host="127.0.0.1",
                        dashboard_address="127.0.0.1:0",
                        silence_logs=50,
                    )
                break
            except RuntimeError as error:  # one that dies before it has started is not replaced
                if attempt == TRIES - 1:
                    raise BadInput(
                        f"cluster.workers: {self.workers} processes do not start ({error}); "
                        "allowed are as many as this machine has means for"
                    ) from None
        self._closing.enter_context(cluster)
        return self._closing.enter_context(Client(cluster))


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started here do not hear Ctrl-C: it is the driver that stops them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Raise BadInput for whatever the disk refuses."""
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"out: {shown(str(folder))} cannot be written ({error.strerror or error}); what was "
            "done before is kept"
        ) from None
