"""The user's own files: survival tables, logs of purchases, contracts.

Every row is accounted for: it is accepted, or rejected with its line and the reason. What a cell
means is never guessed: a decimal mark or an order of dates is inferred only where all rows can be
read in one way and no other; else the setting that decides is asked for. No clock is looked at, so
a file reads the same on every day.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...scenarios.errors import BadInput, shown
from ...scenarios.market import Reading
from .table import (
    Codes,
    Floats,
    Intake,
    Lines,
    Purchases,
    Sieve,
    Subscriptions,
    SurvivalTable,
    Table,
)

__all__ = ["Intake", "Purchases", "Subscriptions", "SurvivalTable"]
__all__ += ["read_subscriptions", "read_survival", "read_transactions"]

STRAY = 366
"""Days by which the newest date may lie after (nearly) all others."""
FEW = 10
"""Dates below which none of them is taken for a stray one."""
OPEN = ("", "null", "none", "na", "-")
"""Ends of contracts that have not ended, in any case."""
DUST = 1e-9
"""Share of an amount below which what is left of it is rounding."""
EPOCH = datetime.date(1970, 1, 1).toordinal()
LAST_YEAR = 2199
ORDERS = {"ymd": "year first", "dmy": "day first", "mdy": "month first"}
YEAR_FIRST = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})")
YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
SHORT_YEAR = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2}")
TIMED = (
    r"^(?P<day>[0-9./-]+)(?:[Tt]| +)"
    r"(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"(?: ?[AaPp][Mm])?(?: ?(?:[Zz]|UTC|[+-][0-9]{2}:?[0-9]{2}))?)$"
)
MISSING, NO_DATE, IMPOSSIBLE, SHORT, EARLY, LATE, OTHER = range(-1, -8, -1)
NOT_DAYS = {
    MISSING: "missing",
    NO_DATE: "not a date",
    IMPOSSIBLE: "no such date",
    SHORT: "year of two digits",
    EARLY: "before 1970-01-01",
    LATE: f"after {LAST_YEAR}-12-31",
    OTHER: "not in the order of the dates",
}


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
    return SurvivalTable(survival, _intake(table, Sieve(table, np.array(lines)), percents.notes))


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
        cells, times = _without_times(block.columns[1])
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
    _reject_days(sieve, "date", day)
    sieve.reject(amounts.missing, "amount: missing")
    sieve.reject(np.isnan(amount), "amount: not a number")
    until = _until(table, reading)
    if until is None:
        until = _newest(table, day[sieve.kept], lines[sieve.kept])
    sieve.reject(day > until, f"after {table.setting}.until")
    sieve.reject(amount == 0.0, "amount 0: no purchase")
    _reject_duplicates(sieve, customer, day, amount, times)
    refunds = sieve.kept & (amount < 0.0)
    sieve.reject(refunds, "refund: taken off the customer's spend")
    intake = _intake(table, sieve, notes)

    names, rank = ids.sorted()
    bought = _by_day(rank[customer], day, amount, sieve.kept)
    returned = _by_day(rank[customer], day, -amount, refunds)
    notes = [*intake.notes]
    if merged := intake.accepted - len(bought.day):
        notes.append(_counted(merged, "order on a customer's same day", "merged"))
    gone, beyond = _take_off(bought, returned)
    if gone:
        notes.append(_counted(gone, "purchase", "refunded in full and left out"))
    if beyond:
        notes.append(_counted(beyond, "refund", "larger than what was bought until then"))
    rest = bought.amount > 0.0
    present, customer = np.unique(bought.customer[rest], return_inverse=True)
    day = bought.day[rest]
    if not len(day):
        raise table.refusal("no purchase is left after refunds")
    if len(present) == 1:
        raise table.refusal(
            f"one customer only ({shown(names[present[0]])}), allowed are 2 or more"
        )
    if day.min() == day.max():
        raise table.refusal(f"one day only ({_written(day[0])}), allowed are 2 or more")
    if len(present) == len(day):
        raise table.refusal("no repeats: no customer has bought on two days, allowed is 1 or more")
    return Purchases(
        names[present],
        customer.astype(np.int32),
        day,
        bought.amount[rest],
        until,
        Intake(intake.file, intake.rows, intake.accepted, intake.rejected, tuple(notes)),
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
        starts, start_times = _without_times(block.columns[1])
        ends, end_times = _without_times(block.columns[2])
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
    _reject_days(sieve, "start", start)
    # An end beyond all dates (9999-12-31) is how some systems write "open".
    still = still | (end == LATE)
    end = np.where(still, np.int32(0), end)
    _reject_days(sieve, "end", end)
    sieve.reject(~still & (end < start), "end before start")
    until = _until(table, reading)
    if until is None:
        closed = sieve.kept & ~still
        # A day on which many contracts end, far ahead, is no less stray for being frequent.
        distinct, first = np.unique(end[closed], return_index=True)
        until = _newest(
            table,
            np.concatenate((start[sieve.kept], distinct)),
            np.concatenate((lines[sieve.kept], lines[closed][first])),
        )
    sieve.reject(start > until, f"start after {table.setting}.until")
    later = sieve.kept & ~still & (end > until)
    end = np.where(still | later, np.int32(-1), end)
    _reject_duplicates(sieve, customer, start, end, times)
    if count := int((later & sieve.kept).sum()):
        notes.append(_counted(count, f"end after {table.setting}.until", "taken as open"))
    intake = _intake(table, sieve, notes)
    names, rank = ids.sorted()
    customer, start, end = rank[customer[sieve.kept]], start[sieve.kept], end[sieve.kept]
    by = np.lexsort((end, start, customer))
    return Subscriptions(names[customer[by]], start[by], end[by], until, intake)


class Columns:
    """Columns of numbers that grow block by block."""

    def __init__(self) -> None:
        self._blocks: list[tuple[NDArray[Any], ...]] = []

    def add(self, *columns: NDArray[Any]) -> None:
        """The same columns of one more block."""
        self._blocks.append(columns)

    def join(self, table: Table) -> list[NDArray[Any]]:
        """The whole columns; BadInput where no row came."""
        if not self._blocks:
            Sieve(table, np.empty(0, np.int64)).close()
        return [np.concatenate(parts) for parts in zip(*self._blocks, strict=True)]


class Ids:
    """Ids as codes. They stay text: `007` is not `7`."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    @property
    def missing(self) -> int:
        """The code of an empty id, -1 where there is none."""
        return self._codes.get("", -1)

    def codes(self, cells: Any) -> Codes:
        """Codes by first appearance."""
        coded = cells.dictionary_encode()
        known = self._codes
        of_block = [known.setdefault(text, len(known)) for text in coded.dictionary.to_pylist()]
        codes: Codes = np.array(of_block, np.int32)[coded.indices.to_numpy()]
        return codes

    def sorted(self) -> tuple[NDArray[np.object_], Codes]:
        """The ids in order of text, and the place of each code among them."""
        names = np.array(sorted(self._codes), object)
        rank = np.empty(len(names), np.int32)
        rank[[self._codes[name] for name in names]] = np.arange(len(names), dtype=np.int32)
        return names, rank


