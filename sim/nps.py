"""The net promoter score, as a company would get it from a survey: a figure to report, no more.

Keiningham et al. (2007) found no advantage of it over satisfaction measures, so nothing is decided
on it and nothing in the model reads it (G7).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

NOISE = 0.5
"""sd of an answer around what is felt (judgement)."""

PASSIVE = 0.3
"""Share of neutral customers who are neither promoters nor detractors (judgement), where the score
leaves as many."""

FEWEST = 0.01
"""Least share of neutral customers who are promoters, and who are detractors."""

WEIGHTS = {"satisfaction": 0.5, "engagement": 0.3, "trust": 0.2}


class Gauge(NamedTuple):
    """How answers are read: states standardised on a neutral market, cut-offs set there once."""

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    promoter: float
    detractor: float


def gauge_of(people: Any, baseline: float) -> Gauge | None:
    """The gauge by which these customers have the score `baseline`, in [-90, 90].

    `people` maps states to columns. None where there are no customers who differ.
    """
    states = _states(people)
    if not states.shape[1] or not states.std(axis=1).all():
        return None
    mean, sd = states.mean(axis=1), states.std(axis=1)
    felt = _felt(states, mean, sd)
    lean = baseline / 100.0
    fewer = max(FEWEST, (1.0 - PASSIVE - abs(lean)) / 2.0)
    promoters, detractors = fewer + max(0.0, lean), fewer + max(0.0, -lean)

    def cut(share: float) -> float:
        """The cut-off above which this share of answers lies."""
        return float(optimize.brentq(lambda c: _above(felt, c) - share, -10.0, 10.0))

    return Gauge(mean, sd, cut(promoters), cut(1.0 - detractors))


def nps(people: Any, gauge: Gauge | None) -> float:
    """Expected score of these customers, in [-100, 100]; nan where there are none."""
    states = _states(people)
    if gauge is None or not states.shape[1]:
        return float("nan")
    felt = _felt(states, gauge.mean, gauge.sd)
    return 100.0 * (_above(felt, gauge.promoter) + _above(felt, gauge.detractor) - 1.0)


def _states(people: Any) -> NDArray[np.float64]:
    """Shape (states, customers)."""
    alive = people["alive"] == 1
    return np.array([people[name][alive] for name in WEIGHTS])


def _felt(states: Any, mean: Any, sd: Any) -> NDArray[np.float64]:
    weights = np.array(list(WEIGHTS.values()))
    return np.asarray(weights @ ((states - mean[:, None]) / sd[:, None]))


def _above(felt: NDArray[np.float64], cut: float) -> float:
    """Share of answers above a cut-off, noise averaged out."""
    return float(special.ndtr((felt - cut) / NOISE).mean())
