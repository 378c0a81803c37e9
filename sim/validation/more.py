"""What `engagesim validate also=...` adds: mechanisms off, estimators, conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from rich import box
from rich.table import Table

from ...scenarios.scenario import Scenario
from ..estimation.picture import picture
from ..estimation.trial import bench
from ..terminal import console_of_output
from .ablation import METRICS, ablation
from .ablation_picture import ablation_figure
from .conditions import conditions
from .conditions_picture import conditions_figure
from .laboratory import QUICK, Scale

Progress = Callable[[int, int], None]


class Addition(NamedTuple):
    """A frame over markets, and its picture."""

    frame: pd.DataFrame
    figure: Figure


def added(
    name: str, scenarios: Mapping[str, Scenario], scale: Scale, progress: Progress
) -> Addition:
    """One of `request.ADDITIONS`, in all markets, by worlds of luck."""
    frames = []
    for place, (market, scenario) in enumerate(scenarios.items()):

        def told(done: int, total: int, place: int = place) -> None:
            progress(place * total + done, len(scenarios) * total)

        frames.append(MADE[name](market, scenario, scale, told).assign(market=market))
    frame = pd.concat(frames, ignore_index=True)
    return Addition(frame, DRAWN[name](frame))


def _ablation(market: str, scenario: Scenario, scale: Scale, progress: Progress) -> pd.DataFrame:
    population = scenario.population.model_copy(update={"size": scale.people})
    worlds = 4 if scale.worlds <= QUICK.worlds else 12
    return ablation(scenario.model_copy(update={"population": population}), worlds, progress)


def _estimators(market: str, scenario: Scenario, scale: Scale, progress: Progress) -> pd.DataFrame:
    population = scenario.population.model_copy(
        update={"size": scale.people, "customer_share": 1.0}
    )
    known = scenario.model_copy(update={"population": population, "uncertainty": "luck"})
    worlds = 6 if scale.worlds <= QUICK.worlds else 24
    return bench(known, worlds, market=market, progress=progress)


def _conditions(market: str, scenario: Scenario, scale: Scale, progress: Progress) -> pd.DataFrame:
    population = scenario.population.model_copy(update={"size": scale.people})
    return conditions(
        scenario.model_copy(update={"population": population}), scale.worlds, progress
    )


MADE = {"ablation": _ablation, "estimators": _estimators, "conditions": _conditions}
DRAWN = {"ablation": ablation_figure, "estimators": picture, "conditions": conditions_figure}


def show_addition(name: str, frame: pd.DataFrame) -> None:
    """Print an addition as a table."""
    console = console_of_output()
    console.print()
    if name == "ablation":
        for market, mine in frame.groupby("market", sort=False):
            console.print(_ablation_table(str(market), mine), soft_wrap=True)
        console.print("Off less on, 95 % interval of the mean over worlds; * beyond it.")
        return
    if name == "conditions":
        console.print(_conditions_table(frame), soft_wrap=True)
        return
    table = Table(title="Estimators beside the truth", title_justify="left", box=box.SIMPLE)
    for column in ("market", "treatment", "outcome", "estimator", "estimate", "truth", "ratio"):
        table.add_column(column)
    for row in frame.to_dict(orient="records"):
        table.add_row(
            str(row["market"]), str(row["treatment"]), str(row["outcome"]), str(row["estimator"]),
            f"{row['estimate']:.2f} [{row['low']:.2f}, {row['high']:.2f}]",
            f"{row['truth']:.2f}", f"{row['ratio']:.2f}",
        )  # fmt: skip
    console.print(table, soft_wrap=True)


def _conditions_table(frame: pd.DataFrame) -> Table:
    table = Table(title="Points alone against the flywheel", title_justify="left", box=box.SIMPLE)
    for column in (
        "market",
        "",
        "condition",
        "side",
        "P(points)",
        "lead of points",
        "shift",
        "verdict",
    ):
        table.add_column(column)
    for row in frame.to_dict(orient="records"):
        table.add_row(
            str(row["market"]), str(row["condition"]), str(row["title"]), str(row["side"]),
            f"{row['p']:.2f} [{row['p_low']:.2f}, {row['p_high']:.2f}]",
            f"{row['lead']:+.1%} [{row['lead_low']:+.1%}, {row['lead_high']:+.1%}]",
            _shift(row),
            str(row["verdict"]),
        )  # fmt: skip
    return table


def _shift(row: Mapping[Any, Any]) -> str:
    """How far the lead moves between both sides, told beside the first of them."""
    if row["side"] != "stated":
        return ""
    return f"{row['shift']:+.1%} [{row['shift_low']:+.1%}, {row['shift_high']:+.1%}]"


def _ablation_table(market: str, frame: pd.DataFrame) -> Table:
    table = Table(title=f"Each mechanism off: {market}", title_justify="left", box=box.SIMPLE)
    table.add_column("mechanism", no_wrap=True)
    for metric in PRINTED:
        table.add_column(f"{metric}, {METRICS[metric]}", justify="right", no_wrap=True)
    table.add_column("and moves")
    for name, rows in frame.groupby("mechanism", sort=False):
        found = {row["metric"]: row for row in rows.to_dict(orient="records")}
        others = [metric for metric in found if metric not in PRINTED and found[metric]["moves"]]
        cells = (_change(found[metric]) for metric in PRINTED)
        table.add_row(str(name), *cells, ", ".join(others))
    return table


PRINTED = ("equity", "churn", "clv", "advocates")
"""Metrics in the printed table; all are in the results folder."""


def _change(row: Mapping[Any, Any]) -> str:
    half = (row["high"] - row["low"]) / 2.0
    return f"{row['change']:+.2f} ±{half:.2f}{'*' if row['moves'] else ' '}"
