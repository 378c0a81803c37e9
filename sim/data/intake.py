"""What becomes of the rows of a file: accepted, or rejected with the line and the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...scenarios.errors import shown
from .table import Lines, Table


@dataclass(frozen=True, eq=False)
class Intake:
    """What became of the rows of a file; `accepted + len(rejected) == rows`."""

    file: str
    """Name of the file, without its folder."""
    rows: int
    """Rows of data; the header and blank lines are none."""
    accepted: int
    rejected: pd.DataFrame
    """Columns line (from 1, as an editor counts), reason, text (at most 200 characters)."""
    notes: tuple[str, ...]
    """How the file was read, and what was done to it."""


class Sieve:
    """Which rows are still in, and why the others are not."""

    def __init__(self, table: Table, lines: Lines) -> None:
        self.table = table
        self.lines = lines
        self.kept: NDArray[np.bool_] = np.ones(len(lines), bool)
        self.reasons: dict[int, str] = dict(table.rejects)

    def reject(self, rows: NDArray[np.bool_], reason: str | Iterable[str]) -> None:
        """Take out rows that are still in; one reason for all, or one for each of `rows`."""
        if isinstance(reason, str):
            rows = rows & self.kept
            reason = repeat(reason)
        self.reasons.update(zip(self.lines[rows].tolist(), reason, strict=False))
        self.kept &= ~rows

    def reject_duplicates(self, *columns: NDArray[Any]) -> None:
        """Take out rows that are still in and equal an earlier such one in all columns."""
        kept = np.flatnonzero(self.kept)
        order = kept[np.lexsort([column[kept] for column in columns])]
        again = np.ones(len(order), bool)
        again[:1] = False
        for column in columns:
            again[1:] &= column[order[1:]] == column[order[:-1]]
        if not again.any():
            return
        first = np.maximum.accumulate(np.where(again, 0, np.arange(len(order))))
        rows, originals = order[again], self.lines[order[first[again]]]
        mask = np.zeros(len(self.kept), bool)
        mask[rows] = True
        told = originals[np.argsort(rows)].tolist()
        self.reject(mask, [f"duplicate of line {line}" for line in told])

    def close(self, notes: Sequence[str] = ()) -> Intake:
        """The account of all rows, `notes` after those on the table.

        Raises BadInput where there are no rows, or more than half of them are rejected.
        """
        rows, lines = self.table.rows, sorted(self.reasons)
        if not rows:
            raise self.table.refusal("no rows under the header")
        reasons = [self.reasons[line] for line in lines]
        if 2 * len(lines) > rows:
            kinds = [reason.partition(" of line")[0] for reason in reasons]
            often = max(dict.fromkeys(kinds), key=kinds.count)
            first = lines[kinds.index(often)]
            raise self.table.refusal(
                f"{len(lines)} of {rows} rows cannot be used, more than half; most often:"
                f" {often}, first on line {first}: {shown(self.table.texts([first])[0])}"
            )
        rejected = pd.DataFrame(
            {
                "line": np.array(lines, np.int64),
                "reason": pd.Series(reasons, dtype="str"),
                "text": pd.Series(self.table.texts(lines), dtype="str"),
            }
        )
        notes = (*self.table.notes, *notes)
        return Intake(self.table.path.name, rows, rows - len(lines), rejected, notes)


def counted(count: int, what: str, became: str) -> str:
    """`1 order was merged`, `17 orders were merged`."""
    noun, _, rest = what.partition(" ")
    return f"{count} {noun}{'' if count == 1 else 's'}{rest and ' ' + rest} " + (
        f"{'was' if count == 1 else 'were'} {became}"
    )
