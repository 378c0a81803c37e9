"""The course of one strategy in one world, month by month, on whichever engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..agents.company import Company
from ..agents.network import Graph
from ..agents.offering import micro
from ..agents.rules import Rules
from ..agents.state import World
from ..scenarios.errors import BadInput
from ..scenarios.levers import Strategy, Switching
from ..scenarios.scenario import Scenario, check_saving
from .calibration import BEFORE, Neutral, calibrate, rivals_of, settled_people
from .credit import credit_of, engagement_value, unassigned
from .doubt import draw, lived_in
from .generator import Key, key_of, struck_by
from .hook import BOOKS, Decide, View, Watch, changed
from .identities import verify, verify_budget, verify_market
from .journeys import Journeys
from .kernel import CompiledPeople, Records
from .ledger import Books, Month
from .log import Log
from .metrics import (
    Opening,
    costs_of,
    curves_of,
    invested_of,
    ledger_of,
    opening_of,
    retention_of,
    served_of,
    summary_of,
)
from .month import People, live
from .nps import nps
from .population import ties_of
from .returns import spending_of
from .value import costs_left, lifetimes, remainder

RULES = Rules()


class Start(NamedTuple):
    """A world at the start of month 0, the same for all strategies; shared, never changed.

    `scenario` has the market as it is in this world.
    """

    scenario: Scenario
    world: int
    neutral: Neutral
    key: Key
    ties: Graph
    people: Records


@dataclass(frozen=True)
class Run:
    """What one strategy came to in one world. Frames are tidy, one row per month and company.

    `costs`: discounted cost by the factor of its price, which is a name of `scenarios.costs`.
    `transactions`: the log, `customer_id, date, amount`, where the scenario keeps one; `map`: the
    engagement map, one row per stage and type of interaction, likewise.
    `worth`: discounted value by person, remainder included, in currency.
    """

    strategy: str
    world: int
    curves: pd.DataFrame
    retention: pd.DataFrame
    ledger: pd.DataFrame
    summary: dict[str, float]
    costs: dict[str, float]
    people: Records
    worth: NDArray[np.float64]
    transactions: pd.DataFrame | None = None
    map: pd.DataFrame | None = None

    @cached_property
    def value(self) -> pd.DataFrame:
        """Customer engagement value, one row per person: `id`, `clv`, `crv`, `civ`, `cev`.

        Their `cev` adds up to `equity` and `unassigned` of the summary.
        """
        return engagement_value(self.people, self.worth)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """Everybody at the horizon: one row per person, fields of `agents.state.Person`."""
        columns: dict[str, Any] = {}
        for name in self.people.dtype.names or ():
            column = self.people[name]
            if column.ndim == 1:
                columns[name] = column
            elif name == "points":
                columns[name] = column.sum(axis=1)
            else:
                columns[name] = column[:, 0]
        return pd.DataFrame(columns)


def chosen_strategy(scenario: Scenario, name: str) -> Strategy:
    """The scenario's strategy of this name, or the preset; raises BadInput if there is neither."""
    if name in scenario.strategies:
        return scenario.strategies[name]
    from ..scenarios.compose import strategy  # Hydra is needed only for presets

    return strategy(name)


def revised(scenario: Scenario, **changes: Any) -> Scenario:
    """The scenario with other top-level settings, validated."""
    return Scenario.model_validate({**dict(scenario), **changes})


def rules_of(changes: Mapping[str, Callable[..., Any]] | None) -> Rules:
    """The default rules with some replaced; raises BadInput for a name that is no rule."""
    for name in changes or {}:
        if name not in Rules._fields:
            raise BadInput(
                f"rules: no rule is called {name!r}; there are {', '.join(Rules._fields)}"
            )
    return Rules()._replace(**(changes or {}))


def begin(
    scenario: Scenario,
    world: int,
    rules: Rules,
    neutral: Neutral | None = None,
    pool: ThreadPoolExecutor | None = None,
) -> Start:
    """World number `world` at the start of month 0; a `neutral` market may be reused."""
    numbers = draw(scenario, world)
    scenario = lived_in(scenario, numbers)
    if neutral is None:
        neutral = calibrate(scenario, numbers, rules)
    key = key_of(scenario.seed, 0 if scenario.uncertainty == "none" else world)
    ties = ties_of(scenario.network, key, scenario.population.size)
    own = World(**vars(neutral.world))  # months are entered on it; threads share the other one
    return Start(
        scenario=scenario,
        world=world,
        neutral=neutral,
        key=key,
        ties=ties,
        people=settled_people(scenario, own, key, ties, rules, pool),
    )


