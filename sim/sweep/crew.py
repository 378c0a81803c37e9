"""Workers that do tasks: processes of Dask, on this machine or on a cluster.

Workers keep what they do in the folder; the driver only hands out what is missing. Few tasks are
out at a time, so that its memory does not grow with the job. The first one compiles; a few more say
how long the job takes, and whether it may; then come the others.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import multiprocessing
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...scenarios.errors import BadInput, shown
from ..means import needed
from .request import Where
from .store import keep
from .unit import Lived, Stopped, Task, code, work

if TYPE_CHECKING:
    from distributed import Client, Future

AHEAD = 4
"""Tasks out at a time, for each worker: enough that nobody waits, few enough to forget."""

TRIES = 3
"""How often a unit is sent out whose worker dies again and again (each time Dask tries as well)."""

LOOK = 10.0
"""Seconds after which it is looked how many workers there are: more may have come."""

ANSWER = 10.0
"""Seconds within which a scheduler has to answer."""


QUIET = {
    "distributed.admin.low-level-log-length": 100,  # kept in memory
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.active-memory-manager.start": False,
}
"""Dask looks at itself fifty times a second, which takes 5 % of a core; so it takes 1 %."""


class Estimate(NamedTuple):
    """What a job will take, as its first tasks say: `people` in the largest of its worlds."""

    units: int
    seconds: float
    workers: int
    people: int

    @property
    def sentence(self) -> str:
        """`10,240 units on 2 processes: about 35 min, 1.2 GB of memory`."""
        hours = self.seconds / 3600.0
        time = f"{hours:,.0f} hours" if hours >= 10.0 else f"{hours:.1f} hours"
        if hours < 1.5:
            time = f"{60.0 * hours:.0f} min" if hours > 1.0 / 60.0 else f"{self.seconds:.0f} s"
        many = "es" * (self.workers != 1)
        memory = needed(self.people, self.workers, self.workers) / 1e9
        return (
            f"{self.units:,} units on {self.workers} process{many}: about {time}, "
            f"{memory:,.1f} GB of memory"
        )


class Told:
    """Whom a job tells how it goes, and asks. This one keeps silent and keeps to the rules."""

    def __call__(self, what: str, count: int, total: int, failed: int = 0) -> None:
        """What is being done, how much of it, of how much, and how much failed."""

    def allowed(self, estimate: Estimate, within: bool) -> bool:
        """Whether to go on with a job that takes so long; `within` the hours that it may."""
        return within


class Load(NamedTuple):
    """How much there is to do: units, and people times months over them."""

    units: int
    work: float

    @classmethod
    def of(cls, tasks: Iterator[Task]) -> Load:
        """Of all these tasks."""
        units, work = 0, 0.0
        for task in tasks:
            units, work = units + len(task.units), work + task.work
        return cls(units, work)


def in_charge() -> None:
    """End this process where it is a worker to be, that came here by a script's own main module.

    Workers import the script that starts them. Without `if __name__ == "__main__":` each of them
    would start all of it again; so they end silently, and the driver says why none started.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        sys.exit(1)


