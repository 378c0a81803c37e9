"""Judging a fact: from values by world to a verdict, and to what the verdict depends on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from ..statistics import mean_interval
from .fact import Band

Verdict = Literal[
    "passed", "failed", "robust", "conditional", "fails", "reported", "not measured"
]  # fmt: skip

ROBUST = 0.80
"""Share of worlds that must be in band for a fact not to hang on what is not known."""
HALF = 0.50
"""Share of worlds below which a fact whose mean is out of band fails."""
NAMED = 3
"""Inputs that are named at most."""
PERMUTATIONS = 400
FEWEST = 8
"""Worlds below which nothing is said of inputs."""


class Judged(NamedTuple):
    """What values by world come to: mean with its 90 % interval, 5 to 95 % of worlds, a verdict."""

    mean: float
    mean_low: float
    mean_high: float
    world_low: float
    world_high: float
    share: float
    """Of worlds in band."""
    verdict: Verdict


def judge_once(band: Band, value: float) -> Judged:
    """One measurement of what is built in: it passes or it fails."""
    verdict: Verdict = "passed" if band.holds(value) else "failed"
    held = float(band.holds(value))
    return Judged(value, math.nan, math.nan, value, value, held, verdict)


def judge(band: Band, values: Sequence[float]) -> Judged:
    """Values over worlds; those in which there was nothing to measure (nan) are left out.

    Where that is so in more than half of the worlds, nothing was measured.
    """
    found = np.array([value for value in values if not math.isnan(value)])
    if len(found) == 0 or len(found) < HALF * len(values):
        none = math.nan
        return Judged(none, none, none, none, none, none, "not measured")
    mean, low, high = mean_interval(found)
    share = float(np.mean([band.holds(float(value)) for value in found]))
    least, most = np.quantile(found, [0.05, 0.95], method="nearest").tolist()
    return Judged(mean, low, high, least, most, share, verdict_of(band, mean, share))


def verdict_of(band: Band, mean: float, share: float) -> Verdict:
    """Robust: the mean in band, and 80 % of worlds. Fails: neither the mean nor half of them."""
    if not band.judged:
        return "reported"
    if band.holds(mean) and share >= ROBUST:
        return "robust"
    if not band.holds(mean) and share < HALF:
        return "fails"
    return "conditional"


class Influence(NamedTuple):
    """An input that a fact goes with, and their rank correlation over worlds."""

    name: str
    correlation: float


def influences(values: Sequence[float], inputs: pd.DataFrame) -> tuple[Influence, ...]:
    """The inputs that values depend on most; a row of `inputs` is a world.

    Only correlations beyond the largest that 95 % of shuffled values have with any input at all:
    with a hundred inputs some correlate by chance.
    """
    known = np.isfinite(np.asarray(values, dtype=float))
    varied = inputs.loc[:, inputs.nunique() > 1]
    if known.sum() < FEWEST or varied.empty or np.ptp(np.asarray(values)[known]) == 0.0:
        return ()
    ranks = _standard_ranks(varied.to_numpy(float)[known])
    own = _standard_ranks(np.asarray(values, dtype=float)[known, None])[:, 0]
    random = np.random.default_rng(0)
    shuffled = np.array([random.permutation(own) for _ in range(PERMUTATIONS)])
    bound = float(np.quantile(np.abs(shuffled @ ranks).max(axis=1), 0.95))
    found = own @ ranks
    strongest = np.argsort(-np.abs(found), kind="stable")[:NAMED]
    return tuple(
        Influence(str(varied.columns[k]), float(found[k]))
        for k in strongest
        if abs(found[k]) > bound
    )


def _standard_ranks(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks by column, scaled so that products of columns sum to correlations."""
    ranks = stats.rankdata(columns, axis=0)
    ranks = ranks - ranks.mean(axis=0)
    norms = np.sqrt((ranks**2).sum(axis=0))
    return np.asarray(ranks / np.where(norms > 0.0, norms, 1.0))
