"""Shifted beta-geometric: leaving at renewals, by people who differ (Fader & Hardie 2007).

Everybody has a churn of their own per period, Beta(a, b) over people, that never changes.
Retention rises with tenure all the same, since those leave first who leave easily.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .likelihood import Floats, Maximum, maximise

Days = NDArray[np.int32]

MONTH = 30.4375
"""Days of a month."""
LIMITS = ((0.01, 100.0), (0.01, 1000.0))
"""What a and b may be; those of `scenarios.market.Leaving`."""


class Counts(NamedTuple):
    """What is known of leaving, by completed periods: enough for the likelihood.

    Counts may be fractions: a table gives shares.
    """

    left: Floats
    """How many left in period 1 .. n, shape (n,)."""
    stayed: Floats
    """How many are known to have stayed for 0 .. n periods and no more, shape (n + 1,)."""

    @property
    def at_risk(self) -> Floats:
        """How many entered period 1 .. n and were seen to its end, shape (n,)."""
        return np.asarray(np.cumsum((self.left + self.stayed[1:])[::-1])[::-1])

    @property
    def total(self) -> float:
        """All customers."""
        return float(self.left.sum() + self.stayed.sum())


class Exposure(NamedTuple):
    """Who was seen in periods 1 .. n, arrays of shape (n,)."""

    left: Floats
    """Customers who left in the period."""
    at_risk: Floats
    """Those who entered it and were seen to its end, leavers included."""

    @property
    def known(self) -> NDArray[np.int64]:
        """Places of the periods in which anybody was seen."""
        return np.flatnonzero(self.at_risk > 1e-9)


def counts_of_table(survival: Floats, customers: float) -> Counts:
    """Counts behind shares that survive 0 .. n periods (1 at 0) of so many customers."""
    stayed = np.zeros(len(survival))
    stayed[-1] = survival[-1] * customers
    return Counts(-np.diff(survival) * customers, stayed)


def at_renewals(start: Days, end: Days, period_months: float) -> bool:
    """Whether most spells that ended (`end` >= 0, days) did so within 3 days of a renewal."""
    ended = end >= 0
    if not ended.any():
        return False
    into = (end[ended] - start[ended] + 3.0) % (period_months * MONTH)
    return bool(np.mean(into <= 6.0) > 0.5)


def counts_of_spells(start: Days, end: Days, until: int, period_months: float) -> Counts:
    """Counts of spells, in days; an end of -1 or after the day `until` is not seen.

    An end after t − 1 renewals is churn in period t. Of a spell only periods count that are over
    by `until`, whoever left in the last one: else leavers would be counted without those beside
    them who stay. Where ends lie at renewals, calendars and the last day being paid for or not
    move them by days: an end up to 3 days after a renewal belongs to it.
    """
    period = period_months * MONTH
    late = 3.0 if at_renewals(start, end, period_months) else 0.0
    seen = np.where(late > 0, until - start - late, until + 1 - start + 2.0)  # all but 2 days
    known = np.maximum(np.floor(seen / period), 0).astype(np.int64)
    lasted = np.ceil((end - start - late) / period - 1e-9) if late else (end - start) // period + 1
    period_left = np.maximum(lasted, 1).astype(np.int64)
    gone = (end >= 0) & (end <= until) & (period_left <= known)
    size = int(known.max(initial=0))
    left = np.bincount(period_left[gone] - 1, minlength=size).astype(np.float64)
    stayed = np.bincount(known[~gone], minlength=size + 1).astype(np.float64)
    return Counts(left, stayed)


def survival(a: float, b: float, periods: Floats) -> Floats:
    """Share still there after so many periods: S(t) = B(a, b + t) / B(a, b) (eq. 6)."""
    periods = np.asarray(periods, dtype=np.float64)
    return np.asarray(np.exp(special.betaln(a, b + periods) - special.betaln(a, b)))


def churn(a: float, b: float, period: Floats) -> Floats:
    """Share of those entering period t = 1, 2, .. who leave in it: a / (a + b + t − 1) (eq. 8)."""
    return np.asarray(a / (a + b + period - 1.0))


def log_likelihood(logs: Floats, counts: Counts) -> tuple[float, Floats]:
    """Log-likelihood of the counts at (ln a, ln b), and its gradient, shape (2,).

    Period by period: of those at risk some leave, with probability a / (a + b + t − 1).
    """
    a, b = np.exp(logs)
    left, kept = counts.left, counts.at_risk - counts.left
    before = b + np.arange(len(left))
    value = left.sum() * logs[0] + kept @ np.log(before) - (left + kept) @ np.log(a + before)
    both = (left + kept) @ (1.0 / (a + before))
    return float(value), np.array([left.sum() - a * both, b * (kept @ (1.0 / before) - both)])


def fit(counts: Counts) -> Maximum:
    """Most likely (a, b); the start is the mean churn with a precision of 2."""
    mean = (counts.left.sum() + 0.5) / (counts.at_risk.sum() + 1.0)
    start = np.array([2.0 * mean, 2.0 * (1.0 - mean)])
    return maximise(lambda logs: log_likelihood(logs, counts), start, LIMITS, counts.total)