class Crew:
    """Workers that do tasks; started with the first one, so that nothing starts in vain."""

    def __init__(
        self, where: Where, folder: Path, people: int, closing: contextlib.ExitStack
    ) -> None:
        self.where = where
        self.inside = 0.0
        """Seconds that workers have spent on tasks."""
        self.folder = folder
        self.people = people
        self._closing = closing
        self._client: Client | None = None
        self._estimated = False
        self._ended = 0
        self._pace = math.inf

    def run(self, tasks: Iterator[Task], load: Load, told: Told, whole: float = 1.0) -> None:
        """Do all tasks and tell of it. Raises BadInput where nothing more can be kept.

        `whole`: how many times as much is to come in all, for the estimate of time.
        """
        from distributed import as_completed

        if whole == 1.0:  # all of it is known now
            self._estimated = False
        client = self.client()
        finished = failed = 0
        sent: dict[str, tuple[Task, int]] = {}

        def send(task: Task, tries: int = 1) -> Future:
            # A key of its own, as others may send the same unit for a folder of theirs.
            key = f"units-{secrets.token_hex(8)}"
            future = client.submit(work, task, str(self.folder), code(), key=key)
            sent[key] = task, tries
            return future

        told("sweeping", finished, load.units, failed)
        flying = as_completed([send(task) for task in itertools.islice(tasks, 1)])
        looked = -math.inf
        for future in flying:
            task, tries = sent.pop(future.key)
            lived = self._outcome(future, task, tries)
            if lived is None:
                parts = task.alone()
                for part in parts:
                    flying.add(send(part, tries + 1 if len(parts) == 1 else 1))
                continue
            self._ended += 1
            finished += len(task.units)
            failed += lived.failed
            self.inside += lived.seconds
            told("sweeping", finished, load.units, failed)
            if time.monotonic() - looked > LOOK:
                looked = time.monotonic()
                workers = self._workers(client)
            if not lived.failed:
                self._pace = min(self._pace, lived.seconds / task.work)
            if self._ended > 2 * workers and self._pace < math.inf and not self._estimated:
                seconds = self._pace * load.work * whole / workers
                units = round(load.units * whole)
                self._allow(Estimate(units, seconds, workers, self.people), told)
            room = AHEAD * workers if self._estimated else workers
            for new in itertools.islice(tasks, max(0, room - len(sent))):
                flying.add(send(new))

    def _allow(self, estimate: Estimate, told: Told) -> None:
        """Raise BadInput where a job takes longer than it may."""
        self._estimated = True
        within = estimate.seconds <= 3600.0 * self.where.hours
        if not told.allowed(estimate, within):
            raise BadInput(
                f"cluster.hours: {estimate.sentence}, allowed are {self.where.hours:g} hours; "
                "allow more (cluster.hours=N), or take fewer worlds, people or settings; what was "
                "done is kept"
            )

    def _outcome(self, future: Future, task: Task, tries: int) -> Lived | None:
        """What came of a task; None if it has to be sent again, each unit by itself."""
        from distributed import KilledWorker

        try:
            lived: Lived = future.result()
        except Stopped as problem:
            raise BadInput(f"out: {problem}; what was done before is kept") from None
        except KilledWorker:
            if tries < TRIES or len(task.units) > 1:
                return None
            error = "its worker died each time, as for want of memory"
            keep(self.folder, [{"unit": unit, "error": error} for unit in task.identities])
            return Lived(len(task.units), 0.0)
        except Exception as problem:
            raise self._lost(problem) from None
        return lived

    def _workers(self, client: Client) -> int:
        try:
            return max(1, int(sum(client.nthreads().values())))
        except OSError as problem:
            raise self._lost(problem) from None

    def _lost(self, problem: Exception) -> BadInput:
        return BadInput(
            f"cluster.scheduler: {shown(self.where.scheduler or 'this machine')} was lost "
            f"({type(problem).__name__}); what was done before is kept: run the same again"
        )

    def client(self) -> Client:
        """The connection to workers, started if there is none. Raises BadInput."""
        if self._client is None:
            import distributed

            for name in list(logging.root.manager.loggerDict):
                if name.startswith(distributed.__name__):  # what goes wrong is said once, by us
                    log = logging.getLogger(name)
                    self._closing.callback(log.setLevel, log.level)
                    log.setLevel(logging.CRITICAL + 1)
            self._client = self._connected() if self.where.scheduler else self._local()
        return self._client

    def _connected(self) -> Client:
        from distributed import Client

        try:
            client = self._closing.enter_context(Client(self.where.scheduler, timeout=ANSWER))
            threads = sum(client.nthreads().values())
        except (OSError, ValueError, TimeoutError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise BadInput(
                f"cluster.scheduler: {shown(self.where.scheduler)} does not answer "
                f"({reason[:80]}); allowed is the address of a running `dask scheduler`, as tcp://127.0.0.1:8786"
            ) from None
        if threads == 0:
            raise BadInput(
                f"cluster.scheduler: {shown(self.where.scheduler)} has no workers; start some with "
                f"`dask worker {self.where.scheduler} --nthreads 1`"
            )
        return client

    def _local(self) -> Client:
        import dask
        from distributed import Client, LocalCluster

        # Workers that somebody kills are replaced; nobody outside of this machine can reach them.
        self._closing.enter_context(dask.config.set(QUIET))
        for attempt in range(TRIES):
            try:
                with _deaf():
                    cluster = LocalCluster(
                        n_workers=self.where.workers,
                        threads_per_worker=1,
                        host="127.0.0.1",
                        dashboard_address="127.0.0.1:0",
                        silence_logs=50,
                    )
                break
            except RuntimeError as error:  # one that dies before it has started is not replaced
                if attempt == TRIES - 1:
                    raise BadInput(
                        f"cluster.workers: {self.where.workers} processes do not start ({error}); "
                        "allowed are as many as this machine has means for, from a script that "
                        'calls under `if __name__ == "__main__":`'
                    ) from None
        self._closing.enter_context(cluster)
        try:
            return self._closing.enter_context(Client(cluster))
        except OSError as problem:
            raise self._lost(problem) from None


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
