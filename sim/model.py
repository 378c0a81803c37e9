"""The Mesa engine: the same rules on agents, to be stepped through, shown and subclassed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import mesa
import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from ..agents.customer import Customer
from ..agents.network import Graph
from ..agents.rules import Rules
from ..agents.rules.journey import stage
from ..agents.state import Offer, Said, Totals, World
from ..scenarios.levers import Strategy
from ..scenarios.scenario import Scenario
from .course import Course, Run, Start, begin, chosen_strategy, revised, rules_of
from .generator import Key, draws_from_python
from .hook import Decide
from .kernel import BLOCK, COUNTS, PERSON, SAID, TOTALS, Records, added
from .ledger import note_cohort
from .month import Passes, passes


class MesaPeople:
    """Everybody as agents; implements the passes of `month.People`, in blocks as the table does."""

    def __init__(
        self,
        customers: Sequence[Customer],
        ties: Graph,
        key: Key,
        rules: Rules,
    ) -> None:
        self.customers = customers
        self.key = key
        self.passes: Passes = passes(rules, draws_from_python())
        self._starts: list[int] = ties.starts.tolist()
        self._neighbours: list[int] = ties.neighbours.tolist()
        self._said = [cast(Said, _blank(SAID)) for _ in customers]
        self._signs = [0] * len(customers)

    def shop(self, offers: Sequence[Offer], world: World) -> list[Totals]:
        """Event 3, for everybody."""
        return self._by_block(
            offers, lambda c, totals: self.passes.shop(c, offers, world, self.key, totals)
        )

    def serve(self, offers: Sequence[Offer], world: World) -> None:
        """Events 4 to 6, for everybody."""
        for customer in self.customers:
            said = self._said[customer.id]
            self._signs[customer.id] = self.passes.serve(customer, offers, world, self.key, said)

    def tend(self, offers: Sequence[Offer], world: World) -> None:
        """Events 3 to 6, for everybody."""
        self.shop(offers, world)
        self.serve(offers, world)

    def decide(self, offers: Sequence[Offer], world: World) -> list[Totals]:
        """Events 7 to 9, for everybody."""
        return self._by_block(
            offers,
            lambda c, totals: self.passes.decide(
                c,
                offers,
                world,
                self.key,
                self._said,
                self._signs,
                self._starts,
                self._neighbours,
                totals,
            ),
        )

    def by_cohort(self, horizon: int, companies: int = 1) -> NDArray[np.int64]:
        """Customers in their first relation, by company and month of joining."""
        count = np.zeros((companies, horizon + 2), dtype=np.int64)
        for customer in self.customers:
            note_cohort(customer, count)
        return count

    def stages(self, world: World) -> NDArray[np.int64]:
        """Where everybody stands on the journey."""
        return np.array([stage(c, world) for c in self.customers], dtype=np.int64)

    def column(self, name: str) -> NDArray[Any]:
        """One field of everybody."""
        return np.array([getattr(c, name) for c in self.customers], dtype=PERSON[name].base)

    def gather(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Some fields of everybody, each in an array of its own."""
        return {name: self.column(name) for name in names}

    def mark(self, name: str, values: NDArray[Any], among: NDArray[np.bool_]) -> None:
        """Set one field of those `among` everybody."""
        values = values.astype(PERSON[name])
        for number in np.flatnonzero(among).tolist():
            setattr(self.customers[number], name, values[number].item())

    def columns(self) -> Records:
        """Everybody as a table of records; raises TypeError for a field of the wrong type."""
        return np.array([c.record() for c in self.customers], dtype=PERSON)

    def _by_block(
        self, offers: Sequence[Offer], live_one: Callable[[Customer, Any], object]
    ) -> list[Totals]:
        blocks = []
        for low in range(0, len(self.customers), BLOCK):
            totals = [_blank(TOTALS) for _ in offers]
            for customer in self.customers[low : low + BLOCK]:
                live_one(customer, totals)
            blocks.append([tuple(getattr(t, name) for name in COUNTS) for t in totals])
        return added(np.array(blocks, dtype=TOTALS))


def _blank(dtype: np.dtype[np.void]) -> SimpleNamespace:
    zeros = np.zeros((), dtype=dtype)
    return SimpleNamespace(**{name: zeros[name].item() for name in dtype.names or ()})


class Model(mesa.Model):
    """A market as a Mesa model: `step()` lives one month; `customers` are its agents.

    `strategy` is one of the scenario's own or any preset; `world` numbers the draw of luck and,
    under `uncertainty=all`, of coefficients; `rules` replaces behavioural rules by name.
    """

    def __init__(
        self,
        scenario: Scenario,
        strategy: str,
        *,
        seed: int | None = None,
        world: int = 0,
        rules: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        super().__init__(rng=0)  # Mesa's own generator is not used: luck belongs to people
        if seed is not None:
            scenario = revised(scenario, seed=seed)
        chosen = rules_of(rules)
        start = begin(scenario, world, chosen)
        self._set_up(start, strategy, chosen_strategy(scenario, strategy), chosen)

    @classmethod
    def at(
        cls,
        start: Start,
        name: str,
        strategy: Strategy,
        rules: Rules,
        decide: Decide | None = None,
    ) -> Model:
        """The model of a world whose start is there already."""
        model = cls.__new__(cls)
        mesa.Model.__init__(model, rng=0)
        model._set_up(start, name, strategy, rules, decide)
        return model

    def _set_up(
        self,
        start: Start,
        name: str,
        strategy: Strategy,
        rules: Rules,
        decide: Decide | None = None,
    ) -> None:
        people = [Customer(self, record) for record in start.people]
        self.customers = AgentSet(people, random=self.random)
        engine = MesaPeople(people, start.ties, start.key, rules)
        self.course = Course(start, name, strategy, engine, rules, decide=decide)

    @property
    def month(self) -> int:
        """Months lived so far."""
        return len(self.course.months)

    def step(self) -> None:
        """Live one month."""
        self.course.step()

    def result(self) -> Run:
        """What the months lived so far came to."""
        return self.course.result()
