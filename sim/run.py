"""One run: one strategy in one world, month by month. The unit of work of everything else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from ..agents.company import Company
from ..agents.network import Graph
from ..agents.rules import Rules
from ..agents.state import World
from ..scenarios.errors import BadInput
from ..scenarios.levers import Strategy
from ..scenarios.scenario import Scenario
from .calibration import Neutral, calibrate, settled_people
from .generator import Key, key_of
from .kernel import CompiledPeople, Records
from .ledger import Books, Month, verify
from .metrics import curves_of, ledger_of, retention_of, summary_of
from .month import live
from .population import ties_of
from .value import remainder
from .world import draw

Engine = Literal["compiled", "mesa"]


class Start(NamedTuple):
    """A world at the start of month 0, the same for all strategies; shared, never changed."""

    index: int
    neutral: Neutral
    key: Key
    ties: Graph
    people: Records


@dataclass(frozen=True)
class Run:
    """What one strategy came to in one world. Frames are tidy, one row per month and company."""

    strategy: str
    world: int
    curves: pd.DataFrame
    retention: pd.DataFrame
    ledger: pd.DataFrame
    summary: dict[str, float]
    people: Records

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


def simulate(
    scenario: Scenario,
    strategy: str,
    *,
    seed: int | None = None,
    world: int = 0,
    engine: Engine | None = None,
    rules: Mapping[str, Callable[..., Any]] | None = None,
) -> Run:
    """Run one strategy in one world.

    `strategy` is one of the scenario's own or any preset; `seed` and `engine` default to the
    scenario's; `world` numbers the draw of luck and, under `uncertainty=all`, of coefficients and
    costs, as in a comparison; `rules` replaces behavioural rules by name. Raises BadInput.
    """
    changes: dict[str, Any] = {}
    if seed is not None:
        changes["seed"] = seed
    if engine is not None:
        changes["engine"] = engine
    if changes:
        scenario = revised(scenario, **changes)
    chosen = scenario.strategies.get(strategy) or _preset(strategy)
    chosen_rules = rules_of(rules)
    with thread_pool(scenario) as pool:
        start = begin(scenario, world, chosen_rules, pool=pool)
        return run(scenario, start, strategy, chosen, chosen_rules, pool=pool)


def _preset(name: str) -> Strategy:
    from ..scenarios.compose import strategy  # Hydra is needed only for names not in the scenario

    return strategy(name)


def revised(scenario: Scenario, **changes: Any) -> Scenario:
    """The scenario with other top-level settings, validated."""
    return Scenario.model_validate({**dict(scenario), **changes})


def rules_of(changes: Mapping[str, Callable[..., Any]] | None) -> Rules:
    """The default rules with some replaced; raises BadInput for a name that is no rule."""
    for name in changes or {}:
        if name not in Rules._fields:
            raise BadInput(f"rules: no rule is called {name!r}; there are {', '.join(Rules._fields)}")
    return Rules()._replace(**(changes or {}))


def threads_of(scenario: Scenario) -> int:
    """Threads to use: those asked for, or one per core this process may run on."""
    return scenario.threads or len(os.sched_getaffinity(0))


def thread_pool(scenario: Scenario) -> ThreadPoolExecutor:
    """A pool of the scenario's threads."""
    return ThreadPoolExecutor(threads_of(scenario))


def begin(
    scenario: Scenario,
    index: int,
    rules: Rules,
    neutral: Neutral | None = None,
    pool: ThreadPoolExecutor | None = None,
) -> Start:
    """World `index` at the start of month 0; a `neutral` market calibrated before may be reused."""
    if neutral is None:
        neutral = calibrate(scenario, draw(scenario, index), rules)
    key = key_of(scenario.seed, 0 if scenario.uncertainty == "none" else index)
    ties = ties_of(scenario.network, key, scenario.population.size)
    world = World(**vars(neutral.world))
    return Start(index, neutral, key, ties, settled_people(scenario, world, key, ties, rules, pool))


def run(
    scenario: Scenario,
    start: Start,
    name: str,
    strategy: Strategy,
    rules: Rules,
    pool: ThreadPoolExecutor | None = None,
) -> Run:
    """Live the horizon under a strategy, from the world's start."""
    world, path = World(**vars(start.neutral.world)), start.neutral.path
    company = Company(strategy.schedule(), scenario.market)
    engine = people_of_engine(scenario, start, world, rules, pool)
    books = Books(int(engine.column("listed").sum()), int(engine.column("alive").sum()))
    size = scenario.population.size
    months: list[Month] = []
    cohorts = [cohorts_alive(engine, scenario.horizon)]
    for month in range(scenario.horizon):
        outside, owed, rate = size - books.listed, books.points, books.point_liability
        totals = live(engine, [company], world, path, month)[0]
        closed = books.close(totals, company.plan(month, world), outside)
        if scenario.checks:
            revalued = owed * (closed.offer.point_liability - rate)
            verify(books, closed, revalued, engine.columns())
        months.append(closed)
        cohorts.append(cohorts_alive(engine, scenario.horizon))
    people = engine.columns()
    rest = remainder(people, months[-1].offer, world, path, scenario.discount_rate)
    names = {"strategy": name, "world": start.index, "company": 0}
    curves = curves_of(months, start.people, path, names)
    return Run(
        strategy=name,
        world=start.index,
        curves=curves,
        retention=retention_of(np.array(cohorts), names),
        ledger=ledger_of(months, names),
        summary=summary_of(curves, people, rest),
        people=people,
    )


def people_of_engine(
    scenario: Scenario, start: Start, world: World, rules: Rules, pool: ThreadPoolExecutor | None
) -> Any:
    """The engine asked for, over a copy of the world's people."""
    people = start.people.copy()
    if scenario.engine == "mesa":
        from .model import MesaPeople

        return MesaPeople(people, start.ties, start.key, world, rules)
    return CompiledPeople(people, start.ties, start.key, world, rules, pool)


def cohorts_alive(engine: Any, horizon: int) -> Any:
    """Customers in their first relation, by month of joining from -1 (the base) to the horizon."""
    first = (engine.column("alive") == 1) & (engine.column("spell") == 1)
    return np.bincount(engine.column("cohort")[first] + 1, minlength=horizon + 2)
