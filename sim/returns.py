"""What a programme returns: its cost, the cash it needs, when it has paid back, against another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .world import Path

COLUMNS = ("strategy", "versus", "world", "extra", "programme", "roi", "payback_month")


def spending_of(curves: pd.DataFrame, path: Path) -> dict[str, float]:
    """Of one run: `cac`, cost per customer won, nan if nobody was; `peak_cash`, the most that had
    to be put in; `programme`, programme costs of the horizon, discounted. In currency."""
    paid = float((curves["acquisition"] + curves["referral_rewards"]).sum())
    joined = int(curves["joined"].sum())
    return {
        "cac": paid / joined if joined else float("nan"),
        "peak_cash": max(0.0, -float(curves["cash"].min())),
        "programme": float((curves["programme"] * path.discount[: len(curves)]).sum()),
    }


def returns_of(
    curves: pd.DataFrame, summary: pd.DataFrame, strategies: Sequence[str]
) -> pd.DataFrame:
    """Each strategy against the first, in each world: extra equity within the horizon, extra
    programme costs, the return on these, and the month in which they have been earned back."""
    equity = curves[curves["company"] == 0].pivot(
        index=["world", "month"], columns="strategy", values="equity"
    )
    spent = summary.pivot(index="world", columns="strategy", values="programme")
    first, *others = strategies
    rows = []
    for strategy in others:
        ahead = (equity[strategy] - equity[first]).unstack("month")
        costs = spent[strategy] - spent[first]
        for world, gained, cost in zip(ahead.index, ahead.to_numpy(), costs, strict=True):
            extra = float(gained[-1])
            roi = extra / cost if cost > 0.0 else float("nan")
            rows.append((strategy, first, world, extra, cost, roi, payback(gained)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def payback(gained: NDArray[np.float64]) -> float:
    """The first month from which the sum gained to date stays above 0; nan if there is none."""
    short = np.flatnonzero(~(gained > 0.0))
    month = short[-1] + 1 if len(short) else 0
    return float(month) if month < len(gained) else float("nan")
