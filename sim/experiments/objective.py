"""What is to be made better: a metric, or a stated mix of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from ...scenarios.errors import shown
from ..drawing import number
from .measure import Metric

METRICS: tuple[str, ...] = get_args(Metric)
LESS_IS_BETTER = ("churn_rate",)
SHARES = ("churn_rate", "customers", "advocates")
MONEY = ("equity", "clv", "profit")
GAINS = {
    "equity": "customer equity per person", "clv": "lifetime value per customer of the start",
    "profit": "profit per person", "churn_rate": "less churn a month",
    "customers": "customers among all people", "satisfaction": "satisfaction", "trust": "trust",
    "engagement": "engagement", "advocates": "advocates among customers",
}  # fmt: skip


class Objective(NamedTuple):
    """A weighted sum of metrics, more is better; churn, of which less is better, is taken off.

    Weights are in units of the sum per unit of the metric: money as currency per person (lifetime
    value per customer of the start), the rest as shares and levels from 0 to 1.
    """

    weights: tuple[tuple[str, float], ...]

    @classmethod
    def read(cls, told: object) -> Objective:
        """From the name of a metric, or a table of weights by name. Raises ValueError."""
        if isinstance(told, str) and told in METRICS:
            return cls(((told, 1.0),))
        if isinstance(told, Mapping) and told and all(map(_is_weight, told.values())):
            if all(name in METRICS for name in told):
                if len(told) == 1:  # more of it is more, whatever it weighs
                    return cls(((str(next(iter(told))), 1.0),))
                return cls(tuple((str(name), float(weight)) for name, weight in told.items()))
        raise ValueError(
            f"got {shown(told)}, allowed are {', '.join(METRICS)}, a mix with weights above 0, "
            "{equity: 0.7, clv: 0.3}, or two of these in a list, [equity,advocates]"
        )

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that it is made of."""
        return tuple(name for name, _ in self.weights)

    @property
    def name(self) -> str:
        """What its column is called."""
        return self.metrics[0] if len(self.weights) == 1 else "mix"

    @property
    def share(self) -> bool:
        """Whether it is a share, told in percentage points."""
        return len(self.weights) == 1 and self.metrics[0] in SHARES

    @property
    def money(self) -> bool:
        """Whether it is told with two decimals, as money is."""
        return len(self.weights) > 1 or self.metrics[0] in MONEY

    def of(self, levels: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Its value, by world, from the levels of metrics."""
        parts = [
            (-weight if name in LESS_IS_BETTER else weight) * levels[name]
            for name, weight in self.weights
        ]
        return np.asarray(np.sum(parts, axis=0))

    def words(self) -> str:
        """What a gain is counted in: `customer equity per person`."""
        if len(self.weights) == 1:
            return GAINS[self.metrics[0]]
        signs = ["-" if name in LESS_IS_BETTER else "+" for name in self.metrics]
        parts = [
            f"{sign} {w:g} {name}" for sign, (name, w) in zip(signs, self.weights, strict=True)
        ]
        return f"of {' '.join(parts).removeprefix('+ ')}"

    def told(self, gain: float, signed: bool = True) -> str:
        """A gain as text: money in currency, shares in percentage points."""
        if self.share:
            return number(100.0 * gain, 2, signed)
        return number(gain, 2 if self.money else 4, signed)

    def gained(self, gain: float) -> str:
        """`+4.10 customer equity per person`, `+0.12 pp less churn a month`."""
        return f"{self.told(gain)}{' pp' * self.share} {self.words()}"


def _is_weight(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0.0 < value < 1e9
