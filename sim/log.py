"""The transaction log of a run, in the form that libraries of customer value read.

The month knows how many purchases a person makes in it and what they come to, not when each was
and what it cost. Within the month they fall on uniform days, as those of a Poisson process do, no
two of a customer on one; the purchase that begins a relation is on its first day, and so are bills.
What was spent in a month is shared out by lognormal weights, as single amounts would differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from .data.sources import fitted
from .generator import LOG, Key, columns
from .ledger import MICRO
from .month import People

DAYS = 30.4375
"""Days of a month, on average."""

FIRST_DAY = int(np.datetime64("2000-01-01").astype("datetime64[D]").astype(int))
"""The day on which month 0 begins where no data say so."""

ENTRY = 2**31 - 1
"""The turn of the luck that says when a customer's month 0 begins."""


class Log:
    """What everybody bought, month by month.

    `key` is that of the run's luck; `spread` the sd of log amounts within a customer, None where
    there is one bill a month.
    """

    def __init__(self, key: Key, spread: float | None) -> None:
        self.key = key
        self.spread = spread
        self.months: list[tuple[NDArray[Any], ...]] = []

    def note(self, people: People) -> None:
        """Take down the month that has just been lived."""
        purchases = people.column("purchases")
        buyers = np.flatnonzero((purchases > 0) & (people.column("dealt") == 0))
        begun = people.column("tenure")[buyers] == 1
        spend = people.column("spend")[buyers] / MICRO
        self.months.append((buyers, purchases[buyers].copy(), spend, begun))

    def frame(self, scenario: Any) -> pd.DataFrame:
        """One row per purchase: `customer_id`, `date`, `amount` in currency; in order of date.

        Of a cohort that is fitted to transactions, each customer's clock starts on a day on which
        one of the data did, so that the log has the calendar of the data.
        """
        ids, days, amounts = [], [], []
        for month, (buyers, count, spend, begun) in enumerate(self.months):
            who = np.repeat(np.arange(len(buyers)), count)
            turn = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
            place, share = np.zeros(len(who)), (1.0 / count)[who]
            if self.spread is not None and len(who):
                names = 4 * int(-(-int(count.max()) // 4))
                luck = columns(self.key, buyers, LOG, names // 2, month)
                place = luck[turn, who]
                place[begun[who] & (turn == 0)] = 0.0
                weight = np.exp(self.spread * special.ndtri(luck[names + turn, who]))
                share = weight / np.bincount(who, weights=weight)[who]
            ids.append(buyers[who])
            days.append((month + place) * DAYS)
            amounts.append(spend[who] * share)
        customer = np.concatenate(ids) if ids else np.zeros(0, dtype=np.int64)
        day = np.concatenate(days) if days else np.zeros(0)
        first = self._first_days(scenario, customer)
        date = _apart(customer, np.floor(first + day)).astype("datetime64[D]")
        frame = pd.DataFrame(
            {"customer_id": customer, "date": date.astype("datetime64[s]"),
             "amount": np.round(np.concatenate(amounts) if amounts else np.zeros(0), 2)}
        )  # fmt: skip
        return frame.sort_values(["date", "customer_id"], kind="stable", ignore_index=True)

    def _first_days(self, scenario: Any, customer: NDArray[Any]) -> Any:
        data = fitted(scenario)
        if data is None or not len(data.entries):
            return FIRST_DAY
        if scenario.population.start != "cohort":
            return int(data.entries.min())
        u = columns(self.key, customer, LOG, 1, ENTRY)[0]
        return data.entries[(u * len(data.entries)).astype(int)]


def _apart(customer: NDArray[Any], day: NDArray[np.float64]) -> NDArray[np.float64]:
    """Days on which no customer buys twice: of two purchases on one, the later waits."""
    order = np.lexsort((day, customer))
    who, when = customer[order], day[order]
    while (late := (np.diff(who, prepend=-1) == 0) & (np.diff(when, prepend=-1.0) <= 0.0)).any():
        when[late] += 1.0
    apart = np.empty_like(day)
    apart[order] = when
    return apart
