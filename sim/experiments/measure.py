"""What an experiment asks about: one number of a strategy, or how far one is ahead of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...scenarios.scenario import Scenario
from ..drawing import number, shown

Metric = Literal[
    "equity", "clv", "profit", "churn_rate", "customers", "satisfaction", "trust", "engagement",
    "advocates",
]  # fmt: skip
"""Metrics that can be asked about; equity, profit and customers count per person in the market."""

PER_PERSON = ("equity", "profit", "customers")
WORDS: dict[str, str] = {
    "equity": "customer equity per person", "clv": "CLV, customers of start",
    "profit": "profit per person", "churn_rate": "churn a month", "customers": "customers, share",
    "satisfaction": "satisfaction", "trust": "trust", "engagement": "engagement",
    "advocates": "advocates, share",
}  # fmt: skip


def levels(
    found: NDArray[np.float64], metric: str, scenarios: Sequence[Scenario]
) -> NDArray[np.float64]:
    """One metric, as it is asked about: of shape (scenarios, worlds, strategies), as `found`."""
    if metric not in PER_PERSON:
        return found
    people = np.array([one.population.size for one in scenarios], dtype=float)
    return np.asarray(found / people[:, None, None])


def gaps(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """The second strategy less the first, shape (scenarios, worlds); the level of one that is
    alone."""
    return found[..., 0] if found.shape[-1] == 1 else found[..., 1] - found[..., 0]


def amount(value: float) -> str:
    """A difference with its sign, small ones with more digits."""
    return number(value, 2 if abs(value) >= 0.1 or value == 0.0 else 4, signed=True)


def asked_about(metric: str, names: Sequence[str]) -> str:
    """In words: `flywheel less points only, customer equity per person`."""
    who = shown(names[0]) if len(names) == 1 else f"{shown(names[1])} less {shown(names[0])}"
    return f"{who}, {WORDS[metric]}"