class Desk(NamedTuple):
    """What is kept of one company: customers at the start, books, closed months, mean scores."""

    opening: Opening
    books: Books
    months: list[Month]
    scores: list[float]


class Course:
    """The course of one strategy in one world, on either engine, month by month.

    `company`, `opening`, `books` and `months` are those of the home company.
    `usual` is what neutral management would have contributed each month, in millionths of the
    currency: beyond it lies the extra margin that a flywheel reinvests. It is lived where it is
    asked for and not given, by the same `rules`. `decide` may change the levers each month.
    """

    def __init__(
        self,
        start: Start,
        name: str,
        strategy: Strategy,
        engine: People,
        rules: Rules = RULES,
        usual: Sequence[int] | None = None,
        decide: Decide | None = None,
    ) -> None:
        if usual is None and any(step.flywheel.reinvested for _, step in strategy.schedule()):
            usual = neutral_margin(start, rules)
        self.usual = usual
        self.strategy = strategy
        self.decide = decide
        self._watch = Watch()
        self.scenario = start.scenario
        self.start = start
        self.name = name
        self.engine = engine
        self.world = World(**vars(start.neutral.world))
        before = (BEFORE, start.scenario.baseline.schedule()[0][1])
        shocks = [
            (shock, struck_by(start.key, shock.month, number))
            for number, shock in enumerate(start.scenario.shocks)
        ]
        own = strategy.schedule()
        self.company = Company([before, *own], start.scenario.market, shocks)
        self.companies = [self.company, *rivals_of(start.scenario, own)]
        for rival in self.companies[1:]:
            rival.shocks = [(shock, luck) for shock, luck in shocks if shock.kind == "recession"]
        for company in self.companies:
            company.others = [other for other in self.companies if other is not company]
        self.switches = strategy.switches(start.scenario.baseline)
        self.desks = [self._desk(firm) for firm in range(len(self.companies))]
        self.opening, self.books, self.months, _ = self.desks[0]
        spread = None if self.world.contractual else float(self.world.basket_sd_within)
        self.log = Log(start.key, spread) if start.scenario.log else None
        self.journeys = Journeys(engine, self.world) if start.scenario.map else None
        self._cohorts = [engine.by_cohort(self.scenario.horizon, len(self.companies))]

    def _desk(self, firm: int) -> Desk:
        opening = opening_of(self.start.people, firm)
        held = self.start.people["points"][self.start.people["firm"] == firm]
        rate = self.companies[firm].plan(BEFORE, self.world).point_liability
        return Desk(opening, Books(opening.listed, opening.alive, int(held.sum()), rate), [], [])

    def step(self) -> Month:
        """Live one month and close its books; raises identities.Broken under `checks`, and BadInput
        for a decision that is none."""
        if self.decide is not None:
            self._decide(self.decide)
        month = len(self.months)
        outside = self.scenario.population.size - sum(desk.books.listed for desk in self.desks)
        owed = [(desk.books.points, desk.books.point_liability) for desk in self.desks]
        path = self.start.neutral.path
        all_totals = live(self.engine, self.companies, self.world, path, month)
        once = self.switches.get(month, Switching())
        switching = micro(once.setup) + self.books.listed * micro(once.per_customer)
        for firm, totals in enumerate(all_totals):
            desk, offer = self.desks[firm], self.companies[firm].offer
            desk.months.append(desk.books.close(totals, offer, outside, switching))
            switching = 0  # what rivals begin with is theirs to know
            self.companies[firm].spend(month, desk.months[-1].budgeted, self.world)
        if self.scenario.checks:
            people = self.engine.columns()
            closed = [desk.months[-1] for desk in self.desks]
            verify_market([desk.books for desk in self.desks], closed, people)
            for firm, (_, books, months, _) in enumerate(self.desks):
                points, rate = owed[firm]
                revalued = points * (months[-1].offer.point_liability - rate)
                verify(books, months[-1], revalued, people, firm)
                verify_budget(months, [self.companies[firm].limit(m) for m in range(month + 1)])
        if self.usual is not None:
            extra = margin_of(self.months[-1]) - self.usual[month]
            self.company.earn(extra, all_totals[0].listed)
        for desk, company in zip(self.desks, self.companies, strict=True):
            desk.scores.append(company.score)
        if self.log:
            self.log.note(self.engine)
        if self.journeys:
            self.journeys.note(self.engine, self.company, self.world)
        self._cohorts.append(self.engine.by_cohort(self.scenario.horizon, len(self.companies)))
        return self.months[-1]

    def _decide(self, decide: Decide) -> None:
        """Ask the user's function for changes of levers, and put them into the schedule."""
        month = len(self.months)
        customers = self._watch.customers(self.engine, self.world)
        books = self._curves(0)[list(BOOKS)].copy()
        changes = decide(month, View(books, customers, self.company.levers(month)))
        if changes is None or changes == {}:
            return
        self.strategy = changed(self.strategy, month, changes)
        check_saving(self.strategy, self.scenario.market, f"decide, month {month}: ")
        self.company.schedule = [self.company.schedule[0], *self.strategy.schedule()]

    def result(self) -> Run:
        """What the months lived so far came to; value is that of the home company."""
        people, path = self.engine.columns(), self.start.neutral.path
        ours = people
        if len(self.companies) > 1:
            ours = people.copy()
            ours["alive"][people["firm"] > 0] = 0
        discount_rate = self.scenario.discount_rate
        offer = self.months[-1].offer
        left = lifetimes(ours, offer, self.world, path, len(self.months), discount_rate)
        rest = remainder(ours, offer, self.world, left)
        after = costs_left(ours, offer, self.world, left)
        served = served_of(self.months, path)
        frames = [self._frames(firm) for firm in range(len(self.companies))]
        curves, retention, ledger = (
            pd.concat(parts, ignore_index=True) for parts in zip(*frames, strict=True)
        )
        return Run(
            strategy=self.name,
            world=self.start.world,
            curves=curves,
            retention=retention,
            ledger=ledger,
            summary=summary_of(frames[0][0], ours, rest, self.opening)
            | {"nps": nps(ours, self.start.neutral.gauge)}
            | self.company.targeting.effect()
            | {"served": served + float(left.programmes.sum()), "served_realised": served}
            | credit_of(people, people["value"] + rest)
            | {"unassigned": unassigned(self.months, path)}
            | spending_of(frames[0][0], path),
            costs=costs_of(self.months, path, after),
            people=people,
            worth=people["value"] + rest,
            transactions=self.log.frame(self.scenario) if self.log else None,
            map=self.journeys.frame(self._names(0)) if self.journeys else None,
        )

    def _names(self, firm: int) -> dict[str, Any]:
        return {"strategy": self.name, "world": self.start.world, "company": firm}

    def _frames(self, firm: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Curves, retention and ledger of one company."""
        names = self._names(firm)
        cohorts = np.array([month[firm] for month in self._cohorts])
        ledger = ledger_of(self.desks[firm].months, names)
        return self._curves(firm), retention_of(cohorts, names), ledger

    def _curves(self, firm: int) -> pd.DataFrame:
        """Metrics of one company in the months lived so far."""
        desk = self.desks[firm]
        everybody = np.array([[m.totals.alive for m in desk.months] for desk in self.desks])
        return curves_of(
            desk.months,
            desk.opening,
            self.start.neutral.path,
            self._names(firm),
            desk.scores,
            float(self.world.idea_uptake),
            everybody.sum(axis=0),
        )


def margin_of(month: Month) -> int:
    """Contribution of a month before what was spent on experience (2H), in millionths."""
    return month.profit + invested_of(month)


def neutral_margin(start: Start, rules: Rules) -> list[int]:
    """What neutral management would contribute each month, in millionths of the currency.

    Lived by the same people with the same luck: no forecast would be free of error, and a company
    that reinvests what is left of an error reinvests luck. So the plan is better than any that a
    company could make.
    """
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, start.neutral.world, rules)
    course = Course(start, "neutral", Strategy(), engine)
    return [margin_of(course.step()) for _ in range(start.scenario.horizon)]
