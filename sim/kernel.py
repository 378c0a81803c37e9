"""The compiled engine: people as one table of records, the passes as machine code over blocks.

The rules are data to the kernels: they are built by a factory from a `Rules` tuple; the default
ones are compiled once and kept on disk. Blocks have a fixed size and their totals are added in
order, so one thread or many give the same bits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..agents.accelerate import borrowed, compiled, expect
from ..agents.network import Graph
from ..agents.rules import Rules
from ..agents.rules.journey import stage
from ..agents.state import Offer, Person, Said, Totals, World, fields, layout
from .generator import Draws, Key
from .ledger import note_cohort
from .month import passes
from .world import MONTHLY, world_layout

BLOCK = 4096
AHEAD = 4
"""How many people before their turn memory is asked for a person."""

PERSON, SAID, OFFER, TOTALS = layout(Person), layout(Said), layout(Offer), layout(Totals)
COUNTS = tuple(fields(Totals))
WHOLE = tuple(name for name, (kind, _) in fields(Totals).items() if kind is int)
"""Totals that are whole numbers; in the record they come first, and all have 8 bytes."""

Records = NDArray[np.void]


class Kernels(NamedTuple):
    """The passes over blocks of people, compiled; `tend` is shop, serve, or both in turn."""

    tend: Callable[..., None]
    decide: Callable[..., None]


BOTH, SHOP, SERVE = 0, 1, 2


@functools.cache
def kernels(rules: Rules) -> Kernels:
    """Compile the passes made of these rules, or take them from the cache."""
    steps = passes(rules, Draws())
    shop_one, serve_one, decide_one = steps.shop, steps.serve, steps.decide

    def tend(  # type: ignore[no-untyped-def]
        people, worlds, offers, key, visited, said, signs, totals, which, first, last
    ):
        offers, totals = borrowed(offers), borrowed(totals)
        for block in range(first, last):
            end = min(len(people), (block + 1) * BLOCK)
            for i in range(block * BLOCK, end):
                soon = min(i + AHEAD, end - 1)
                if visited[soon]:
                    expect(people, soon)
                if visited[i]:
                    if which != SERVE:
                        shop_one(people[i], offers, worlds[0], key, totals[block])
                    if which != SHOP:
                        signs[i] = serve_one(people[i], offers, worlds[0], key, said[i])

    def decide(  # type: ignore[no-untyped-def]
        people, worlds, offers, key, visited, said, signs, starts, neighbours, totals, cohorts,
        first, last,
    ):  # fmt: skip
        offers, totals, said, signs = (
            borrowed(offers), borrowed(totals), borrowed(said), borrowed(signs),
        )  # fmt: skip
        starts, neighbours, cohorts = borrowed(starts), borrowed(neighbours), borrowed(cohorts)
        for block in range(first, last):
            end = min(len(people), (block + 1) * BLOCK)
            for i in range(block * BLOCK, end):
                expect(people, min(i + AHEAD, end - 1))
                visited[i] = decide_one(
                    people[i], offers, worlds[0], key, said, signs, starts, neighbours,
                    totals[block],
                )  # fmt: skip
                note_cohort(people[i], cohorts[block])

    keep = rules == Rules()
    return Kernels(*(compiled(loop, keep=keep) for loop in (tend, decide)))


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
        self.signs = np.zeros(len(people), dtype=np.uint8)
        self.visited = np.ones(len(people), dtype=np.bool_)
        self.kernels = kernels(rules or Rules())
        self._worlds = world_record(world)
        self._blocks = -(-len(people) // BLOCK)
        self._cohorts = np.zeros((self._blocks, 1, 0), dtype=np.int64)
        self._gathered: dict[str, NDArray[Any]] = {}

    def shop(self, offers: Sequence[Offer], world: World) -> list[Totals]:
        """Event 3, for everybody."""
        return added(self._tend(SHOP, offers, world))

    def serve(self, offers: Sequence[Offer], world: World) -> None:
        """Events 4 to 6, for everybody."""
        self._tend(SERVE, offers, world)

    def tend(self, offers: Sequence[Offer], world: World) -> None:
        """Events 3 to 6, for everybody."""
        self._tend(BOTH, offers, world)

    def _tend(self, which: int, offers: Sequence[Offer], world: World) -> Records:
        self._enter(offers, world)
        self._gathered.clear()
        totals = self._totals(offers)
        self._run(
            lambda first, last: self.kernels.tend(
                self.people, self._worlds, self._offers, self.key, self.visited, self.said,
                self.signs, totals, which, first, last,
            )
        )  # fmt: skip
        return totals

    def decide(self, offers: Sequence[Offer], world: World) -> list[Totals]:
        """Events 7 to 9, for everybody."""
        totals = self._totals(offers)
        self._gathered.clear()
        self._cohorts[:] = 0
        self._run(
            lambda first, last: self.kernels.decide(
                self.people,
                self._worlds,
                self._offers,
                self.key,
                self.visited,
                self.said,
                self.signs,
                self.graph.starts,
                self.graph.neighbours,
                totals,
                self._cohorts,
                first,
                last,
            )
        )
        return added(totals)

    def by_cohort(self, horizon: int, companies: int = 1) -> NDArray[np.int64]:
        """Customers in their first relation, by company and month of joining. Once asked for they
        are counted in passing, by the last pass of each month."""
        shape = self._blocks, companies, horizon + 2
        if self._cohorts.shape != shape:
            self._cohorts = np.zeros(shape, dtype=np.int64)
            _count_cohorts(self.people, self._cohorts)
        return np.asarray(self._cohorts.sum(axis=0))

    def stages(self, world: World) -> NDArray[np.int64]:
        """Where everybody stands on the journey."""
        return np.asarray(_stages(self.people, world_record(world)))

    def columns(self) -> Records:
        """The table of everybody, as it stands."""
        return self.people

    def column(self, name: str) -> NDArray[Any]:
        """One field of everybody."""
        return self.people[name]

    def gather(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Some fields of everybody, each in an array of its own, not to be written into.

        They are read block by block, so that records come from memory once, and kept until the next
        pass for whoever else asks.
        """
        people, wanted = self.people, list(names)
        new = {
            name: np.empty(len(people), dtype=PERSON[name])
            for name in wanted
            if name not in self._gathered
        }

        def read(first: int, last: int) -> None:
            for number in range(first, last):
                block = slice(number * BLOCK, (number + 1) * BLOCK)
                for name, column in new.items():
                    column[block] = people[name][block]

        if new:
            self._run(read)
        for column in new.values():
            column.flags.writeable = False
        self._gathered |= new
        return {name: self._gathered[name] for name in wanted}

    def mark(self, name: str, values: NDArray[Any], among: NDArray[np.bool_]) -> None:
        """Set one field of those `among` everybody."""
        np.copyto(self.people[name], values, where=among, casting="unsafe")
        self._gathered.pop(name, None)

    def _enter(self, offers: Sequence[Offer], world: World) -> None:
        self._offers = records(offers, OFFER)
        for name in MONTHLY:
            self._worlds[name] = getattr(world, name)

    def _totals(self, offers: Sequence[Offer]) -> Records:
        return np.zeros((self._blocks, len(offers)), dtype=TOTALS)

    def _run(self, work: Callable[[int, int], None]) -> None:
        """Work on blocks first to last, exclusive: all in turn, or side by side."""
        if self.pool is None:
            work(0, self._blocks)
        else:
            list(self.pool.map(lambda block: work(block, block + 1), range(self._blocks)))


