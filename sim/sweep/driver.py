"""A sweep from its words to its report: what is missing is sent out, look by look."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from ...scenarios.sweeping import Sweep
from ..findings import asked as precise
from ..findings import precision_of
from ..means import check_memory
from ..run import threads_of
from .crew import Crew, Load, Told, in_charge
from .plan import Plan, Shard, units_of
from .report import Report, report_of
from .request import SweepRequest
from .store import Row, compact, done, held, open_folder, plan_of, writable


def sweep(
    *words: str,
    config_dir: str | Path | None = None,
    config_name: str = "config",
    told: Told | None = None,
) -> Report | None:
    """Run all settings that `words` mean, in Hydra's sweep syntax, and keep them in a folder.

    Words as on the command line: those of the scenario, with several values, and `out`, `shard`,
    `retry`, `cluster.*`. What is done already is not done again: the same words in the same folder
    go on from there. With `shard=i/n` this part only is done, and None reported. Call it under
    `if __name__ == "__main__":`, as workers are processes. Raises BadInput.
    """
    in_charge()
    told = told or Told()
    asked, rest = SweepRequest.read(words)
    part = Shard.read(asked.shard) if asked.shard else Shard()
    folder = Path(asked.out).resolve()
    plan_of(folder)  # what is no folder of ours is refused before anything is looked at
    swept = Sweep(rest, config_dir, config_name)
    plan = Plan(swept, partial(told, "checking points"))

    def opened() -> None:
        kept = plan_of(folder)
        if kept:
            plan.check(kept)
        if kept is None or set(kept["points"]) != set(plan.identities):
            open_folder(folder, plan.record())

    where = asked.where
    where = where._replace(workers=where.workers or threads_of(plan.first))
    if not where.scheduler:
        check_memory(plan.people, where.workers, "cluster.workers", where.workers)
    with writable(folder), held(folder, opened, asked.shard):
        rows = done(folder)
        again = {unit for unit, row in rows.items() if asked.retry and row["error"]}
        finished = rows.keys() - again
        del rows
        with contextlib.ExitStack() as closing:
            crew = Crew(where, folder, plan.people, closing)
            worlds = _all_rounds(plan, finished, again, part, crew, told)
        if asked.shard:
            return None
        rows = done(folder)
        told("putting together", 0, 1)
        compact(folder, list(rows.values()))
        return report_of(plan, worlds, rows, folder)


def _all_rounds(
    plan: Plan, finished: set[str], again: set[str], part: Shard, crew: Crew, told: Told
) -> dict[int, int]:
    """Run what is missing, look by look; returns how many worlds each point has in the end.

    `again`: units that have failed before, and are to be run once more.
    """
    worlds: dict[int, int] = {}
    unsure = list(range(plan.sweep.size))
    for look in plan.looks:
        now = {point: min(look, plan.most[point]) for point in unsure}
        worlds |= now
        load = Load.of(plan.tasks(now, finished, part))
        if load.units:
            crew.run(plan.tasks(now, finished, part), load, told)
        if precise(plan.first):
            rows = done(crew.folder)
            finished |= {u for u, row in rows.items() if u not in again or not row["error"]}
            unsure = [point for point in unsure if not sure(plan, point, now[point], rows)]
    return worlds


def sure(plan: Plan, number: int, worlds: int, rows: Mapping[str, Row]) -> bool:
    """Whether so many worlds give the precision that is asked for, of one point.

    A point of another shard, or with a unit that failed, is left as it is.
    """
    scenario = plan.sweep.scenario(plan.sweep.point(number))
    units = units_of(scenario, range(worlds))
    equity = [[rows.get(u.identity, {}).get("equity", np.nan) for u in one] for one in units]
    found = np.array(equity, dtype=float)
    return not np.isfinite(found).all() or bool(precision_of(scenario, found)["reached"])
