"""The decision: which strategy wins, how sure that is, and what would turn it.

Two kinds of doubt are never mixed. *What is not known* (coefficients, prices, the market, luck)
differs from world to world: P and regret are about it, and more worlds do not make it less. *That
worlds are few* makes those numbers uncertain: their intervals are about it, and more worlds do.

Nobody feels the price of a programme, so equity is linear in the cost factors: what it would be at
any other prices follows from the worlds already run, exactly. The rest is regression over worlds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from .doubt import Uncertain
from .statistics import mean_interval, regret_interval, share_better, wilson

Array = NDArray[np.float64]

SETTLED, SURE = 0.65, 0.95
"""P below the first is called not settled, below the second probable."""

FEWEST = 16
"""Worlds below which no input is said to move the difference."""


class Worlds(NamedTuple):
    """What strategies came to in the same worlds.

    `equity` (worlds, strategies), currency; `costs` (worlds, strategies, factors): what of it was
    cost, by factor, at the prices of the world; `served` (worlds, strategies): discounted
    customer-months; `blocks` (worlds, strategies, blocks): value by block of people; `inputs`: the
    drawn numbers by name; `uncertain`: which were drawn, and how.
    """

    names: tuple[str, ...]
    equity: Array
    costs: Array
    factors: tuple[str, ...]
    served: Array
    blocks: Array
    inputs: pd.DataFrame
    uncertain: tuple[Uncertain, ...]

    def unit_costs(self) -> Array:
        """Cost at factors of 1: (worlds, strategies, factors)."""
        prices = self.inputs[list(self.factors)].to_numpy()[:, None, :]
        unit = np.zeros_like(self.costs)
        return np.asarray(np.divide(self.costs, prices, out=unit, where=prices > 0.0))

    def at_mean_prices(self) -> Array:
        """Equity had prices been the mean of their ranges: (worlds, strategies)."""
        drawn = {number.name: number for number in self.uncertain}
        prices = self.inputs[list(self.factors)].to_numpy()
        mean = prices.mean(axis=0)
        for k, name in enumerate(self.factors):
            if name in drawn:
                mean[k] = (drawn[name].low + drawn[name].high) / 2.0
        return np.asarray(self.equity - self.costs_at(mean) + self.costs.sum(axis=2))

    def costs_at(self, prices: Array) -> Array:
        """Cost at other factors: (worlds, strategies)."""
        return np.asarray((self.unit_costs() * prices).sum(axis=2))


def decide(worlds: Worlds) -> dict[str, Any]:
    """Who wins on customer equity, by how much, how sure, and what that hangs on."""
    equity, count = worlds.equity, len(worlds.equity)
    order = np.argsort(-equity.mean(axis=0), kind="stable")
    best = equity.max(axis=1)
    ranking = []
    for s in order:
        wins = (equity[:, s] == best) / (equity == best[:, None]).sum(axis=1)
        p_low, p_high = wilson(float(wins.sum()), count)
        mean, low, high = mean_interval(equity[:, s])
        regret, regret_low, regret_high = regret_interval(lead(equity, int(s)))
        ranking.append(
            {"strategy": worlds.names[s], "equity": mean, "low": low, "high": high,
             "p_best": float(wins.mean()), "p_low": p_low, "p_high": p_high,
             "regret": regret, "regret_low": regret_low, "regret_high": regret_high}
        )  # fmt: skip
    decision: dict[str, Any] = {
        "metric": "equity",
        "worlds": count,
        "winner": worlds.names[order[0]],
        "ranking": ranking,
    }
    if len(worlds.names) == 1:
        return decision
    first, second = int(order[0]), int(order[1])
    difference = equity[:, first] - equity[:, second]
    mean, low, high = mean_interval(difference)
    p, p_low, p_high = share_better(difference)
    base = float(equity[:, second].mean())
    return decision | {
        "runner_up": worlds.names[second], "difference": mean, "low": low, "high": high,
        "relative": mean / abs(base) if base else float("nan"),
        "p": p, "p_low": p_low, "p_high": p_high, "settled": p >= SETTLED,
        "doubt": doubt_of(worlds, first, second),
        "inputs": inputs_of(worlds, first, second),
        "break_even": [break_even(worlds, int(s), order) for s in order],
    }  # fmt: skip


def lead(equity: Array, strategy: int) -> Array:
    """By how much a strategy is ahead of the best other one, world by world, currency."""
    others = np.delete(equity, strategy, axis=1)
    if not others.shape[1]:
        return np.zeros(len(equity))
    return np.asarray(equity[:, strategy] - others.max(axis=1))


def doubt_of(worlds: Worlds, first: int, second: int) -> dict[str, Any] | None:
    """The variance of the difference, split by its sources; None for fewer than two worlds.

    luck: the mean variance within a world, from blocks of people. costs: the mean variance that
    prices make within a world, exact. behaviour: what is left of the variance between worlds at
    mean prices, that of coefficients, market and fit. Each with a 90 % interval by bootstrap over
    worlds. By the law of total variance the three add up, up to the noise of the estimates.
    """
    count = len(worlds.equity)
    if count < 2:
        return None
    middle = worlds.at_mean_prices()
    difference = middle[:, first] - middle[:, second]
    costs = _price_variance(worlds, first, second)
    luck = _luck_variance(worlds, first, second)

    def split(chosen: NDArray[np.int64]) -> Array:
        within = luck[chosen].mean()
        between = max(0.0, float(difference[chosen].var(ddof=1)) - within)
        if not worlds.uncertain:
            return np.array([float(difference[chosen].var(ddof=1)), 0.0, 0.0])
        return np.array([within, between, costs[chosen].mean()])

    parts = split(np.arange(count))
    resample = np.random.Generator(np.random.Philox(key=count)).integers
    again = np.array([split(resample(0, count, count)) for _ in range(400)])
    total = again.sum(axis=1, keepdims=True)
    shares = np.divide(again, total, out=np.zeros_like(again), where=total > 0.0)
    low, high = np.quantile(shares, [0.05, 0.95], axis=0)
    whole = float(parts.sum())
    return {
        name: {
            "sd": float(np.sqrt(part)),
            "share": float(part / whole) if whole else 0.0,
            "low": float(low[k]),
            "high": float(high[k]),
        }
        for k, (name, part) in enumerate(zip(("luck", "behaviour", "costs"), parts, strict=True))
    }


def _price_variance(worlds: Worlds, first: int, second: int) -> Array:
    unit = worlds.unit_costs()
    slope = unit[:, first] - unit[:, second]
    drawn = {number.name: number for number in worlds.uncertain}
    variance = [
        (drawn[name].high - drawn[name].low) ** 2 / 12.0 if name in drawn else 0.0
        for name in worlds.factors
    ]
    return np.asarray((slope * slope * np.array(variance)).sum(axis=1))


def _luck_variance(worlds: Worlds, first: int, second: int) -> Array:
    """Variance of the difference by luck alone, world by world.

    People are blocks of neighbours whose sums hardly depend on each other (batch means).
    """
    blocks = worlds.blocks[:, first] - worlds.blocks[:, second]
    return np.asarray(blocks.shape[1] * blocks.var(axis=1, ddof=1))


def inputs_of(worlds: Worlds, first: int, second: int) -> list[dict[str, Any]]:
    """The inputs that move the difference of two strategies, by what knowing them is worth.

    Prices: exact. The others: linear regression over worlds at mean prices, forward, taking only
    what chance alone would hardly give to any of all inputs (p below 0.1 / inputs). Each with the
    mean difference at both ends of its range, where it turns the verdict, the chance of that, and
    the expected value of knowing it (EVPPI), in currency.
    """
    if len(worlds.equity) < FEWEST or not worlds.uncertain:
        return []
    middle = worlds.at_mean_prices()
    difference = middle[:, first] - middle[:, second]
    mean = float(difference.mean())
    unit = worlds.unit_costs().mean(axis=0)
    found: list[dict[str, Any]] = []
    selected = _movers(difference, worlds)
    for number in worlds.uncertain:
        values = np.array([number.at(u) for u in (np.arange(400) + 0.5) / 400])
        if number.kind == "costs":
            k = worlds.factors.index(number.name)
            slope, error = float(unit[second, k] - unit[first, k]), 0.0
            centre = float(values.mean())
        elif number.name in selected:
            slope, error = selected[number.name]
            centre = float(worlds.inputs[number.name].mean())
        else:
            continue
        line = mean + slope * (values - centre)
        if not line.any() or slope == 0.0:
            continue
        turns = centre - mean / slope
        inside = number.low < turns < number.high
        ends = mean + slope * (np.array([number.low, number.high]) - centre)
        found.append(
            {"input": number.name, "kind": number.kind, "low": number.low, "mode": number.mode,
             "high": number.high, "difference_low": float(ends[0]),
             "difference_high": float(ends[1]), "slope": slope, "slope_error": error,
             "turns_at": float(turns) if inside else None,
             "p_turns": float(np.mean(line * mean < 0.0)),
             "value": float(np.maximum(line, 0.0).mean() - max(line.mean(), 0.0))}
        )  # fmt: skip
    return sorted(
        found,
        key=lambda row: (-row["value"], -abs(row["difference_high"] - row["difference_low"])),
    )


def _movers(difference: Array, worlds: Worlds) -> dict[str, tuple[float, float]]:
    """Slope and standard error of the inputs that a forward regression finds, prices apart."""
    names = [number.name for number in worlds.uncertain if number.kind != "costs"]
    table = worlds.inputs[names].to_numpy()
    scale = table.std(axis=0)
    names = [name for name, sd in zip(names, scale, strict=True) if sd > 0.0]
    table = (table[:, scale > 0.0] - table[:, scale > 0.0].mean(axis=0)) / scale[scale > 0.0]
    count, chosen = len(difference), list[int]()
    while len(chosen) < min(5, len(names), count // 8):
        basis = np.column_stack([np.ones(count), table[:, chosen]])
        rest = difference - basis @ np.linalg.lstsq(basis, difference, rcond=None)[0]
        apart = table - basis @ np.linalg.lstsq(basis, table, rcond=None)[0]
        norm = np.sqrt((apart**2).sum(axis=0) * (rest**2).sum())
        r = np.divide(apart.T @ rest, norm, out=np.zeros(len(names)), where=norm > 1e-9)
        r[chosen] = 0.0
        k, freedom = int(np.argmax(np.abs(r))), count - len(chosen) - 2
        t = abs(r[k]) * np.sqrt(freedom / max(1e-12, 1.0 - r[k] ** 2))
        if 2.0 * stats.t.sf(t, freedom) >= 0.1 / len(names):
            break
        chosen.append(k)
    if not chosen:
        return {}
    basis = np.column_stack([np.ones(count), table[:, chosen]])
    slopes = np.linalg.lstsq(basis, difference, rcond=None)[0]
    rest = difference - basis @ slopes
    noise = (rest**2).sum() / (count - basis.shape[1])
    errors = np.sqrt(noise * np.diag(np.linalg.inv(basis.T @ basis)))
    sd = scale[scale > 0.0]
    return {
        names[k]: (float(slopes[j] / sd[k]), float(errors[j] / sd[k]))
        for j, k in enumerate(chosen, start=1)
    }


def break_even(worlds: Worlds, strategy: int, order: Any) -> dict[str, Any]:
    """What a strategy costs per customer and month, and what it could cost to draw level.

    Costs are those of contacts, programmes, rewards and acquisition, discounted, per discounted
    month of a customer; level with the best other strategy, on average over worlds. The interval is
    that of the mean over worlds.
    """
    other = int(next(s for s in order if s != strategy))
    months = float(worlds.served[:, strategy].mean())
    gap = worlds.equity[:, strategy] - worlds.equity[:, other]
    cost = float(worlds.costs[:, strategy].sum(axis=1).mean())
    if months <= 0.0:
        return {"strategy": worlds.names[strategy], "versus": worlds.names[other],
                "cost": float("nan"), "break_even": float("nan"), "low": float("nan"),
                "high": float("nan")}  # fmt: skip
    level, low, high = (x / months for x in mean_interval(gap + cost))
    return {"strategy": worlds.names[strategy], "versus": worlds.names[other],
            "cost": cost / months, "break_even": level, "low": low, "high": high}  # fmt: skip


MEASURES = (("equity", 1), ("clv", 1), ("churn_rate_true", -1))
"""What strategists go by, and whether more of it is better."""


def measures_of(summary: pd.DataFrame, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Equity, lifetime value and churn side by side: who is best by each, and in how many worlds.

    Decisions go by equity; where the others differ, that is worth knowing.
    """
    rows = []
    for metric, sign in MEASURES:
        table = summary.pivot(index="world", columns="strategy", values=metric)[list(names)]
        values = sign * table.to_numpy()
        values = values[np.isfinite(values).all(axis=1)]
        if not len(values):
            continue
        k = int(np.argmax(values.mean(axis=0)))
        top = values == values.max(axis=1, keepdims=True)
        wins = (top[:, k] / top.sum(axis=1)).sum()
        low, high = wilson(float(wins), len(values))
        rows.append(
            {"metric": metric, "best": names[k], "p_best": float(wins / len(values)),
             "p_low": low, "p_high": high,
             "means": {name: float(table[name].mean()) for name in names}}
        )  # fmt: skip
    return rows
