"""The user's own files: survival tables, logs of purchases, contracts.

Every row is accounted for: it is accepted, or rejected with its line and the reason. What a cell
means is never guessed: a decimal mark or an order of dates is inferred only where all rows can be
read in one way and no other; else the setting that decides is asked for. No clock is looked at, so
a file reads the same on every day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...scenarios.errors import shown
from ...scenarios.market import Reading
from .amounts import Amounts, Floats
from .columns import Codes, Columns, Ids
from .dates import (
    LATE,
    ORDERS,
    Days,
    given_until,
    newest_day,
    reject_no_days,
    without_times,
    written,
)
from .intake import Intake, Sieve, counted
from .refunds import by_day, take_off
from .table import Table

__all__ = ["Intake", "Purchases", "Subscriptions", "SurvivalTable"]
__all__ += ["read_subscriptions", "read_survival", "read_transactions"]

OPEN = ("", "null", "none", "na", "-")
"""Ends of contracts that have not ended, in any case."""


@dataclass(frozen=True, eq=False)
class SurvivalTable:
    """Shares of a cohort, in [0, 1], that are still there after period 0, 1, ..., n."""

    survival: Floats
    intake: Intake


@dataclass(frozen=True, eq=False)
class Purchases:
    """What each customer spent on each day with a purchase, by customer, then day."""

    ids: NDArray[np.object_]
    """Customers' ids as text, in order; every one has a purchase."""
    customer: Codes
    """Position in `ids`."""
    day: Codes
    """Days since 1970-01-01."""
    amount: Floats
    """Spend of the day, above 0, in the file's currency, refunds taken off."""
    until: int
    """Last day of the data, days since 1970-01-01."""
    intake: Intake


@dataclass(frozen=True, eq=False)
class Subscriptions:
    """Spells of contract, one entry each, by id, then start, then end."""

    ids: NDArray[np.object_]
    """Id of the customer of each spell, as text."""
    start: Codes
    """Days since 1970-01-01."""
    end: Codes
    """Days since 1970-01-01, or -1 where the contract was open on `until`."""
    until: int
    """Last day of the data, days since 1970-01-01."""
    intake: Intake


def read_survival(
    path: str | Path, reading: Reading, key: str = "population.survival"
) -> SurvivalTable:
    """A survival table, with columns period and surviving_percent (period 0 is 100).

    Such a table is too short to drop rows of: raises BadInput, with the line, for any that is not
    sound.
    """
    table = Table(path, reading, key, ("period", "surviving_percent"))
    percents = Amounts(table, "surviving_percent")
    lines: list[int] = []
    periods: list[str] = []
    texts: list[str] = []
    for block in table.blocks():
        percents.add(pc.replace_substring_regex(block.columns[1], " ?%$", ""), block.lines)
        lines += block.lines.tolist()
        periods += block.columns[0].to_pylist()
        texts += block.columns[1].to_pylist()
    for line, reason in sorted(table.rejects):
        raise table.refusal(reason, line)
    if not lines:
        raise table.refusal("no rows under the header")
    values = percents.settle(reading.mark)
    for line, period, text, percent in zip(lines, periods, texts, values.tolist(), strict=True):
        if not re.fullmatch("[0-9]{1,6}", period):
            said = f"period: got {shown(period)}, allowed whole numbers from 0"
            raise table.refusal(said, line)
        if not 0.0 <= percent <= 100.0:
            said = f"surviving_percent: got {shown(text)}, allowed numbers 0 to 100"
            raise table.refusal(said, line)
    rows = sorted(zip(map(int, periods), values.tolist(), lines, strict=True))
    before = 100.0
    for place, (number, percent, line) in enumerate(rows):
        if number < place:
            raise table.refusal(f"period {number} is there twice", line)
        if number > place:
            raise table.refusal(f"period {place} is missing before period {number}", line)
        if place == 0 and percent != 100.0:
            raise table.refusal(
                f"surviving_percent of period 0: got {percent:g}, allowed is 100", line
            )
        if percent > before:
            raise table.refusal(
                f"surviving_percent: {percent:g} in period {number} is above"
                f" {before:g} in the period before; survivors never grow in number",
                line,
            )
        before = percent
    if len(rows) < 4:
        raise table.refusal(f"{len(rows)} periods, allowed are at least 4 (0, 1, 2 and 3)")
    survival = np.array([percent for _, percent, _ in rows]) / 100.0
    return SurvivalTable(survival, Sieve(table, np.array(lines)).close(percents.notes))


