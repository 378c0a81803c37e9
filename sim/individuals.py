"""Who gains and who is harmed: every customer of the start against their twin, by segment.

A twin is the same person with the same luck under another strategy. So what differs between twins
was done by the strategies, person by person, which no panel of customers can show.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .course import Run
from .kernel import Records

BLOCKS = 64
"""Blocks of neighbouring people by which the luck in a sum is judged."""

THIRDS = ("low", "middle", "high")
COLUMNS = ("people", "kept", "lost", "satisfaction", "trust", "engagement", "value", "value_p05",
           "value_p25", "value_p50", "value_p75", "value_p95")  # fmt: skip

Groups = dict[tuple[str, str], NDArray[np.bool_]]


def blocks_of(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Value by block of neighbouring people, shape (BLOCKS,)."""
    edges = np.linspace(0, len(worth), BLOCKS + 1).astype(int)
    total = np.concatenate([[0.0], np.cumsum(worth)])
    return np.asarray(np.diff(total[edges]))


def segments(scenario: Scenario, people: Records) -> Groups:
    """The segments of the customers of the start, as masks over everybody, by what they are then.

    Thirds by spend, share of wallet, involvement and fit with the company; tenure by years.
    """
    base = people["base"] == 1
    spend = people["basket"] * np.where(base, people["rate"], 0.0)
    involvement = (people["rational"] + people["hedonic"]) / 2.0
    groups: Groups = {("all", "all"): base}
    for name, values in (
        ("spend", spend),
        ("share of wallet", people["wallet"]),
        ("involvement", involvement),
        ("fit", people["match"]),
    ):
        if base.any():
            third = np.searchsorted(np.quantile(values[base], [1 / 3, 2 / 3]), values)
            groups |= {(name, word): base & (third == k) for k, word in enumerate(THIRDS)}
    if scenario.population.start == "base":
        years = np.digitize(people["tenure"], [12, 36])
        for k, word in enumerate(("below 1 year", "1 to 3 years", "above 3 years")):
            groups["tenure", word] = base & (years == k)
    return groups


def effects_of(groups: Groups, runs: Sequence[Run]) -> pd.DataFrame:
    """Effects of each strategy against every earlier one on the customers of the start.

    One row per pair and segment: `kept`, share who stay under the strategy and leave under the
    other; `lost`, the reverse; mean differences in feelings of those who stay under both; mean and
    quantiles of the difference in value to the company, remainder included, in currency.
    """
    rows = []
    for k, one in enumerate(runs):
        for other in runs[:k]:
            stays, stays_other = _stays(one.people), _stays(other.people)
            both = stays & stays_other
            gap = one.worth - other.worth
            for (segment, group), mask in groups.items():
                count = int(mask.sum())
                if not count:
                    continue
                row: dict[str, Any] = {
                    "strategy": one.strategy, "versus": other.strategy, "world": one.world,
                    "segment": segment, "group": group, "people": count,
                    "kept": float((stays & ~stays_other)[mask].mean()),
                    "lost": float((stays_other & ~stays)[mask].mean()),
                }  # fmt: skip
                for name in ("satisfaction", "trust", "engagement"):
                    change = one.people[name] - other.people[name]
                    felt = change[mask & both]
                    row[name] = float(felt.mean()) if len(felt) else float("nan")
                row["value"] = float(gap[mask].mean())
                quantiles = np.quantile(gap[mask], [0.05, 0.25, 0.5, 0.75, 0.95])
                row |= dict(zip(COLUMNS[-5:], quantiles.tolist(), strict=True))
                rows.append(row)
    return pd.DataFrame(rows, columns=["strategy", "versus", "world", "segment", "group", *COLUMNS])


def standings(groups: Groups, run: Run) -> dict[str, float]:
    """Of the customers of the start by segment: `worth/SEGMENT/GROUP`, mean value to the company in
    currency, and `stays/SEGMENT/GROUP`, the share who are still in that relation."""
    stays = _stays(run.people)
    found = {}
    for (segment, group), mask in groups.items():
        if mask.any():
            found[f"worth/{segment}/{group}"] = float(run.worth[mask].mean())
            found[f"stays/{segment}/{group}"] = float(stays[mask].mean())
    return found


def _stays(people: Records) -> NDArray[np.bool_]:
    """Who of the customers of the start is still in that relation."""
    still: NDArray[np.bool_] = (people["alive"] == 1) & (people["spell"] == 1)
    return still