@compiled
def _count_cohorts(people: Any, cohorts: Any) -> None:
    for i in range(len(people)):
        note_cohort(people[i], cohorts[i // BLOCK])


@compiled
def _stages(people: Any, worlds: Any) -> Any:
    found = np.zeros(len(people), dtype=np.int64)
    for i in range(len(people)):
        found[i] = stage(people[i], worlds[0])
    return found


def world_record(world: World) -> Records:
    """The world as a record, shape (1,)."""
    dtype = world_layout(world)
    return np.array([tuple(getattr(world, name) for name in dtype.names or ())], dtype=dtype)


def offer_record(offer: Offer) -> Records:
    """The offer as a record, shape (1,)."""
    return records([offer], OFFER)


def records(objects: Sequence[Any], dtype: np.dtype[np.void]) -> Records:
    """Objects as records of the same fields."""
    names = dtype.names or ()
    return np.array([tuple(getattr(o, name) for name in names) for o in objects], dtype=dtype)


def added(totals: Records) -> list[Totals]:
    """Totals of all blocks by company, added in block order; shape (blocks, companies)."""
    whole = len(WHOLE)
    sums = []
    for firm in range(totals.shape[1]):
        words = np.ascontiguousarray(totals[:, firm]).view(np.int64).reshape(len(totals), -1)
        counts = words[:, :whole].sum(axis=0).tolist()
        rest = words[:, whole:].view(np.float64).cumsum(axis=0)[-1].tolist()
        total = Totals()
        vars(total).update(zip(COUNTS, counts + rest, strict=True))
        sums.append(total)
    return sums
