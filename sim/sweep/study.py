"""A study: settings that are asked for as it learns, each lived once and kept in a folder.

What it asks depends on nothing but the answers so far, so a study that is run again in its folder
goes the same way, finds there what is done, and goes on where it was stopped.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...scenarios.errors import BadInput, shown
from ...scenarios.scenario import Scenario
from ..means import check_memory
from ..run import threads_of
from .crew import Crew, Load, Told, in_charge
from .plan import data_of, tasks_of, units_of
from .request import Where
from .store import (
    Row,
    batch,
    batch_path,
    compact,
    done,
    held,
    open_folder,
    plan_of,
    writable,
)
from .unit import Task, code
from .written import write_results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


ANSWER = "summary.json"
"""Written once a study has come to its end."""


class Study:
    """Settings lived as they are asked for. Open one with `studying`.

    `expected`: about how many settings are going to be asked for, for the estimate of time.
    """

    def __init__(
        self,
        folder: Path,
        kind: str,
        metrics: Sequence[str],
        crew: Crew,
        told: Told,
        by_segment: bool,
    ) -> None:
        self.folder = folder
        self.kind = kind
        self.metrics = tuple(metrics)
        self.expected = 0
        self._crew = crew
        self._by_segment = by_segment
        self._told = told
        self._found: dict[str, tuple[float, ...]] = {}
        self._errors: dict[str, str] = {}
        self._note(row for row in done(folder).values() if not row["error"])

    def live(self, scenarios: Sequence[Scenario], worlds: Sequence[int]) -> NDArray[np.float64]:
        """The metrics of all strategies, shape (scenarios, worlds, strategies, metrics).

        All scenarios have the same number of strategies. Nan where a unit failed. Raises BadInput
        where nothing more can be kept, or it would take too long.
        """
        load = Load.of(self._missing(scenarios, worlds))
        if load.units:
            each = sum(
                one.population.size * one.horizon * len(one.strategies) * len(worlds)
                for one in scenarios
            ) / len(scenarios)
            more = max(0, self.expected - len(scenarios))
            whole = 1.0 + more * each / load.work
            tasks = list(self._missing(scenarios, worlds))
            self._crew.run(iter(tasks), load, self._told, whole)
            for task in tasks:
                self._note(self._kept(task))
        self.expected = max(0, self.expected - len(scenarios))
        lost = (np.nan,) * len(self.metrics)
        asked = [units_of(one, worlds) for one in scenarios]
        return np.array(
            [[[self._found.get(u.identity, lost) for u in each] for each in one] for one in asked]
        )

    def whole(self, scenarios: Sequence[Scenario], worlds: Sequence[int]) -> NDArray[np.float64]:
        """The same, where all of it is needed: raises BadInput if a unit failed."""
        found = self.live(scenarios, worlds)
        if self._errors:
            first = next(iter(self._errors.values()))
            raise BadInput(
                f"{self.kind}: {len(self._errors):,} units failed, the first with: {first}; the "
                "others are kept: run the same again once that is mended"
            )
        return found

    @property
    def errors(self) -> tuple[str, ...]:
        """What units failed with, in the order in which they were found."""
        return tuple(self._errors.values())

    def finish(
        self,
        tables: Mapping[str, pd.DataFrame | Mapping[str, Any]],
        figures: Mapping[str, Callable[[], Figure]],
    ) -> None:
        """Put the units together and write tables, pictures, manifest. Raises OSError."""
        self._told("putting together", 0, 1)
        rows = done(self.folder)
        compact(self.folder, list(rows.values()))
        drawn = {name: draw() for name, draw in figures.items()}
        write_results(self.folder, self.kind, tables, drawn, units=len(rows))

    def _missing(self, scenarios: Sequence[Scenario], worlds: Sequence[int]) -> Iterator[Task]:
        planned = set(self._found)
        for scenario in scenarios:
            for task in tasks_of(scenario, worlds, planned):
                if task.units:
                    yield task._replace(by_segment=self._by_segment)

    def _kept(self, task: Task) -> Iterator[Row]:
        """What came of a task: one file, or one of each unit, where its worker died with it."""
        whole = batch_path(self.folder, task.identities)
        parts = [task] if whole.exists() else task.alone()
        for part in parts:
            yield from batch(batch_path(self.folder, part.identities))

    def _note(self, rows: Sequence[Row] | Iterator[Row]) -> None:
        for row in rows:
            if row["error"]:
                self._errors[row["unit"]] = row["error"]
            else:
                self._found[row["unit"]] = tuple(
                    float(row.get(name, np.nan)) for name in self.metrics
                )


@contextlib.contextmanager
def studying(
    kind: str,
    first: Scenario,
    asked: Mapping[str, Any],
    metrics: Sequence[str],
    out: str | Path,
    where: Where,
    told: Told | None = None,
    *,
    by_segment: bool = False,
    people: int = 0,
) -> Iterator[Study]:
    """Open the folder of a study of this kind: a new one, or the same one's. Raises BadInput.

    `first`: the scenario it is about, as it stands. `asked`: what else the answers rest on, in
    words and plain numbers. `by_segment`: keep `individuals.standings` of each unit as metrics too.
    `people`: in the largest world, if that is not that of `first`.
    """
    in_charge()
    folder = Path(out).resolve()
    plan = {
        "program": "engagesim",
        "kind": kind,
        "asked": {**asked, "strategies": list(first.strategies)},
        "code": code(),
        "data": data_of(first),
        "points": [first.identity()],
    }
    plan_of(folder)  # what is no folder of ours is refused before anything is looked at

    def opened() -> None:
        kept = plan_of(folder)
        if kept is not None:
            _check(kept, plan, answered=(folder / ANSWER).exists())
        if kept != plan:
            open_folder(folder, plan)

    people = max(people, first.population.size)
    workers = where.workers or threads_of(first)
    if not where.scheduler:
        check_memory(people, workers, "cluster.workers", workers)
    with writable(folder), held(folder, opened), contextlib.ExitStack() as closing:
        crew = Crew(where._replace(workers=workers), folder, people, closing)
        yield Study(folder, kind, metrics, crew, told or Told(), by_segment)


def _check(kept: Mapping[str, Any], plan: Mapping[str, Any], *, answered: bool) -> None:
    """Raise BadInput where a folder holds anything but this study.

    Where it has not answered yet, as where it was refused or stopped, it may ask another question
    of the same scenario: no answer is lost, and units that it has lived are of use.
    """
    if kept.get("kind") != plan["kind"]:
        raise BadInput(
            f"out: the folder holds results of {shown(kept.get('kind'))}, not of {plan['kind']}; "
            "use a new folder (out=NAME)"
        )
    if kept["code"] != plan["code"]:
        raise BadInput(
            "out: engagesim has changed since this was begun, and units of two versions do not "
            "mix; use a new folder (out=NAME), or the version of then"
        )
    if kept["points"] != plan["points"]:
        raise BadInput("out: the folder is about another scenario; use a new folder (out=NAME)")
    for name, value in plan["asked"].items():
        if answered and kept["asked"].get(name) != value:
            was = shown(kept["asked"].get(name))
            raise BadInput(
                f"out: the folder was begun with {name}={was}, and not {shown(value)}; use a new "
                "folder (out=NAME)"
            )
