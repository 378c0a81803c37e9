"""Data against model, point by point: the curves that a fit shows and is judged by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from ..statistics import LEVEL
from . import bg_nbd, sbg
from .likelihood import Floats, Maximum
from .sbg import MONTH, Exposure
from .spend import Spend

Z = float(special.ndtri(0.5 + LEVEL / 2.0))
CELLS = 8
"""Cells of the histogram of repeat purchases."""
COLUMNS = ["curve", "at", "data", "model", "low", "high", "held_out", "residual", "standardised"]


def _curve(
    curve: str, at: Any, data: Floats, model: Floats, error: Floats, held_out: Any,
    within: tuple[float, float] = (0.0, np.inf),
) -> pd.DataFrame:  # fmt: skip
    """Rows of one curve; `error` is the sd of the data under the model."""
    with np.errstate(divide="ignore", invalid="ignore"):
        standardised = np.where(error > 0, (data - model) / error, np.nan)
    columns = (
        curve, at, data, model, np.clip(model - Z * error, *within),
        np.clip(model + Z * error, *within), held_out, data - model, standardised,
    )  # fmt: skip
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def leaving_curves(best: Maximum, fitted: Exposure, later: Exposure) -> pd.DataFrame:
    """Survival, and retention rates by period, as fitted and as held out (`later`)."""
    survival = _survival(best, fitted, later)
    rates = (_retention(best, fitted, held_out=False), _retention(best, later, held_out=True))
    return pd.concat([survival, *rates], ignore_index=True)


def _survival(best: Maximum, fitted: Exposure, later: Exposure) -> pd.DataFrame:
    a, b = best.natural
    known = len(fitted.at_risk)
    at_risk, left = later.at_risk.copy(), later.left.copy()
    at_risk[:known], left[:known] = fitted.at_risk, fitted.left
    size = int(np.cumprod(at_risk > 1e-9).sum())
    period = np.arange(size + 1)
    model = sbg.survival(a, b, period.astype(float))
    churn = sbg.churn(a, b, period[1:].astype(float))
    data = np.cumprod(np.append(1.0, 1.0 - left[:size] / at_risk[:size]))
    spread = np.cumsum(np.append(0.0, churn / (1.0 - churn) / at_risk[:size]))  # Greenwood 1926
    error = model * np.sqrt(spread)
    return _curve("survival", period, data, model, error, period > known, (0, 1))


def _retention(best: Maximum, exposure: Exposure, *, held_out: bool) -> pd.DataFrame:
    a, b = best.natural
    at_risk, left = exposure.at_risk[exposure.known], exposure.left[exposure.known]
    period = 1 + exposure.known
    stay = 1.0 - sbg.churn(a, b, period.astype(float))
    error = np.sqrt(stay * (1.0 - stay) / at_risk)
    return _curve("retention rate", period, 1.0 - left / at_risk, stay, error, held_out, (0, 1))


def buying_curves(window: bg_nbd.Window, best: Maximum, bill: Spend) -> pd.DataFrame:
    """Repeat purchases by week and by customer, those after the cut, and amounts."""
    p = bg_nbd.Parameters(*best.natural.tolist())
    repeats = window.people.repeats
    # Cells 0, 1..w, w+1..2w, ..., with w = 1 unless people buy often.
    width = max(1, int(np.quantile(repeats, 0.97)) // (CELLS - 1))
    at = np.concatenate([[0], 1 + width * np.arange(CELLS - 1)])
    cell = np.searchsorted(at, repeats, side="right") - 1
    frames = [_by_week(window, p), _by_count(window, p, at, cell)]
    if window.held_out:
        frames.append(_after_the_cut(window, p, at, cell))
    return pd.concat([*frames, _amounts(window, bill)], ignore_index=True)


def _by_week(window: bg_nbd.Window, p: bg_nbd.Parameters) -> pd.DataFrame:
    """Repeat purchases of all by the end of each week."""
    first_day = window.until - window.people.age
    begin = int(first_day.min())
    day, rank, _ = window.repeats()
    weeks = np.arange(1, (window.data.until - begin + 1) // 7 + 1)
    ends = begin + 7 * weeks - 1
    order = np.argsort(day, kind="stable")
    sums = np.zeros((2, len(day) + 1))
    sums[0, 1:] = np.arange(1, len(day) + 1)
    sums[1, 1:] = np.cumsum(2.0 * rank[order] - 1.0)
    # Squares of customers' purchases give the spread over customers.
    total, squares = sums[:, np.searchsorted(day[order], ends, side="right")]
    starts, how_many = np.unique(first_day, return_counts=True)
    time = np.maximum(ends[:, None] - starts, 0) / MONTH
    model = bg_nbd.repeats(p, time) @ how_many
    error = np.sqrt(np.maximum(squares - total**2 / len(first_day), 0.0))
    return _curve("cumulative repeats", weeks, total, model, error, ends > window.until)


def _by_count(
    window: bg_nbd.Window, p: bg_nbd.Parameters, at: NDArray[Any], cell: NDArray[Any]
) -> pd.DataFrame:
    """How many customers have so many repeat purchases, by cell."""
    counts = np.bincount(cell, minlength=CELLS).astype(np.float64)
    ages, how_many = np.unique(window.people.age, return_counts=True)
    x = np.arange(at[-1])
    by_count = bg_nbd.probability(p, x[:, None], ages / MONTH) @ how_many
    size = len(cell)
    share = np.add.reduceat(by_count, at[:-1]) / size
    share = np.append(share, max(1.0 - share.sum(), 0.0))
    error = np.sqrt(size * share * (1.0 - share))
    return _curve("repeat counts", at, counts, share * size, error, False)


def _after_the_cut(
    window: bg_nbd.Window, p: bg_nbd.Parameters, at: NDArray[Any], cell: NDArray[Any]
) -> pd.DataFrame:
    """What those with so many repeats did after the cut: means by cell."""
    later = window.later()
    ahead = window.expected_later(p)[window.groups.inverse]
    n = np.bincount(cell, minlength=CELLS)
    means, models, squares = (
        np.bincount(cell, weights=values, minlength=CELLS) / np.maximum(n, 1)
        for values in (later, ahead, (later - ahead) ** 2)
    )
    some = n > 0
    name = "hold-out repeats by calibration repeats"
    error = np.sqrt(squares[some] / n[some])
    return _curve(name, at[some], means[some], models[some], error, True)


def _amounts(window: bg_nbd.Window, bill: Spend) -> pd.DataFrame:
    """Quantiles of amounts, in percent."""
    percent = np.arange(5, 100, 5)
    data = window.data
    paid = data.amount[(data.day <= window.until) & (data.amount > 0.0)]
    sd = float(np.hypot(*np.exp(bill.logs[1:])))
    model = np.exp(bill.logs[0] - 0.5 * sd**2 + sd * special.ndtri(percent / 100.0))
    quantiles = np.quantile(paid, percent / 100.0)
    return _curve("amount", percent, quantiles, model, np.full(len(percent), np.nan), False)
