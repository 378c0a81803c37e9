"""The comparison: every strategy in the same worlds, with the same people and the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..agents.rules import Rules
from ..scenarios.scenario import Scenario
from .calibration import Neutral, calibrate
from .course import Run, begin, rules_of
from .figures import figures_of
from .findings import Findings, findings
from .results import save_comparison
from .run import run, threads_of
from .world import draw

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
    total = scenario.worlds * len(scenario.strategies)
    shared: Neutral | None = None
    if progress:
        progress(0, total)
    if scenario.uncertainty != "all":
        shared = calibrate(scenario, draw(scenario, 0), chosen)
    by_world: dict[int, list[Run]] = {}
    pool = ThreadPoolExecutor(threads_of(scenario))
    try:
        first = live_in(scenario, 0, chosen, shared)  # compiles once, before threads fan out
        by_world[0] = first
        tasks = [
            pool.submit(live_in, scenario, w, chosen, shared) for w in range(1, scenario.worlds)
        ]
        if progress:
            progress(len(first), total)
        for task in as_completed(tasks):
            runs = task.result()
            by_world[runs[0].world] = runs
            if progress:
                progress(len(by_world) * len(scenario.strategies), total)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    runs = [run for world in sorted(by_world) for run in by_world[world]]
    return findings(scenario, runs, Comparison)


def live_in(
    scenario: Scenario, world: int, rules: Rules, neutral: Neutral | None = None
) -> list[Run]:
    """All strategies of a scenario in one world, with the same people and the same luck."""
    start = begin(scenario, world, rules, neutral)
    return [
        run(scenario, start, name, strategy, rules)
        for name, strategy in scenario.strategies.items()
    ]
