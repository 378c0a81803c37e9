"""Refunds are taken off what the same customer bought last."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .amounts import Floats
from .columns import Codes

DUST = 1e-9
"""Share of an amount below which what is left of it is rounding."""


class Daily(NamedTuple):
    """Amounts by customer and day, in that order, one entry for each."""

    customer: Codes
    day: Codes
    amount: Floats


def by_day(customer: Codes, day: Codes, amount: Floats, rows: NDArray[np.bool_]) -> Daily:
    """The chosen rows, amounts added up by customer and day."""
    key = customer[rows].astype(np.int64) << 20 | day[rows]
    # Amounts of a day are added in order of size: the sum must not hang on the order of rows.
    order = np.lexsort((amount[rows], key))
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    sums = np.add.reduceat(amount[rows][order], first) if len(first) else np.empty(0)
    key = key[first]
    return Daily((key >> 20).astype(np.int32), (key & 0xFFFFF).astype(np.int32), sums)


def take_off(bought: Daily, returned: Daily) -> tuple[int, int]:
    """Take refunds off the latest purchases until their day, never below 0, in place.

    Gives how many purchases came to nothing, and how many refunds exceeded what was there.
    """
    gone = beyond = 0
    ends = np.searchsorted(bought.customer, returned.customer, "right").tolist()
    starts = np.searchsorted(bought.customer, returned.customer, "left").tolist()
    at, stack, last = 0, list[int](), -1
    refunds = zip(*(column.tolist() for column in returned), strict=True)
    for i, (customer, day, left) in enumerate(refunds):
        if customer != last:
            at, stack, last = starts[i], [], customer
        while at < ends[i] and bought.day[at] <= day:
            if bought.amount[at] > 0.0:
                stack.append(at)
            at += 1
        dust = left * DUST
        while left > dust and stack:
            there = float(bought.amount[stack[-1]])
            taken = min(there, left)
            left -= taken
            if there - taken > there * DUST:
                bought.amount[stack[-1]] = there - taken
            else:
                bought.amount[stack.pop()] = 0.0
                gone += 1
        beyond += left > dust
    return gone, beyond
