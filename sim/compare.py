"""The comparison: every strategy in the same worlds, with the same people and the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..agents.rules import Rules
from ..scenarios.scenario import Scenario
from .calibration import Neutral, calibrate
from .course import Run, Start, begin, rules_of
from .doubt import draw, lived_in
from .figures import figures_of
from .findings import Findings, Outcome, asked, equity_of, findings, looks, outcome_of, precision_of
from .means import check_memory
from .results import save_comparison
from .run import run, threads_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Comparison(Findings):
    """What strategies in the same worlds came to, to be drawn and saved."""

    def figures(self) -> dict[str, Figure]:
        """The pictures of the comparison, by name."""
        return figures_of(self)

    def save(self, folder: str | Path) -> Path:
        """Write the results folder; returns its path. Raises BadInput if it is somebody else's."""
        return save_comparison(self, folder)


def compare(
    scenario: Scenario,
    *,
    progress: Callable[[int, int], None] | None = None,
    rules: Mapping[str, Callable[..., Any]] | None = None,
) -> Comparison:
    """Run all strategies of a scenario in all its worlds.

    `progress(done, total)` is told of finished runs; `rules` replaces behavioural rules by name.
    The numbers do not depend on threads. Raises BadInput.
    """
    chosen = rules_of(rules)
    threads = threads_of(scenario)
    # One more than cores: while one waits for the interpreter, another computes.
    at_once = min(threads + 1 if threads > 1 else 1, scenario.worlds)
    check_memory(scenario.population.size, at_once, "threads")
    total = scenario.worlds * len(scenario.strategies)
    shared: Neutral | None = None
    if progress:
        progress(0, total)
    if scenario.uncertainty != "all":
        numbers = draw(scenario, 0)
        shared = calibrate(lived_in(scenario, numbers), numbers, chosen)
    outcomes: list[Outcome] = []
    pool = ThreadPoolExecutor(at_once)
    try:
        outcomes.append(live_in(scenario, 0, chosen, shared))  # compiles once, before fanning out
        for look in looks(scenario):
            tasks = [
                pool.submit(live_in, scenario, world, chosen, shared)
                for world in range(len(outcomes), look)
            ]
            for task in as_completed(tasks):
                outcomes.append(task.result())
                if progress:
                    progress(len(outcomes) * len(scenario.strategies), total)
            if enough(scenario, outcomes):
                break
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return findings(scenario, outcomes, Comparison)


def live_in(
    scenario: Scenario, world: int, rules: Rules, neutral: Neutral | None = None
) -> Outcome:
    """All strategies of a scenario in one world, with the same people and the same luck."""
    start = begin(scenario, world, rules, neutral)
    return outcome_of(scenario, start.people, runs_from(start, rules))


def runs_from(start: Start, rules: Rules) -> list[Run]:
    """The runs of all strategies of the scenario from one start."""
    return [run(start, name, chosen, rules) for name, chosen in start.scenario.strategies.items()]


def enough(scenario: Scenario, outcomes: Sequence[Outcome]) -> bool:
    """Whether the worlds so far give all precision that is asked for."""
    if not asked(scenario):
        return False
    return bool(precision_of(scenario, equity_of(outcomes))["reached"])
