"""Measuring all facts that are asked for: what is built in once, all else in many worlds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from ...scenarios.scenario import Scenario
from ..doubt import draw, uncertain
from ..run import threads_of
from .fact import Fact, Kind
from .laboratory import Laboratory, Scale, Setup
from .request import Request
from .verdict import Influence, Judged, influences, judge, judge_once

ANY = "any"
"""The market of a fact that needs none of its own."""


class Unit(NamedTuple):
    """Work of one thread: the facts of a kind in one market and world."""

    market: str
    scenario: Scenario
    world: int
    kind: Kind


class Measured(NamedTuple):
    """A fact in one market and world: a value per band, and how long it took."""

    number: str
    market: str
    world: int
    values: tuple[float, ...]
    seconds: float


class Row(NamedTuple):
    """One figure of a fact in one market, judged."""

    fact: Fact
    measure: int
    """Which of the fact's bands."""
    market: str
    judged: Judged
    depends: tuple[Influence, ...]
    values: tuple[float, ...]
    """By world."""


@dataclass(frozen=True)
class Validation:
    """What was found of all facts. `seconds`: of work, by number and market."""

    scenarios: Mapping[str, Scenario]
    scale: Scale
    rows: tuple[Row, ...]
    seconds: Mapping[tuple[str, str], float]

    @property
    def verified(self) -> bool:
        """Whether all that is built in is as it should be."""
        return not any(row.judged.verdict == "failed" for row in self.rows)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per figure and market, in order of the facts; nothing that depends on a clock."""
        return pd.DataFrame([_plain(row) for row in self.rows])


def _plain(row: Row) -> dict[str, Any]:
    band = row.fact.bands[row.measure]
    return {
        "number": row.fact.number, "fact": row.fact.title, "kind": row.fact.kind,
        "market": row.market, "measure": band.name, "unit": band.unit,
        "low": band.low, "high": band.high, **row.judged._asdict(),
        "worlds": sum(not math.isnan(value) for value in row.values),
        "depends": "; ".join(f"{name} {r:+.2f}" for name, r in row.depends),
        "basis": row.fact.basis, "quantity": row.fact.quantity, "remark": row.fact.remark,
    }  # fmt: skip


def validate(request: Request, *, progress: Callable[[int, int], None] | None = None) -> Validation:
    """Measure the facts of a request. `progress(done, total)` is told of finished worlds.

    The numbers do not depend on threads.
    """
    units = list(units_of(request))
    first = next(iter(request.scenarios))
    found: list[Measured] = []
    compiled_first(units[0])
    if progress:
        progress(0, len(units))
    threads = threads_of(units[0].scenario)
    # One more than cores: while one waits for the interpreter, another computes.
    pool = ThreadPoolExecutor(threads + 1 if threads > 1 else 1)
    try:
        tasks = [pool.submit(measure, request, unit, unit.market == first) for unit in units]
        for done, task in enumerate(as_completed(tasks)):
            found += task.result()
            if progress:
                progress(done + 1, len(units))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    found.sort(key=lambda one: one.world)
    return Validation(
        request.scenarios, request.scale, tuple(rows_of(request, found)), seconds_of(found)
    )


def units_of(request: Request) -> list[Unit]:
    """What is to be done, the longest first."""
    units = []
    kinds = {one.kind for one in request.facts}
    if "verification" in kinds:
        for market, scenario in request.scenarios.items():
            known = scenario.model_copy(update={"uncertainty": "none", "worlds": 1})
            units.append(Unit(market, known, 0, "verification"))
    if "validation" in kinds:
        for world in range(request.scale.worlds):
            for market, scenario in request.scenarios.items():
                units.append(Unit(market, scenario, world, "validation"))
    return units


def compiled_first(unit: Unit) -> None:
    """Compile the kernels once, before threads ask for them side by side."""
    scale = Scale(worlds=1, people=10, many=10)
    Laboratory(unit.market, unit.scenario, 0, scale).run("none", Setup(10, 1))


def measure(request: Request, unit: Unit, first: bool) -> list[Measured]:
    """All facts of a unit, from shared lives. Facts of no market are measured in the first."""
    laboratory = Laboratory(unit.market, unit.scenario, unit.world, request.scale)
    found = []
    for one in request.facts:
        anywhere = one.where == "anywhere"
        if one.kind != unit.kind or not one.is_told_of(unit.scenario.market):
            continue
        if anywhere and (not first or unit.world % 2):  # by luck alone: half of the worlds will do
            continue
        begun = time.perf_counter()
        values = one.values(laboratory)
        took = time.perf_counter() - begun
        market = ANY if anywhere else unit.market
        found.append(Measured(one.number, market, unit.world, values, took))
    return found


def rows_of(request: Request, found: Sequence[Measured]) -> list[Row]:
    """Every figure judged, in order of the facts."""
    inputs = {
        market: drawn_inputs(scenario, request.scale.worlds)
        for market, scenario in request.scenarios.items()
    }
    inputs[ANY] = pd.DataFrame(index=range(request.scale.worlds))  # such facts differ by luck alone
    rows = []
    for one in request.facts:
        mine = {
            market: [m.values for m in found if m.number == one.number and m.market == market]
            for market in inputs
        }
        for place, band in enumerate(one.bands):
            for market, by_world in mine.items():
                if not by_world:
                    continue
                values = tuple(measured[place] for measured in by_world)
                once = one.kind == "verification"
                judged = judge_once(band, values[0]) if once else judge(band, values)
                depends = () if once else influences(values, inputs[market])
                rows.append(Row(one, place, market, judged, depends, values))
    return rows


def drawn_inputs(scenario: Scenario, worlds: int) -> pd.DataFrame:
    """What was drawn: one row per world, one column per uncertain number."""
    names = [one.name for one in uncertain(scenario)]
    drawn = [draw(scenario, world) for world in range(worlds)]
    return pd.DataFrame([[numbers.get(name, math.nan) for name in names] for numbers in drawn],
                        columns=names)  # fmt: skip


def seconds_of(found: Sequence[Measured]) -> dict[tuple[str, str], float]:
    """Work by fact and market; what facts share is charged to the first that needs it."""
    seconds: dict[tuple[str, str], float] = {}
    for one in found:
        key = (one.number, one.market)
        seconds[key] = seconds.get(key, 0.0) + one.seconds
    return seconds
