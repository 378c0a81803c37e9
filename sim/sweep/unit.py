"""What a worker does: the strategies of one point in a world or a few, lived and kept.

It knows no driver: what it did is in the folder before anybody is told, so that a driver which is
gone by then loses nothing.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import time
import zlib
from pathlib import Path
from typing import NamedTuple

from ...agents.rules import Rules
from ...scenarios.errors import BadInput
from ...scenarios.market import DATA
from ...scenarios.scenario import Scenario
from ..calibration import Neutral, calibrate
from ..course import begin
from ..doubt import draw, lived_in
from ..individuals import segments, standings
from ..run import run
from .store import PLAN, Row, keep

FILES = (("network", "file"), *(("population", name) for name in DATA))
"""Settings that name files."""


class Unit(NamedTuple):
    """One strategy in one world, and its identity."""

    world: int
    strategy: str
    identity: str


class Task(NamedTuple):
    """The units of one point that a worker is to do, those of one world side by side."""

    scenario: bytes
    """As `packed`."""
    units: tuple[Unit, ...]
    each: float
    """People times months of a unit."""
    by_segment: bool = False
    """Whether to keep what customers came to by segment as well."""

    @property
    def work(self) -> float:
        """People times months."""
        return self.each * len(self.units)

    def alone(self) -> list[Task]:
        """Each of its units as a task of its own."""
        return [self._replace(units=(unit,)) for unit in self.units]

    @property
    def identities(self) -> list[str]:
        """The identities of the units."""
        return [unit.identity for unit in self.units]


class Lived(NamedTuple):
    """What came of a task: how many of its units failed, and the seconds it took."""

    failed: int
    seconds: float


class Stopped(Exception):
    """Why no unit can be kept here at all: a full disk, a folder out of reach, other code."""


def packed(scenario: Scenario) -> bytes:
    """A scenario to be sent: small, made once for all worlds of a point, and with whole paths, as
    workers may stand elsewhere."""
    tree = scenario.model_dump(mode="json")
    for group, key in FILES:
        if tree[group][key]:
            tree[group][key] = str(Path(tree[group][key]).resolve())
    return zlib.compress(json.dumps(tree).encode(), 1)


@functools.lru_cache(maxsize=4)
def unpacked(sent: bytes) -> Scenario:
    """The same scenario again."""
    return Scenario.model_validate_json(zlib.decompress(sent))


@functools.cache
def code() -> str:
    """Checksum of all that decides results: the sources of agents, scenarios and simulation."""
    root = Path(__file__).parent.parent.parent
    digest = hashlib.sha256()
    for part in ("agents", "scenarios", "sim"):
        for source in sorted((root / part).rglob("*.py")):
            digest.update(source.relative_to(root).as_posix().encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def work(task: Task, folder: str, planned_code: str) -> Lived:
    """Live the units of a task and keep them. A unit that fails is kept with its error.

    Raises Stopped.
    """
    began = time.perf_counter()
    place = Path(folder)
    if code() != planned_code:
        raise Stopped("a worker runs other code than the driver; install the same engagesim on all")
    if not (place / PLAN).exists():
        raise Stopped(f"a worker does not see the folder {folder}; allowed is one that all share")
    rows = lived(task)
    try:
        keep(place, rows)
    except OSError as error:
        raise Stopped(f"{folder} cannot be written ({error.strerror or error})") from None
    failed = sum(1 for row in rows if row["error"])
    return Lived(failed, time.perf_counter() - began)


def lived(task: Task) -> list[Row]:
    """The units of a task, each with its metrics or its error."""
    rules, rows = Rules(), []
    for world, units in itertools.groupby(task.units, lambda unit: unit.world):
        try:
            start = begin(unpacked(task.scenario), world, rules, _neutral(task.scenario))
        except Exception as problem:
            rows += [_failed(unit, problem) for unit in units]
            continue
        for unit in units:
            try:
                chosen = start.scenario.strategies[unit.strategy]
                lives = run(start, unit.strategy, chosen, rules)
                found = dict(lives.summary)
                if task.by_segment:
                    found |= standings(segments(start.scenario, start.people), lives)
            except Exception as problem:
                rows.append(_failed(unit, problem))
            else:
                metrics = {name: float(value) for name, value in found.items()}
                rows.append({"unit": unit.identity, "error": "", **metrics})
    return rows


def _failed(unit: Unit, problem: Exception) -> Row:
    told = " ".join(str(problem).split())
    return {
        "unit": unit.identity,
        "error": told if isinstance(problem, BadInput) else repr(problem),
    }


@functools.lru_cache(maxsize=1)
def _neutral(sent: bytes) -> Neutral | None:
    """The neutral market, where it is the same in all worlds."""
    scenario = unpacked(sent)
    if scenario.uncertainty == "all":
        return None
    numbers = draw(scenario, 0)
    return calibrate(lived_in(scenario, numbers), numbers, Rules())
