"""One run: one strategy in one world. The unit of work of everything else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from ..agents.rules import Rules
from ..scenarios.levers import Strategy
from ..scenarios.scenario import Scenario
from .course import Course, Run, Start, begin, chosen_strategy, revised, rules_of
from .hook import Decide
from .kernel import CompiledPeople
from .means import check_memory

Engine = Literal["compiled", "mesa"]

__all__ = ["Run", "Start", "begin", "revised", "rules_of", "run", "simulate", "threads_of"]


def simulate(
    scenario: Scenario,
    strategy: str,
    *,
    seed: int | None = None,
    world: int = 0,
    engine: Engine | None = None,
    rules: Mapping[str, Callable[..., Any]] | None = None,
    decide: Decide | None = None,
) -> Run:
    """Run one strategy in one world.

    `strategy` is one of the scenario's own or any preset; `seed` and `engine` default to the
    scenario's; `world` numbers the draw of luck and, under `uncertainty=all`, of coefficients and
    costs, as in a comparison; `rules` replaces behavioural rules by name.
    `decide(month, view)` returns the levers that change from that month on, `{dotted lever:
    value}`, or None; the view (`sim.hook.View`) is what a company can see. Raises BadInput.
    """
    changes: dict[str, Any] = {}
    if seed is not None:
        changes["seed"] = seed
    if engine is not None:
        changes["engine"] = engine
    if changes:
        scenario = revised(scenario, **changes)
    chosen = chosen_strategy(scenario, strategy)
    chosen_rules = rules_of(rules)
    check_memory(scenario.population.size, 1, "people")
    with thread_pool(scenario) as pool:
        start = begin(scenario, world, chosen_rules, pool=pool)
        return run(start, strategy, chosen, chosen_rules, pool=pool, last=True, decide=decide)


def threads_of(scenario: Scenario) -> int:
    """Threads to use: those asked for, or one per core this process may run on."""
    if scenario.threads:
        return scenario.threads
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_pool(scenario: Scenario) -> ThreadPoolExecutor:
    """A pool of the scenario's threads."""
    return ThreadPoolExecutor(threads_of(scenario))


def run(
    start: Start,
    name: str,
    strategy: Strategy,
    rules: Rules,
    pool: ThreadPoolExecutor | None = None,
    *,
    last: bool = False,
    decide: Decide | None = None,
) -> Run:
    """Live the horizon under a strategy, from the world's start, on the scenario's engine.

    The `last` run from a start may live in its very people and saves a copy.
    """
    course = course_of(start, name, strategy, rules, pool, last=last, decide=decide)
    for _ in range(start.scenario.horizon):
        course.step()
    return course.result()


def course_of(
    start: Start,
    name: str,
    strategy: Strategy,
    rules: Rules,
    pool: ThreadPoolExecutor | None = None,
    *,
    last: bool = False,
    decide: Decide | None = None,
) -> Course:
    """The course of a strategy from the world's start, not lived yet, on the scenario's engine."""
    if start.scenario.engine == "mesa":
        from .model import Model  # Mesa is slow to import

        return Model.at(start, name, strategy, rules, decide).course
    people = start.people if last else start.people.copy()
    engine = CompiledPeople(people, start.ties, start.key, start.neutral.world, rules, pool)
    return Course(start, name, strategy, engine, rules, decide=decide)
