"""How fast this machine runs the model: both engines on the same scenario, in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from ..agents.rules import Rules
from ..agents.state import World
from ..scenarios.scenario import Scenario
from .calibration import calibrate
from .course import Course, Start, begin, revised
from .doubt import draw, lived_in
from .kernel import PERSON, SAID, CompiledPeople
from .model import Model
from .run import threads_of

SIZES = (10_000, 100_000, 1_000_000)
MONTHS = 12


@dataclass(frozen=True)
class Bench:
    """Customer-months per second, by who ran them."""

    ratio_size: int
    mesa: float
    compiled: float
    threads: int
    by_size: dict[int, float]

    @property
    def ratio(self) -> float:
        """Compiled, one thread, over Mesa, at `ratio_size` people."""
        return self.compiled / self.mesa

    @property
    def bytes_per_person(self) -> int:
        """Bytes of state per person, network left out."""
        return PERSON.itemsize + SAID.itemsize


def measure(
    scenario: Scenario, *, sizes: tuple[int, ...] = SIZES, ratio_size: int = 20_000
) -> Bench:
    """Time the month on both engines, and the compiled one from size to size.

    The first strategy of the scenario in world 0; after a warm-up month each, best of three for the
    compiled engine, one month for Mesa.
    """
    rules = Rules()
    numbers = draw(scenario, 0)
    neutral = calibrate(lived_in(scenario, numbers), numbers, rules)

    def start_of(size: int) -> Start:
        population = scenario.population.model_copy(update={"size": size})
        return begin(revised(scenario, population=population, checks=False), 0, rules, neutral)

    name, strategy = next(iter(scenario.strategies.items()))
    start = start_of(ratio_size)
    model = Model.at(start, name, strategy, rules)
    mesa = _speed(ratio_size, 1, model.step, repeat=1)
    compiled = _speed(ratio_size, MONTHS, _course(start, rules, None))
    threads = threads_of(scenario)
    by_size = {}
    with ThreadPoolExecutor(threads) as pool:
        for size in sizes:
            by_size[size] = _speed(size, MONTHS, _course(start_of(size), rules, pool))
    return Bench(ratio_size, mesa, compiled, threads, by_size)


def _course(start: Start, rules: Rules, pool: ThreadPoolExecutor | None) -> Callable[[], object]:
    world = World(**vars(start.neutral.world))
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, world, rules, pool)
    name, strategy = next(iter(start.scenario.strategies.items()))
    return Course(start, name, strategy, engine).step


def _speed(people: int, months: int, step: Callable[[], object], repeat: int = 3) -> float:
    step()
    best = float("inf")
    for _ in range(repeat):
        begun = time.perf_counter()
        for _ in range(months):
            step()
        best = min(best, time.perf_counter() - begun)
    return people * months / best


def show(bench: Bench) -> None:
    """Print the figures."""
    table = Table(title="customer-months per second", title_justify="left")
    table.add_column("engine")
    table.add_column("people", justify="right")
    table.add_column("threads", justify="right")
    table.add_column("per second", justify="right")
    table.add_column("ns each", justify="right")
    rows = [
        ("mesa", bench.ratio_size, 1, bench.mesa),
        ("compiled", bench.ratio_size, 1, bench.compiled),
    ]
    rows += [("compiled", size, bench.threads, speed) for size, speed in bench.by_size.items()]
    for engine, people, threads, speed in rows:
        table.add_row(engine, f"{people:,}", str(threads), f"{speed:,.0f}", f"{1e9 / speed:,.0f}")
    console = Console()
    console.print(table)
    console.print(
        f"compiled / mesa: {bench.ratio:,.0f} times; "
        f"{bench.bytes_per_person} bytes per person plus network"
    )