class Days:
    """Dates as codes of their text, until the order they are all written in is known."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._ids = Ids()
        self._texts: list[str] = []
        self._lines: list[int] = []

    def codes(self, cells: Any, lines: Lines) -> Codes:
        """Codes of dates without times; each new text is kept with its first line."""
        codes = self._ids.codes(cells)
        distinct, first = np.unique(codes, return_index=True)
        for code, row in zip(distinct.tolist(), first.tolist(), strict=True):
            if code >= len(self._texts):
                self._texts.append(cells[row].as_py())
                self._lines.append(int(lines[row]))
        return codes

    def settle(self, given: str) -> tuple[Codes, str]:
        """Days since 1970-01-01 of each code, or why it is none, and the order (empty: no dates).

        Raises BadInput where the dates admit two orders, or no common one.
        """
        days = np.array([_readings(text) for text in self._texts], np.int32)
        admitted = (days >= 0) | (days == EARLY) | (days == LATE)
        voting = np.flatnonzero(admitted.any(axis=1))
        common = np.logical_and.accumulate(admitted[voting])
        order = given
        if not given and len(voting):
            if not common[-1].any():
                clash = voting[np.argmin(common.any(axis=1))]
                other = voting[np.argmin((admitted[voting] & admitted[clash]).any(axis=1))]
                raise self._table.refusal(
                    f"no order of dates fits both {self._quoted(other)} and {self._quoted(clash)};"
                    f" give {self._table.setting}.dates (ymd, dmy or mdy)"
                )
            if common[-1].sum() > 1:
                raise self._table.refusal(
                    f"dates such as {self._quoted(voting[0])} can be day first or month first;"
                    f" give {self._table.setting}.dates (dmy or mdy)"
                )
            order = list(ORDERS)[int(np.argmax(common[-1]))]
        place = list(ORDERS).index(order or "ymd")
        read = days[:, place]
        read = np.where(admitted.any(axis=1) & ~admitted[:, place], np.int32(OTHER), read)
        hopeless = ~admitted.any(axis=1) & (days == IMPOSSIBLE).any(axis=1)
        return np.where(hopeless, np.int32(IMPOSSIBLE), read), order

    def _quoted(self, code: int) -> str:
        return f"{shown(self._texts[code])} (line {self._lines[code]})"


class Amounts:
    """Numbers read with either decimal mark, until it is known which one it is."""

    def __init__(self, table: Table, column: str) -> None:
        self.notes: list[str] = []
        self.missing: NDArray[np.bool_] = np.empty(0, bool)
        self._table = table
        self._column = column
        self._columns = Columns()
        self._first: dict[str, str] = {}

    def add(self, cells: Any, lines: Lines) -> None:
        """The column of one more block, as text."""
        coded = cells.dictionary_encode()
        texts, codes = coded.dictionary, coded.indices.to_numpy()
        point, comma = _numbers(texts, "."), _numbers(texts, ",")
        empty = pc.equal(texts, "").to_numpy(zero_copy_only=False)
        told = {
            ".": np.isnan(comma) & ~np.isnan(point),
            ",": np.isnan(point) & ~np.isnan(comma),
            "?": (point != comma) & ~np.isnan(point) & ~np.isnan(comma),
        }
        for kind, those in told.items():
            if kind not in self._first and those.any():
                row = int(np.argmax(those[codes]))
                self._first[kind] = f"{shown(cells[row].as_py())} (line {lines[row]})"
        self._columns.add(point[codes], comma[codes], empty[codes])

    def settle(self, given: str) -> Floats:
        """The numbers, NaN where there is none; BadInput where both marks, or neither, fit all."""
        point, comma, self.missing = self._columns.join(self._table)
        found, ask = self._first, f"give {self._table.setting}.decimal (point or comma)"
        if not given and "." in found and "," in found:
            raise self._table.refusal(
                f"{self._column}: no decimal mark fits both {found['.']} and {found[',']}; {ask}"
            )
        if not given and found.keys() == {"?"}:
            raise self._table.refusal(
                f"{self._column}: the mark in {found['?']} can be of decimals or of thousands;"
                f" {ask}"
            )
        mark = given or ("," if "," in found else ".")
        if found:
            self.notes.append("decimal comma" if mark == "," else "decimal point")
        return comma if mark == "," else point


class Spend(NamedTuple):
    """Amounts by customer and day, in that order, one entry for each."""

    customer: Codes
    day: Codes
    amount: Floats


def _numbers(texts: Any, mark: str) -> Floats:
    """Amounts with this decimal mark; NaN for what is none.

    Thousands may be set apart by the other mark, a space or an apostrophe, in groups of three, so
    that `1,234` is a number in both readings, and `12,5` in one only.
    """
    if not pc.all(pc.match_substring_regex(texts, r"^-?[0-9]+(\.[0-9]+)?$")).as_py():
        for pattern, plain in (
            ("[\u00a0\u2009\u202f]", " "),
            ("\u2212", "-"),
            ("\u2019", "'"),
            ("^([-+(]?) ?[$€£¥] ?", r"\1"),
            (" ?[$€£¥]([)]?)$", r"\1"),
            (r"^\((.*)\)$", r"-\1"),
        ):
            texts = pc.replace_substring_regex(texts, pattern, plain)
    point, other = (r"\.", ",") if mark == "." else (",", r"\.")
    groups = "|".join(f"[1-9][0-9]{{0,2}}(?:{apart}[0-9]{{3}})+" for apart in (other, " ", "'"))
    fits = pc.match_substring_regex(
        texts,
        f"^[-+]?(?:(?:[0-9]+|{groups})(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][-+]?[0-9]{{1,2}})?$",
    )
    texts = pc.replace_substring_regex(texts, f"[{',' if mark == '.' else '.'} ']", "")
    texts = pc.if_else(fits, pc.replace_substring(texts, mark, "."), "nan")
    numbers = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _without_times(cells: Any) -> tuple[Any, NDArray[np.uint64]]:
    """Dates without the time of day, and a hash of that time, 0 where there is none."""
    coded = cells.dictionary_encode()
    texts, codes = coded.dictionary, coded.indices
    none = np.zeros(len(cells), np.uint64)
    if not pc.any(pc.match_substring(texts, ":")).as_py():
        return cells, none
    parts = pc.extract_regex(texts, TIMED)
    time = pc.struct_field(parts, "time")
    timed = time.is_valid().to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(np.array(time.to_pylist(), object), categorize=False)
    days = pc.coalesce(pc.struct_field(parts, "day"), texts)
    return days.take(codes), np.where(timed, hashes, np.uint64(0))[codes.to_numpy()]


def _readings(text: str) -> tuple[int, int, int]:
    """The day that a date is in each of the ORDERS, or why it is none."""
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day = int(found[1]), int(found[3]), int(found[4])
        if found[2] or len(text) == 8:
            return _day(year, month, day), OTHER, OTHER
    if found := YEAR_LAST.fullmatch(text):
        one, two, year = int(found[1]), int(found[3]), int(found[4])
        return OTHER, _day(year, two, one), _day(year, one, two)
    reason = SHORT if SHORT_YEAR.fullmatch(text) else NO_DATE if text else MISSING
    return reason, reason, reason


def _day(year: int, month: int, day: int) -> int:
    try:
        since = datetime.date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return IMPOSSIBLE
    return EARLY if since < 0 else LATE if year > LAST_YEAR else since


def _written(day: int) -> str:
    return datetime.date.fromordinal(int(day) + EPOCH).isoformat()


def _until(table: Table, reading: Reading) -> int | None:
    """The last day that the user gave."""
    if not reading.until:
        return None
    year, month, day = map(int, reading.until.split("-"))
    if (until := _day(year, month, day)) < 0:
        raise BadInput(
            f"{table.setting}.until: got {shown(reading.until)}: {NOT_DAYS[until]}, allowed are"
            f" days from 1970-01-01 to {LAST_YEAR}-12-31"
        )
    return until


def _newest(table: Table, days: Codes, lines: Lines) -> int:
    """The newest day, unless it is far from (nearly) all others: one typo would stretch it all."""
    if not len(days):
        return 0
    newest = int(days.max())
    usual = len(days) - 1 - max(1, len(days) // 1000)
    if len(days) >= FEW and newest > np.partition(days, usual)[usual] + STRAY:
        raise table.refusal(
            f"the newest date, {_written(newest)}, is more than {STRAY} days after nearly all"
            f" others; mend it, or give {table.setting}.until, the last day of the data",
            int(lines[np.argmax(days)]),
        )
    return newest


def _reject_days(sieve: Sieve, column: str, day: Codes) -> None:
    for code, reason in NOT_DAYS.items():
        sieve.reject(day == code, f"{column}: {reason}")


def _reject_duplicates(sieve: Sieve, *columns: NDArray[Any]) -> None:
    """Reject rows that equal an earlier one in all columns."""
    kept = np.flatnonzero(sieve.kept)
    order = kept[np.lexsort([column[kept] for column in columns])]
    again = np.ones(len(order), bool)
    again[:1] = False
    for column in columns:
        again[1:] &= column[order[1:]] == column[order[:-1]]
    if not again.any():
        return
    first = np.maximum.accumulate(np.where(again, 0, np.arange(len(order))))
    rows, originals = order[again], sieve.lines[order[first[again]]]
    mask = np.zeros(len(sieve.kept), bool)
    mask[rows] = True
    told = originals[np.argsort(rows)].tolist()
    sieve.reject(mask, [f"duplicate of line {line}" for line in told])


def _by_day(customer: Codes, day: Codes, amount: Floats, rows: NDArray[np.bool_]) -> Spend:
    """The chosen rows, amounts added up by customer and day."""
    key = customer[rows].astype(np.int64) << 20 | day[rows]
    # Amounts of a day are added in order of size: the sum must not hang on the order of rows.
    order = np.lexsort((amount[rows], key))
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    sums = np.add.reduceat(amount[rows][order], first) if len(first) else np.empty(0)
    key = key[first]
    return Spend((key >> 20).astype(np.int32), (key & 0xFFFFF).astype(np.int32), sums)


def _take_off(bought: Spend, returned: Spend) -> tuple[int, int]:
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


def _intake(table: Table, sieve: Sieve, notes: list[str]) -> Intake:
    lines, reasons, texts = sieve.close()
    rejected = pd.DataFrame(
        {
            "line": np.array(lines, np.int64),
            "reason": pd.Series(reasons, dtype="str"),
            "text": pd.Series(texts, dtype="str"),
        }
    )
    accepted = table.rows - len(lines)
    return Intake(table.path.name, table.rows, accepted, rejected, (*table.notes, *notes))


def _counted(count: int, what: str, became: str) -> str:
    """`1 order was merged`, `17 orders were merged`."""
    noun, _, rest = what.partition(" ")
    return f"{count} {noun}{'' if count == 1 else 's'}{rest and ' ' + rest} " + (
        f"{'was' if count == 1 else 'were'} {became}"
    )