def read_transactions(
    path: str | Path, reading: Reading, key: str = "population.transactions"
) -> Purchases:
    """A log of purchases, with columns customer_id, date and amount, in any order of rows.

    Orders of a customer's same day are one purchase; days are as written, whatever time zone they
    are in. Raises BadInput for a file that cannot be used, or says too little to fit anything.
    """
    table = Table(path, reading, key, ("customer_id", "date", "amount"))
    ids, days, amounts = Ids(), Days(table), Amounts(table, "amount")
    columns = Columns()
    for block in table.blocks():
        cells, times = without_times(block.columns[1])
        codes = days.codes(cells, block.lines)
        columns.add(block.lines, ids.codes(block.columns[0]), codes, times)
        amounts.add(block.columns[2], block.lines)
    lines, customer, codes, times = columns.join(table)
    amount = amounts.settle(reading.mark)
    of_code, order = days.settle(reading.dates)
    notes = [*amounts.notes, *([f"dates {ORDERS[order]}"] if order else [])]
    day = of_code[codes]

    sieve = Sieve(table, lines)
    sieve.reject(customer == ids.missing, "customer_id: missing")
    reject_no_days(sieve, "date", day)
    sieve.reject(amounts.missing, "amount: missing")
    sieve.reject(np.isnan(amount), "amount: not a number")
    until = given_until(table, reading)
    if until is None:
        until = newest_day(table, day[sieve.kept], lines[sieve.kept])
    sieve.reject(day > until, f"after {table.setting}.until")
    sieve.reject_duplicates(customer, day, amount, times)
    refunds = sieve.kept & (amount < 0.0)
    sieve.reject(refunds, "refund: taken off the customer's spend")
    intake = sieve.close(notes)

    names, rank = ids.sorted()
    bought = by_day(rank[customer], day, amount, sieve.kept)
    returned = by_day(rank[customer], day, -amount, refunds)
    notes = [*intake.notes]
    if merged := intake.accepted - len(bought.day):
        notes.append(counted(merged, "order on a customer's same day", "merged"))
    free = bought.amount == 0.0
    if free.any():
        notes.append(counted(int(free.sum()), "purchase", "of amount 0"))
    gone, beyond = take_off(bought, returned)
    if gone:
        notes.append(counted(gone, "purchase", "refunded in full and left out"))
    if beyond:
        notes.append(counted(beyond, "refund", "larger than what was bought until then"))
    rest = (bought.amount > 0.0) | free
    present, customer = np.unique(bought.customer[rest], return_inverse=True)
    day = bought.day[rest]
    if not len(day):
        raise table.refusal("no purchase is left after refunds")
    if len(present) == 1:
        raise table.refusal(
            f"one customer only ({shown(names[present[0]])}), allowed are 2 or more"
        )
    if day.min() == day.max():
        raise table.refusal(f"one day only ({written(day[0])}), allowed are 2 or more")
    if len(present) == len(day):
        raise table.refusal("no repeats: no customer has bought on two days, allowed is 1 or more")
    return Purchases(
        names[present],
        customer.astype(np.int32),
        day,
        bought.amount[rest],
        until,
        replace(intake, notes=tuple(notes)),
    )


def read_subscriptions(
    path: str | Path, reading: Reading, key: str = "population.subscriptions"
) -> Subscriptions:
    """Contracts, with columns customer_id, start and end (empty: still there), a spell a row.

    Raises BadInput for a file that cannot be used.
    """
    table = Table(path, reading, key, ("customer_id", "start", "end"))
    ids, days, columns = Ids(), Days(table), Columns()
    for block in table.blocks():
        starts, start_times = without_times(block.columns[1])
        ends, end_times = without_times(block.columns[2])
        still = pc.is_in(pc.utf8_lower(ends), pa.array(OPEN))
        columns.add(
            block.lines,
            ids.codes(block.columns[0]),
            days.codes(starts, block.lines),
            days.codes(ends, block.lines),
            still.to_numpy(zero_copy_only=False),
            start_times + end_times * np.uint64(3),
        )
    lines, customer, starts, ends, still, times = columns.join(table)
    of_code, order = days.settle(reading.dates)
    notes = [f"dates {ORDERS[order]}"] if order else []
    start, end = of_code[starts], of_code[ends]

    sieve = Sieve(table, lines)
    sieve.reject(customer == ids.missing, "customer_id: missing")
    reject_no_days(sieve, "start", start)
    # An end beyond all dates (9999-12-31) is how some systems write "open".
    still = still | (end == LATE)
    end = np.where(still, np.int32(0), end)
    reject_no_days(sieve, "end", end)
    sieve.reject(~still & (end < start), "end before start")
    until = given_until(table, reading)
    if until is None:
        closed = sieve.kept & ~still
        # A day on which many contracts end, far ahead, is no less stray for being frequent.
        distinct, first = np.unique(end[closed], return_index=True)
        until = newest_day(
            table,
            np.concatenate((start[sieve.kept], distinct)),
            np.concatenate((lines[sieve.kept], lines[closed][first])),
        )
    sieve.reject(start > until, f"start after {table.setting}.until")
    later = sieve.kept & ~still & (end > until)
    end = np.where(still | later, np.int32(-1), end)
    sieve.reject_duplicates(customer, start, end, times)
    if count := int((later & sieve.kept).sum()):
        notes.append(counted(count, f"end after {table.setting}.until", "taken as open"))
    intake = sieve.close(notes)
    names, rank = ids.sorted()
    customer, start, end = rank[customer[sieve.kept]], start[sieve.kept], end[sieve.kept]
    by = np.lexsort((end, start, customer))
    return Subscriptions(names[customer[by]], start[by], end[by], until, intake)
