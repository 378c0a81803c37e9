"""Spend per purchase: lognormal between customers and within, as the engine draws it.

ln amount = ln basket − (s_b² + s_w²)/2 + s_b z_customer + s_w z_purchase, so `basket` is the mean.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .likelihood import Floats, maximise

LIMITS = ((1e-3, 20.0), (1e-3, 20.0))
"""What the two sds may be while they are fitted."""


class Spend(NamedTuple):
    """What is known of spend per purchase."""

    logs: Floats
    """ln of basket (currency), of s_b and of s_w, shape (3,)."""
    covariance: Floats
    """Of the logs, shape (3, 3); by customers, so true also where amounts are not lognormal."""
    correlation: float
    """Of a customer's mean amount and number of purchases; the model has 0."""
    first: float
    """Mean amount of first purchases, currency."""
    repeat: float
    """Mean amount of repeat purchases, currency."""


def fit(customer: NDArray[np.int32], amount: Floats) -> Spend:
    """Fit amounts (currency, above 0), sorted by customer and time, both of shape (purchases,).

    The basket is the mean amount per purchase, so that purchases times basket is revenue. The sds
    are most likely under one-way random effects on log amounts, which need only the counts, means
    and squares by customer (Searle, Casella & McCulloch 1992, ch. 3).
    """
    first = np.flatnonzero(np.diff(customer, prepend=-1))
    n = np.diff(first, append=len(customer)).astype(np.float64)
    spent = np.add.reduceat(amount, first)
    log_amount = np.log(amount)
    means = np.add.reduceat(log_amount, first) / n
    within = np.add.reduceat((log_amount - np.repeat(means, n.astype(int))) ** 2, first)

    def middle(between: float, inside: float) -> float:
        weight = 1.0 / (between + inside / n)
        return float(weight @ means / weight.sum())

    def scores(logs: Floats) -> tuple[Floats, Floats]:
        """Log-likelihood by customer, and its slopes by (ln s_b, ln s_w), shape (2, customers)."""
        between, inside = np.exp(2.0 * logs)
        variance = between + inside / n
        squares = (means - middle(between, inside)) ** 2
        value = -0.5 * (np.log(variance) + squares / variance)
        value -= (n - 1.0) * logs[1] + 0.5 * within / inside
        slope = 0.5 * (squares / variance - 1.0) / variance
        by_inside = slope / n * 2.0 * inside + within / inside - (n - 1.0)
        return value, np.array([slope * 2.0 * between, by_inside])

    def likelihood(logs: Floats) -> tuple[float, Floats]:
        value, slopes = scores(logs)
        return float(value.sum()), slopes.sum(axis=1)

    inside = max(float(within.sum() / max(n.sum() - len(n), 1.0)), 1e-4)
    between = max(float(np.var(means)) - inside * float(np.mean(1.0 / n)), 0.1 * inside)
    best = maximise(likelihood, np.sqrt([between, inside]), LIMITS, float(len(n)))
    basket = float(amount.sum() / len(amount))
    moves = np.vstack(
        [(spent - basket * n) / (basket * n.sum()), best.covariance @ scores(best.logs)[1]]
    )
    repeats = np.ones(len(amount), dtype=bool)
    repeats[first] = False
    return Spend(
        logs=np.concatenate([[np.log(basket)], best.logs]),
        covariance=moves @ moves.T * len(n) / max(len(n) - 1.0, 1.0),
        correlation=_correlation(spent / n, n),
        first=float(amount[first].mean()),
        repeat=float(amount[repeats].mean()) if repeats.any() else np.nan,
    )


def _correlation(one: Floats, other: Floats) -> float:
    if len(one) < 3 or np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])
