"""What figures show: metrics of our company as strategies x worlds x months, with their units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .drawing import Kind

if TYPE_CHECKING:
    from .findings import Findings

COSTS = {
    "discounts": "discounts",
    "rewards": "points rewards",
    "service": "service",
    "marketing": "marketing",
    "community": "community",
    "data": "data and ethics",
    "referral_rewards": "referral rewards",
    "acquisition": "acquisition",
    "fixed": "fixed costs",
    "switching": "switching",
}
"""Accounts of cost as they are named in figures; goods are shown within the gross margin."""

CLV_UNIT = "currency per customer of the start"


@dataclass(frozen=True)
class Quantity:
    """What a panel shows: for each strategy a frame with one row per world, one column per x.

    `steps`: it changes by leaps only. `span`: least height of the axis. `bottom`, `top`: its limits
    where the values do not set them.
    """

    title: str
    unit: str
    kind: Kind
    values: Mapping[str, pd.DataFrame]
    x: str = "months since the start"
    steps: bool = False
    span: float = 0.0
    bottom: float | None = None
    top: float | None = None


def churn_of(
    comparison: Findings, metric: str = "churn_rate", title: str = "Churn per year"
) -> Quantity:
    """Churn a year over a moving window of whole renewals; by month where the horizon is short.

    What a month's churn is under contracts depends on how many are due in it.
    """
    market = comparison.scenario.market
    contractual = market.setting == "contractual"
    window = max(12, market.renewal_months) if contractual else 12
    monthly = by_world(comparison, metric)
    if comparison.scenario.horizon < 2 * window:
        unit = "share of customers lost in the month"
        return Quantity(title.replace("year", "month"), unit, "share", monthly, bottom=0.0)
    yearly = {}
    for name, frame in monthly.items():
        staying = (1.0 - frame).clip(lower=1e-12).apply(np.log)
        yearly[name] = 1.0 - (staying.T.rolling(window).sum().T * 12 / window).apply(np.exp)
    return Quantity(
        title, f"lost a year, over the last {window} months", "share", yearly, bottom=0.0
    )


def lasting(comparison: Findings, frame: pd.DataFrame, title: str, x: str) -> Quantity:
    """Share still there by age, all cohorts of a retention frame together (product limit).

    From each age to the next it counts the cohorts that were watched at both, each alike.
    """
    values = {}
    for name in comparison.strategies:
        mine = frame[frame["strategy"] == name]
        table = mine.pivot(index=["world", "cohort"], columns="age", values="share").astype(float)
        after = table.shift(-1, axis=1)
        alive = after.groupby("world").sum(min_count=1)
        watched = table.where(after.notna()).groupby("world").sum(min_count=1)
        share = (alive / watched.where(watched > 0)).shift(1, axis=1).cumprod(axis=1)
        share.loc[:, share.columns == 0] = 1.0
        values[name] = share
    known = np.concatenate([share.to_numpy(float).ravel() for share in values.values()])
    least = float(known[np.isfinite(known)].min(initial=1.0))
    bottom = max(0.0, float(np.floor((least - 0.02) * 10)) / 10)
    steps = comparison.scenario.market.setting == "contractual"
    return Quantity(
        title, "share still customers", "share", values, x, steps, bottom=bottom, top=1.01
    )


def clv_of(comparison: Findings, title: str) -> Quantity:
    """Customer lifetime value, earned to date."""
    return Quantity(title, CLV_UNIT, "money", by_world(comparison, "clv"))


def advocates_of(comparison: Findings) -> Quantity:
    """Share of customers who recommended."""
    unit = "recommended in the last 12 months"
    return Quantity("Advocates", unit, "share", by_world(comparison, "advocates"))


def talk_of(comparison: Findings, metric: str, title: str) -> Quantity:
    """What is said, smoothed over three months."""
    values = {
        name: 100.0 * frame.T.rolling(3, min_periods=1).mean().T
        for name, frame in by_world(comparison, metric).items()
    }
    return Quantity(title, "per 100 customers a month", "number", values, bottom=0.0)


def feeling_of(comparison: Findings, name: str) -> Quantity:
    """One of the three states, on its scale from 0 to 1."""
    values = by_world(comparison, name)
    return Quantity(name.capitalize(), f"mean {name}, 0 to 1", "number", values, span=0.1)


def profit_of(comparison: Findings) -> Quantity:
    """Profit of the month, after all costs of the programme."""
    return Quantity("Profit", "currency per month", "money", by_world(comparison, "profit"))


def accounts_of(comparison: Findings) -> dict[str, pd.DataFrame]:
    """Mean amount a month by strategy: a row per world; gross margin, costs that occur, profit."""
    ours = comparison.curves[comparison.curves["company"] == 0]
    costs = [kind for kind in COSTS if ours[kind].abs().gt(0).any()]
    means = {
        kind: {name: frame.mean(axis=1) for name, frame in by_world(comparison, kind).items()}
        for kind in ("revenue", "fees", "goods", "profit", *costs)
    }
    return {
        name: pd.DataFrame(
            {
                "gross margin": means["revenue"][name] + means["fees"][name] - means["goods"][name],
                **{COSTS[kind]: means[kind][name] for kind in costs},
                "profit": means["profit"][name],
            }
        )
        for name in comparison.strategies
    }


def by_world(comparison: Findings, metric: str) -> dict[str, pd.DataFrame]:
    """For each strategy worlds x months; a month is shown at its end."""
    ours = comparison.curves[comparison.curves["company"] == 0]
    frames = {}
    for name in comparison.strategies:
        frame = ours[ours["strategy"] == name].pivot(index="world", columns="month", values=metric)
        frames[name] = frame.astype(float).rename(columns=lambda month: month + 1)
    return frames
