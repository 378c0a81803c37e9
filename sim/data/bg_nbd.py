"""BG/NBD: buying at rates that differ, leaving silently (Fader, Hardie & Lee 2005).

While active a customer buys at a rate of their own, Gamma(r, alpha) over people; after each repeat
purchase they drop out with a probability of their own, Beta(a, b). Equations are numbered as in
Marketing Science 24:275. Time is in any one unit, but for a `Window`, which takes months.
Purchases of a day count as one, so rates are of days with a purchase.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .likelihood import Floats, Maximum, maximise
from .sbg import LIMITS as LEAVING_LIMITS
from .sbg import MONTH

if TYPE_CHECKING:
    from .imports import Purchases

LIMITS = ((0.05, 100.0), (1e-4, 1e6), *LEAVING_LIMITS)
"""What r, alpha, a and b may be; r, a and b as in `scenarios.market`."""


class Parameters(NamedTuple):
    """r and alpha of the Gamma of rates, a and b of the Beta of dropout."""

    r: float
    alpha: float
    a: float
    b: float


class Summary(NamedTuple):
    """What the model needs to know of customers; all arrays of shape (customers,), in days."""

    customer: NDArray[np.int64]
    """Their codes."""
    repeats: NDArray[np.int64]
    """x: days of purchase after the first."""
    recency: NDArray[np.int64]
    """t_x: from the first to the last of them; 0 without repeats."""
    age: NDArray[np.int64]
    """T: from the first purchase to the end of the window."""


def summary(data: Purchases, until: int) -> Summary:
    """Customers who first bought by the day `until`, and their purchases by then."""
    seen = data.day <= until
    customer, day = data.customer[seen], data.day[seen]
    first = np.flatnonzero(np.diff(customer, prepend=-1))
    count = np.diff(first, append=len(customer))
    begin, end = day[first].astype(np.int64), day[first + count - 1].astype(np.int64)
    return Summary(customer[first].astype(np.int64), count - 1, end - begin, until - begin)


class Grouped(NamedTuple):
    """Customers with the same history together: arrays of shape (groups,)."""

    x: Floats
    t_x: Floats
    age: Floats
    weight: Floats
    """How many customers."""
    inverse: NDArray[np.int64]
    """The group of each customer, shape (customers,)."""


def grouped(customers: Summary, unit: float) -> Grouped:
    """Histories in units of so many days."""
    x, t_x, age = customers.repeats, customers.recency, customers.age
    span = int(age.max(initial=0)) + 1
    key = (x * span + t_x) * span + age
    _, first, inverse, weight = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    return Grouped(
        x[first].astype(np.float64), t_x[first] / unit, age[first] / unit,
        weight.astype(np.float64), inverse,
    )  # fmt: skip


def log_likelihood(logs: Floats, data: Grouped) -> tuple[float, Floats]:
    """Log-likelihood at the logs of r, alpha, a, b, and its gradient, shape (4,) (eq. 6)."""
    r, alpha, a, b = np.exp(logs)
    x, t_x, age, weight = data[:4]
    again = x > 0
    before = np.where(again, b + x - 1.0, 1.0)
    alive = -(r + x) * np.log(alpha + age)
    last = np.log(a) - np.log(before) - (r + x) * np.log(alpha + t_x)
    mix = np.where(again, np.logaddexp(alive, last), alive)
    gone = np.where(again, np.exp(last - mix), 0.0)
    stays = 1.0 - gone
    value = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + mix
    value = value + special.betaln(a, b + x) - special.betaln(a, b)
    both = special.digamma(a + b) - special.digamma(a + b + x)
    by_r = special.digamma(r + x) - special.digamma(r) + np.log(alpha)
    by_r = by_r - stays * np.log(alpha + age) - gone * np.log(alpha + t_x)
    by_alpha = r / alpha - (r + x) * (stays / (alpha + age) + gone / (alpha + t_x))
    by_a = both + gone / a
    by_b = special.digamma(b + x) - special.digamma(b) + both - gone / before
    gradient = np.array([by_r @ weight, by_alpha @ weight, by_a @ weight, by_b @ weight])
    return float(value @ weight), gradient * (r, alpha, a, b)


def fit(data: Grouped) -> Maximum:
    """Most likely r, alpha, a, b: the better of two starts, with few and with many who drop out."""
    rate = (data.x @ data.weight) / max(float(data.age @ data.weight), 1e-9)
    starts = ((0.5, 0.5 / (2.0 * rate), 0.8, 2.5), (2.0, 2.0 / rate, 0.5, 10.0))
    size = float(data.weight.sum())
    found = (
        maximise(lambda logs: log_likelihood(logs, data), np.array(start), LIMITS, size)
        for start in starts
    )
    return max(found, key=lambda each: each.log_likelihood)


def repeats(p: Parameters, time: Floats) -> Floats:
    """Expected repeat purchases of a new customer within `time`; any shape (eq. 9)."""
    return _purchases(p.r, p.a, p.a + p.b - 1.0, np.asarray(time) / p.alpha)


def _purchases(r: Floats | float, a: float, c: Floats | float, time: Floats) -> Floats:
    """c / (a − 1) (1 − 2F1(r, a − 1; c; −time)): after Pfaff, as it does not overflow."""
    a = a + 1e-6 if abs(a - 1.0) < 1e-6 else a
    c = np.where(np.abs(c) < 1e-9, 1e-9, c)
    return np.asarray(c / (a - 1.0) * (1.0 - special.hyp2f1(r, a - 1.0, c, -time)))


def probability(p: Parameters, x: NDArray[np.int64], time: Floats) -> Floats:
    """P(x repeat purchases within `time`), broadcast over both (eq. 8)."""
    share = time / (p.alpha + time)
    none = special.betaln(p.a, p.b)
    log_nbd = special.gammaln(p.r + x) - special.gammaln(p.r) - special.gammaln(x + 1.0)
    log_nbd = log_nbd + p.r * np.log1p(-share) + special.xlogy(x, share)
    active = np.exp(special.betaln(p.a, p.b + x) - none + log_nbd)
    from_one = np.maximum(x, 1)
    lapsed = np.exp(special.betaln(p.a + 1.0, p.b + from_one - 1.0) - none)
    return np.asarray(active + np.where(x > 0, lapsed * special.betainc(from_one, p.r, share), 0.0))


def future(p: Parameters, x: Floats, t_x: Floats, age: Floats, time: Floats | float) -> Floats:
    """Expected purchases in the next `time` of customers with a history (eq. 10)."""
    expected = _purchases(p.r + x, p.a, p.a + p.b + x - 1.0, time / (p.alpha + age))
    before = np.where(x > 0, p.b + x - 1.0, 1.0)
    odds = p.a / before * np.exp((p.r + x) * np.log((p.alpha + age) / (p.alpha + t_x)))
    return np.asarray(expected / (1.0 + np.where(x > 0, odds, 0.0)))


class Window(NamedTuple):
    """A log of purchases, cut at the day `until`: what came by then is fitted, in months."""

    data: Purchases
    until: int
    people: Summary
    """Who first bought by the cut."""
    groups: Grouped
    """The same people by their history, in months."""

    @property
    def held_out(self) -> int:
        """Days of data after the cut."""
        return self.data.until - self.until

    def repeats(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Repeat purchases, after the cut too: day, how manyth of its customer, and whose (place in
        `people`); each of shape (repeat purchases,)."""
        customers = self.people.customer
        place = np.minimum(np.searchsorted(customers, self.data.customer), len(customers) - 1)
        known = customers[place] == self.data.customer
        owner, day = place[known], self.data.day[known].astype(np.int64)
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        rank = np.arange(len(owner)) - np.repeat(first, np.diff(first, append=len(owner)))
        again = rank > 0
        return day[again], rank[again], owner[again]

    def later(self) -> Floats:
        """Purchases of each customer after the cut, shape (customers,)."""
        day, _, owner = self.repeats()
        owner = owner[day > self.until]
        return np.bincount(owner, minlength=len(self.people.repeats)).astype(np.float64)

    def expected_later(self, p: Parameters) -> Floats:
        """Those expected of each group after the cut, given their history, shape (groups,)."""
        groups = self.groups
        return future(p, groups.x, groups.t_x, groups.age, self.held_out / MONTH)


def window(data: Purchases, until: int) -> Window:
    """The data cut at the day `until`."""
    people = summary(data, until)
    return Window(data, until, people, grouped(people, MONTH))
