"""What a sweep costs beside the simulation, and how it does beside Mesa's own way of sweeping."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from ...scenarios.scenario import Scenario
from ...scenarios.sweeping import Sweep
from ..model import Model
from ..run import threads_of
from .crew import Crew, Load, Told
from .driver import sweep
from .plan import Plan, Shard
from .request import Where
from .store import done, open_folder

UNITS = (
    "population.size=500", "horizon=12", "worlds=40", "costs.programme=range(0.5,3,0.1)",
    "strategy=[none]",
)  # fmt: skip
"""1,000 units of about a tenth of a second, each with a world of its own to calibrate."""

SMALL = ("population.size=500", "horizon=12", "worlds=10", "costs.programme=range(0.5,1,0.1)")
"""A hundred units that Mesa can live as well: five points, ten worlds, two strategies."""


class Bench(NamedTuple):
    """Figures of a sweep: `inside`, the share of the cores' time that was spent inside the
    simulation while units ran, and `inside_all` of all of it; `driver`, seconds of a core a unit in
    the driver, Dask's scheduler in it; `point`, seconds to compose and validate one; `memory`,
    bytes a unit that the driver grew by; `again`, seconds to run `units` over that are done.
    The same sweep of a hundred small units, in seconds: by `mesa.batch_run`, by a sweep with Mesa's
    engine, and with the compiled one."""

    units: int
    workers: int
    inside: float
    inside_all: float
    driver: float
    point: float
    memory: float
    again: float
    batch_run: float
    mesa: float
    compiled: float


class Batch(Model):
    """What `mesa.batch_run` makes: one strategy in one world at one price."""

    def __init__(self, price: float, world: int, strategy: str) -> None:
        import mesa

        from ...scenarios.compose import scenario

        super().__init__(scenario(*SMALL[:-1], f"costs.programme={price}"), strategy, world=world)
        self.datacollector = mesa.DataCollector({"customers": "customers_now"})

    @property
    def customers_now(self) -> int:
        """Customers at the end of the last month."""
        return self.course.months[-1].totals.alive

    def step(self) -> None:
        """Live one month, and note how many customers there are."""
        super().step()
        self.datacollector.collect(self)


def measure(scenario: Scenario) -> Bench:
    """Sweep, time it, and sweep small ones three ways; a few minutes."""
    workers = threads_of(scenario)
    with tempfile.TemporaryDirectory() as home:
        crew_words = f"cluster.workers={workers}"
        small = partial(sweep, *SMALL, crew_words)
        small(f"out={home}/first")  # what is compiled is kept on this machine
        compiled = _timed(lambda: small(f"out={home}/compiled"))
        own = _timed(lambda: small("engine=mesa", f"out={home}/mesa"))
        batch = _timed(lambda: _batch_run(workers))
        folder = Path(home) / "units"
        began = time.perf_counter()
        with _crew(folder, workers) as (crew, plan, point):
            load = Load.of(plan.tasks(_worlds(plan), (), Shard()))
            me = psutil.Process()
            memory, cpu, start = me.memory_info().rss, time.process_time(), time.perf_counter()
            crew.run(plan.tasks(_worlds(plan), (), Shard()), load, Told())
            running = time.perf_counter() - start
            driver = (time.process_time() - cpu) / load.units
            grown = (me.memory_info().rss - memory) / load.units
        sweep(*UNITS, crew_words, f"out={folder}")
        whole = time.perf_counter() - began
        again = _timed(lambda: sweep(*UNITS, crew_words, f"out={folder}"))
        assert len(done(folder)) == load.units
    return Bench(
        load.units, workers, crew.inside / running / workers, crew.inside / whole / workers, driver,
        point, grown, again, batch, own, compiled,
    )  # fmt: skip


@contextlib.contextmanager
def _crew(folder: Path, workers: int) -> Iterator[tuple[Crew, Plan, float]]:
    """Workers that are there already, and what is to be done."""
    with contextlib.ExitStack() as closing:
        swept = Sweep(UNITS)
        began = time.perf_counter()
        plan = Plan(swept)
        point = (time.perf_counter() - began) / swept.size
        open_folder(folder, plan.record())
        crew = Crew(Where(workers=workers), folder, plan.people, closing)
        crew.client()
        yield crew, plan, point


def _worlds(plan: Plan) -> dict[int, int]:
    return dict.fromkeys(range(plan.sweep.size), plan.first.worlds)


def _timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def _batch_run(processes: int) -> None:
    from mesa.batchrunner import batch_run

    prices = [0.5, 0.6, 0.7, 0.8, 0.9]
    batch_run(
        Batch,
        {"price": prices, "world": range(10), "strategy": ["points_only", "flywheel"]},
        number_processes=processes,
        max_steps=11,
        display_progress=False,
    )


def show(bench: Bench) -> None:
    """Print the figures, those that were asked for beside them."""
    table = Table(title=f"a sweep of {bench.units:,} units, {bench.workers} processes",
                  title_justify="left")  # fmt: skip
    for name in ("", "measured", "asked for"):
        table.add_column(name, justify="left" if not name else "right")
    for words, measured, asked in (
        ("cores' time inside the simulation, while units run", f"{bench.inside:.0%}", "80%"),
        ("the same, with start, checks and tables", f"{bench.inside_all:.0%}", ""),
        ("driver and scheduler, a unit", f"{1e3 * bench.driver:.1f} ms", "5 ms"),
        ("composing and validating, a point", f"{1e3 * bench.point:.1f} ms", ""),
        ("driver's memory, a unit", f"{bench.memory / 1e3:.1f} kB", ""),
        ("all of it again, units done", f"{bench.again:.1f} s", ""),
        ("100 small units: mesa.batch_run", f"{bench.batch_run:.0f} s", ""),
        ("100 small units: a sweep, Mesa's engine", f"{bench.mesa:.0f} s", ""),
        ("100 small units: a sweep, compiled", f"{bench.compiled:.0f} s", ""),
    ):
        table.add_row(words, measured, asked)
    Console().print(table)
