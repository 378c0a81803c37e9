"""Intervals and associations, over worlds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats

LEVEL = 0.90
"""Coverage of all intervals that are reported."""

NORMAL = float(stats.norm.ppf(0.5 + LEVEL / 2.0))
"""Half the width of such an interval in standard errors, where these are known."""


def wilson(successes: float, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval of a share (Wilson 1927); (0, 1) where nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    z = float(stats.norm.ppf(0.5 + level / 2.0))
    share = successes / trials
    middle = share + z * z / (2.0 * trials)
    half = z * math.sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials))
    scale = 1.0 + z * z / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def mean_interval(values: Any, level: float = LEVEL) -> tuple[float, float, float]:
    """Mean with Student's interval; without an interval (nan) for fewer than two values."""
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return math.nan, math.nan, math.nan
    mean = float(values.mean())
    if len(values) == 1:
        return mean, math.nan, math.nan
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    half = float(stats.t.ppf(0.5 + level / 2.0, len(values) - 1)) * error
    return mean, mean - half, mean + half


def share_better(differences: Any) -> tuple[float, float, float]:
    """P(A beats B): share of worlds with a positive difference (ties count half), with interval."""
    differences = np.asarray(differences, dtype=float)
    differences = differences[np.isfinite(differences)]
    wins = float(np.sum(differences > 0.0) + 0.5 * np.sum(differences == 0.0))
    low, high = wilson(wins, len(differences))
    return (wins / len(differences) if len(differences) else math.nan), low, high


def regret_interval(gaps: Any, level: float = LEVEL) -> tuple[float, float, float]:
    """Mean regret of a choice, max(0, -gap), with its interval.

    `gaps` are its lead over the best other choice, by world. Where few or no worlds are lost, those
    that are seen say too little of those that are not: the upper end is then at least what a normal
    spread of the gaps makes of the share that may be lost, by Wilson's upper end.
    """
    gaps = np.asarray(gaps, dtype=float)
    mean, low, high = mean_interval(np.maximum(0.0, -gaps), level)
    count = int((gaps < 0.0).sum())
    if len(gaps) < 2 or count == len(gaps):  # of those that are lost none is unseen
        return mean, low, high
    _, lost = wilson(float(count), len(gaps), level)
    z = float(stats.norm.isf(lost))
    least = float(gaps.std(ddof=1)) * float(stats.norm.pdf(z) - z * lost)
    return mean, max(0.0, low), max(high, least)
