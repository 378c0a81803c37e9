"""What a sweep came to: every unit by its point, strategies side by side at each point."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...scenarios.sweeping import Point
from ..findings import pairs
from ..statistics import mean_interval, share_better
from .plan import Plan, units_of
from .store import Row
from .written import write_results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METRICS = (
    "equity_per_person", "clv", "profit", "churn_rate", "customers", "satisfaction", "trust",
    "engagement", "advocates",
)  # fmt: skip
"""What is told of each point; all metrics of all units are in `units`."""

PER_PERSON = "equity_per_person"
"""Customer equity per person in the market, so that markets of any size can be set side by side."""


@dataclass(frozen=True)
class Report:
    """A sweep put together. Frames are tidy; the swept keys are columns under their own names.

    units: one row per point, strategy and world: `unit` (its identity), metrics, and where it
    failed its `error`, `seed` and the `command` that runs it again (metrics nan). means: by point
    and strategy, over the worlds without a failure. paired: by point, pair of strategies and
    metric the mean difference over worlds with its 90 % interval and P(greater). axes: the swept
    keys. failed: how many units failed.
    """

    axes: tuple[str, ...]
    strategies: tuple[str, ...]
    units: pd.DataFrame
    means: pd.DataFrame
    paired: pd.DataFrame
    failed: int
    folder: Path

    def figure(self) -> Figure:
        """The difference in equity, or each strategy's, along the first swept numbers."""
        from .picture import sweep_figure

        return sweep_figure(self.axes, self.means, self.paired)

    def sentence(self) -> str:
        """What the sweep says, in a sentence or two."""
        count = self.units["point"].nunique()
        told = f"{count:,} point{'s' * (count > 1)}, {len(self.units):,} units"
        told += f", {self.failed:,} failed." if self.failed else "."
        gaps = self.paired[self.paired["metric"] == PER_PERSON]
        for (one, other), rows in gaps.groupby(["strategy", "versus"], sort=False):
            sure = rows["low"].gt(0.0).sum(), rows["high"].lt(0.0).sum()
            told += (
                f" {one} against {other}: ahead on average at {rows['mean'].gt(0.0).sum():,} of "
                f"{len(rows):,} points ({sure[0]:,} beyond the 90 % interval), behind at "
                f"{rows['mean'].lt(0.0).sum():,} ({sure[1]:,}); P(greater) from "
                f"{rows['p_greater'].min():.2f} to {rows['p_greater'].max():.2f}."
            )
        return told


def report_of(
    plan: Plan, worlds: Mapping[int, int], rows: Mapping[str, Row], folder: Path
) -> Report:
    """Put the units together and write the tables, the picture and the manifest. Raises OSError."""
    axes = tuple(column_of(axis.key) for axis in plan.sweep.axes)
    units = table_of(plan, worlds, rows)
    names = tuple(units["strategy"].unique())
    report = Report(
        axes=axes,
        strategies=names,
        units=units,
        means=means_of(units, axes),
        paired=paired_of(units, axes),
        failed=int(units["error"].ne("").sum()),
        folder=folder,
    )
    write_results(
        folder,
        "sweep",
        {"units.parquet": units, "means.csv": report.means, "paired.csv": report.paired},
        {"sweep": report.figure()} if len(report.means) else {},
        points=int(units["point"].nunique()),
        units=len(units),
        failed=report.failed,
    )
    return report


def table_of(plan: Plan, worlds: Mapping[int, int], rows: Mapping[str, Row]) -> pd.DataFrame:
    """All units of all points, in the order of points, strategies and worlds."""
    found = []
    keys = [column_of(axis.key) for axis in plan.sweep.axes]
    for point, scenario in plan.points():
        at = {"point": point.number, **dict(zip(keys, point.values, strict=True))}
        people = scenario.population.size
        by_world = units_of(scenario, range(worlds[point.number]))
        for place, name in enumerate(scenario.strategies):
            for world, units in enumerate(by_world):
                row = rows[units[place].identity]
                metrics = {k: v for k, v in row.items() if k not in ("unit", "error")}
                again = {"error": row["error"], "seed": scenario.seed, "command": ""}
                if row["error"]:
                    again["command"] = _command(plan, point, world)
                equity = metrics.get("equity", math.nan) / people
                found.append(
                    {**at, "strategy": name, "world": world, "unit": row["unit"], **again,
                     PER_PERSON: equity, **metrics}
                )  # fmt: skip
    frame = pd.DataFrame(found)
    columns = list(frame.columns)
    fixed = columns[: columns.index(PER_PERSON) + 1]
    return frame[[*fixed, *sorted(set(columns) - set(fixed))]]


def column_of(key: str) -> str:
    """What the column of a swept key is called: `strategy` names one of a point's strategies."""
    return "strategies" if key == "strategy" else key


def _command(plan: Plan, point: Point, world: int) -> str:
    """What lives a world of a point again, with those before it."""
    words = [word for word in point.words if not word.startswith(("precision.", "worlds="))]
    own = (f"worlds={world + 1}", "out=replay")
    return shlex.join(["engagesim", "-m", *words, *own, *plan.sweep.flags])


def means_of(units: pd.DataFrame, axes: tuple[str, ...]) -> pd.DataFrame:
    """Means over worlds by point and strategy."""
    by = ["point", *axes, "strategy"]
    good = units[units["error"] == ""]
    grouped = good.groupby(by, sort=False, dropna=False)
    means = grouped[[m for m in METRICS if m in units]].mean()
    means.insert(0, "worlds", grouped.size())
    return means.reset_index()


def paired_of(units: pd.DataFrame, axes: tuple[str, ...]) -> pd.DataFrame:
    """Differences between strategies at each point, over the worlds in which both lived."""
    metrics = [m for m in METRICS if m in units]
    good = units[units["error"] == ""]
    found = []
    for number, frame in good.groupby("point"):
        at = {"point": number, **frame.iloc[0][list(axes)].to_dict()}
        of = {
            str(name): rows.set_index("world")[metrics]
            for name, rows in frame.groupby("strategy", sort=False)
        }
        for one, other in pairs(tuple(of)):
            gap = (of[one] - of[other]).dropna(how="all")
            for metric in metrics:
                mean, low, high = mean_interval(gap[metric])
                p, p_low, p_high = share_better(gap[metric])
                found.append(
                    {**at, "strategy": one, "versus": other, "metric": metric, "worlds": len(gap),
                     "mean": mean, "low": low, "high": high, "p_greater": p, "p_low": p_low,
                     "p_high": p_high}
                )  # fmt: skip
    columns = ["point", *axes, "strategy", "versus", "metric", "worlds", "mean", "low", "high",
               "p_greater", "p_low", "p_high"]  # fmt: skip
    return pd.DataFrame(found, columns=columns)
