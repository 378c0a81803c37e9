"""The compiled engine: people as one table of records, the passes as machine code over blocks.

The rules are data to the kernels: they are built by a factory from a `Rules` tuple; the default
ones are compiled once and kept on disk. Blocks have a fixed size and their totals are added in
order, so one thread or many give the same bits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..agents.accelerate import compiled
from ..agents.network import Graph
from ..agents.rules import Rules
from ..agents.state import Offer, Person, Said, Totals, World, fields, layout
from .generator import Draws, Key
from .month import passes
from .world import MONTHLY, world_layout

BLOCK = 4096
PERSON, SAID, OFFER, TOTALS = layout(Person), layout(Said), layout(Offer), layout(Totals)
COUNTS = tuple(fields(Totals))

Records = NDArray[np.void]


class Kernels(NamedTuple):
    """The passes over one block of people, compiled."""

    shop: Callable[..., None]
    serve: Callable[..., None]
    decide: Callable[..., None]


@functools.cache
def kernels(rules: Rules) -> Kernels:
    """Compile the passes made of these rules, or take them from the cache."""
    steps = passes(rules, Draws())
    shop_one, serve_one, decide_one = steps.shop, steps.serve, steps.decide

    def shop(people, worlds, offers, key, totals, low, high):  # type: ignore[no-untyped-def]
        for i in range(low, high):
            shop_one(people[i], offers, worlds[0], key, totals)

    def serve(people, worlds, offers, key, said, low, high):  # type: ignore[no-untyped-def]
        for i in range(low, high):
            serve_one(people[i], offers, worlds[0], key, said[i])

    def decide(  # type: ignore[no-untyped-def]
        people, worlds, offers, key, said, starts, neighbours, totals, low, high
    ):
        for i in range(low, high):
            decide_one(people[i], offers, worlds[0], key, said, starts, neighbours, totals)

    keep = rules == Rules()
    return Kernels(*(compiled(loop, keep=keep) for loop in (shop, serve, decide)))


class CompiledPeople:
    """Everybody in one table; implements the passes of `month.People`.

    `people` is changed in place. `pool` runs blocks side by side; None runs them in turn.
    """

    def __init__(
        self,
        people: Records,
        graph: Graph,
        key: Key,
        world: World,
        rules: Rules | None = None,
        pool: ThreadPoolExecutor | None = None,
    ) -> None:
        self.people = people
        self.graph = graph
        self.key = key
        self.pool = pool
        self.said = np.zeros(len(people), dtype=SAID)
        self.kernels = kernels(rules or Rules())
        self._worlds = world_record(world)
        blocks = range(0, len(people), BLOCK)
        self._blocks = [(low, min(low + BLOCK, len(people))) for low in blocks]

    def shop(self, offers: Sequence[Offer], world: World) -> list[Totals]:
        """Event 3, for everybody."""
        self._enter(offers, world)
        totals = self._totals(offers)
        self._run(
            lambda k, low, high: self.kernels.shop(
                self.people, self._worlds, self._offers, self.key, totals[k], low, high
            )
        )
        return added(totals)

    def serve(self, offers: Sequence[Offer], world: World) -> None:
        """Events 4 to 6, for everybody."""
        self._enter(offers, world)
        self._run(
            lambda k, low, high: self.kernels.serve(
                self.people, self._worlds, self._offers, self.key, self.said, low, high
            )
        )

    def decide(self, offers: Sequence[Offer], world: World) -> list[Totals]:
        """Events 7 to 9, for everybody."""
        totals = self._totals(offers)
        self._run(
            lambda k, low, high: self.kernels.decide(
                self.people,
                self._worlds,
                self._offers,
                self.key,
                self.said,
                self.graph.starts,
                self.graph.neighbours,
                totals[k],
                low,
                high,
            )
        )
        return added(totals)

    def columns(self) -> Records:
        """The table of everybody, as it stands."""
        return self.people

    def column(self, name: str) -> NDArray[Any]:
        """One field of everybody."""
        return self.people[name]

    def _enter(self, offers: Sequence[Offer], world: World) -> None:
        self._offers = records(offers, OFFER)
        for name in MONTHLY:
            self._worlds[name] = getattr(world, name)

    def _totals(self, offers: Sequence[Offer]) -> Records:
        return np.zeros((len(self._blocks), len(offers)), dtype=TOTALS)

    def _run(self, work: Callable[[int, int, int], None]) -> None:
        tasks = [(k, low, high) for k, (low, high) in enumerate(self._blocks)]
        if self.pool is None:
            for task in tasks:
                work(*task)
        else:
            list(self.pool.map(lambda task: work(*task), tasks))


def world_record(world: World) -> Records:
    """The world as a record, shape (1,)."""
    record = np.zeros(1, dtype=world_layout(world))
    for name in record.dtype.names or ():
        record[name] = getattr(world, name)
    return record


def records(objects: Sequence[Any], dtype: np.dtype[np.void]) -> Records:
    """Objects as records of the same fields."""
    names = dtype.names or ()
    return np.array([tuple(getattr(o, name) for name in names) for o in objects], dtype=dtype)


def added(totals: Records) -> list[Totals]:
    """Totals of all blocks by company, added in block order; shape (blocks, companies)."""
    sums = []
    for firm in range(totals.shape[1]):
        total = Totals()
        for name in COUNTS:
            column = totals[name][:, firm].tolist()
            setattr(total, name, sum(column[1:], column[0]))
        sums.append(total)
    return sums
