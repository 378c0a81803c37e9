"""Dates of a file: each is read in every order, until all of them together tell which one it is."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...scenarios.errors import BadInput, shown
from ...scenarios.market import Reading
from .columns import Codes, Ids
from .intake import Sieve
from .table import Lines, Table

STRAY = 366
"""Days by which the newest date may lie after (nearly) all others."""
FEW = 10
"""Dates below which none of them is taken for a stray one."""
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


def without_times(cells: Any) -> tuple[Any, NDArray[np.uint64]]:
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


def written(day: int) -> str:
    """A day as YYYY-MM-DD."""
    return datetime.date.fromordinal(int(day) + EPOCH).isoformat()


def given_until(table: Table, reading: Reading) -> int | None:
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


def newest_day(table: Table, days: Codes, lines: Lines) -> int:
    """The newest day, unless it is far from (nearly) all others: one typo would stretch it all."""
    if not len(days):
        return 0
    newest = int(days.max())
    usual = len(days) - 1 - max(1, len(days) // 1000)
    if len(days) >= FEW and newest > np.partition(days, usual)[usual] + STRAY:
        raise table.refusal(
            f"the newest date, {written(newest)}, is more than {STRAY} days after nearly all"
            f" others; mend it, or give {table.setting}.until, the last day of the data",
            int(lines[np.argmax(days)]),
        )
    return newest


def reject_no_days(sieve: Sieve, column: str, day: Codes) -> None:
    """Reject rows without a day in this column, each with what is there instead."""
    for code, reason in NOT_DAYS.items():
        sieve.reject(day == code, f"{column}: {reason}")
