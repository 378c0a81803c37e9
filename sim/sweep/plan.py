"""What a sweep has to do: its points, each validated, and the units that are still missing.

A unit is one strategy in one world of one point. Its identity hashes all of its science, so that a
strategy which an axis does not touch lives once for all points along it.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...scenarios.errors import BadInput, shown
from ...scenarios.market import DATA
from ...scenarios.scenario import Scenario
from ...scenarios.sweeping import Point, Sweep
from ..findings import asked, looks
from .unit import Task, Unit, code, packed

TOGETHER = 4
"""Worlds of one task where they share the neutral market, or are soon done."""

SOON = 20_000.0
"""People times months below which handing out a unit by itself would cost too much beside it."""


class Shard(NamedTuple):
    """Part `number` of `total`, from 1: the tasks that one of several drivers does."""

    number: int = 1
    total: int = 1

    def has(self, place: int) -> bool:
        """Whether what stands at a place, from 0, belongs to this part."""
        return place % self.total == self.number - 1

    @classmethod
    def read(cls, text: str) -> Shard:
        """From `i/n`. Raises BadInput."""
        number, slash, count = text.partition("/")
        if slash and number.isdecimal() and count.isdecimal():
            found = cls(int(number), int(count))
            if 1 <= found.number <= found.total:
                return found
        raise BadInput(f"shard: got {shown(text)}, allowed is i/n with i from 1 to n, as in 2/3")


class Plan:
    """All points of a sweep, composed and validated. Raises BadInput for the first that is none.

    `told(done, total)` hears how many points have been looked at.
    """

    def __init__(self, sweep: Sweep, told: Callable[[int, int], None] | None = None) -> None:
        self.sweep = sweep
        self.identities: list[str] = []
        self.people = 0
        """Of the largest point."""
        self.data: dict[str, str] = {}
        self.looks: tuple[int, ...] = ()
        """How many worlds a point has at each look; one look, unless a precision is asked for."""
        self.most: list[int] = []
        """How many worlds each point may have: one of which nothing is drawn has no second one."""
        seen: dict[str, int] = {}
        for point in sweep.points():
            scenario = sweep.scenario(point)
            identity = scenario.identity()
            if identity in seen:
                raise BadInput(
                    f"points {seen[identity]} and {point.number} mean the same: "
                    f"{' '.join(point.words) or 'the default'}; of what changes no result, as "
                    "threads, one value is enough"
                )
            seen[identity] = point.number
            self.identities.append(identity)
            self.data |= data_of(scenario)
            self.people = max(self.people, scenario.population.size)
            its = tuple(looks(scenario))
            self.looks = max(self.looks, its, key=lambda them: them[-1] if them else 0)
            self.most.append(its[-1])
            if told:
                told(point.number + 1, sweep.size)
        self.first = sweep.scenario(next(sweep.points()))

    def record(self) -> dict[str, Any]:
        """What `sweep.json` says of it."""
        return {
            "program": "engagesim",
            "kind": "sweep",
            "words": list(self.sweep.words),
            "code": code(),
            "data": self.data,
            "axes": {axis.key: list(axis.values) for axis in self.sweep.axes},
            "points": self.identities,
        }

    def check(self, kept: Mapping[str, Any]) -> None:
        """Raise BadInput where a folder's plan is not this sweep, or one with fewer points."""
        if kept.get("kind") != "sweep":
            raise BadInput(
                f"out: the folder holds results of {shown(kept.get('kind'))}, not of a sweep; use "
                "a new folder (out=NAME)"
            )
        if set(kept["points"]) <= set(self.identities):
            if kept["code"] != code():
                raise BadInput(
                    "out: engagesim has changed since this sweep was begun, and units of two "
                    "versions do not mix; use a new folder (out=NAME), or the version of then"
                )
            return
        changed = [name for name, digest in self.data.items() if kept["data"].get(name) != digest]
        if kept["words"] == list(self.sweep.words) and changed:
            raise BadInput(f"out: {changed[0]} has changed since this sweep was begun; "
                           "use a new folder (out=NAME)")  # fmt: skip
        raise BadInput(
            f"out: the folder holds another sweep ({shown(' '.join(kept['words']))}); allowed is "
            "the same one, more values or more worlds of it, or a new folder (out=NAME)"
        )

    def tasks(
        self, worlds: Mapping[int, int], done: Collection[str], shard: Shard
    ) -> Iterator[Task]:
        """What is missing of the first so many worlds of each point, for one shard.

        Where worlds are sized by precision a point belongs to one shard, which lives all of its
        units; else a task does.
        """
        planned: set[str] = set()
        count = 0
        for point, scenario in self.points():
            whole = asked(scenario)
            if point.number not in worlds or (whole and not shard.has(point.number)):
                continue
            for task in tasks_of(scenario, range(worlds[point.number]), planned):
                left = tuple(unit for unit in task.units if unit.identity not in done)
                if left and (whole or shard.has(count)):
                    yield task._replace(units=left)
                count += 1

    def points(self) -> Iterator[tuple[Point, Scenario]]:
        """All points, with their scenarios."""
        for point in self.sweep.points():
            yield point, self.sweep.scenario(point)


def data_of(scenario: Scenario) -> dict[str, str]:
    """The files that a scenario reads, each with its checksum."""
    names = [scenario.network.file, *(getattr(scenario.population, name) for name in DATA)]
    return {
        name: hashlib.sha256(Path(name).read_bytes()).hexdigest()[:16] for name in names if name
    }


def units_of(scenario: Scenario, worlds: Sequence[int]) -> list[tuple[Unit, ...]]:
    """The units of a point, world by world, those of a world in the order of its strategies."""
    names = list(scenario.strategies)
    by_strategy = [scenario.identities(name, worlds) for name in names]
    return [
        tuple(Unit(world, name, own) for name, own in zip(names, ids, strict=True))
        for world, *ids in zip(worlds, *by_strategy, strict=True)
    ]


def tasks_of(scenario: Scenario, worlds: Sequence[int], planned: set[str]) -> Iterator[Task]:
    """A task for each world, or for a few that share their calibration or are soon done, with its
    units that are not planned yet; they are planned then."""
    sent = packed(scenario)
    each = float(scenario.population.size * scenario.horizon)
    together = 1 if scenario.uncertainty == "all" and each >= SOON else TOGETHER
    by_world = units_of(scenario, worlds)
    for first in range(0, len(by_world), together):
        units = itertools.chain.from_iterable(by_world[first : first + together])
        new = tuple(unit for unit in units if unit.identity not in planned)
        planned |= {unit.identity for unit in new}
        yield Task(sent, new, each)
