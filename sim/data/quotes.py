"""Rows of a file with quotes, read one by one: there a row may go on over the next lines."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

MOST_LINES = 100
"""Lines over which a quoted row may go: a quote that is open for longer was never closed."""


class Record(NamedTuple):
    """One row as it stands: where it begins, its text, and its cells (or why it has none)."""

    line: int
    text: str
    cells: list[str] | None
    reason: str = ""


def records(lines: Iterator[tuple[int, str]], separator: str, width: int = 0) -> Iterator[Record]:
    """Rows of numbered lines, blank lines left out; quoted cells may hold newlines.

    A row that goes on over more lines must come out well formed and as wide as the header (0: any
    width). Otherwise its first line alone is rejected and the next line begins a row again, so that
    one stray quote does not swallow the rows up to the next.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=separator, skipinitialspace=True, strict=True)
    while (first := feed.begin()) is not None:
        line, text = first
        if not text.strip():
            continue
        if '"' not in text:
            yield Record(line, text, text.split(separator))
            continue
        cells: list[str] | None
        try:
            cells = next(reader)
        except csv.Error:
            cells = None
        if len(feed.taken) == 1 and not feed.ended:
            cells = cells or _lenient(text, separator)
            yield Record(line, text, cells, "" if cells else "cell too long")
        elif cells and len(cells) == (width or len(cells)):
            yield Record(line, "\n".join(part for _, part in feed.taken), cells)
        else:
            feed.put_back()
            yield Record(line, text, None, "quote not closed")


def _lenient(text: str, separator: str) -> list[str] | None:
    """Cells of a line in which quotes stand in the middle of a cell, and are part of it."""
    try:
        return next(csv.reader([text], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return None


class _Feed:
    """Lines for a csv reader, one row after the other; making a reader for each row takes longer.

    `taken` are the numbered lines of the row so far; `ended`: it asked for more than there are, or
    than a row may have.
    """

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self.taken: list[tuple[int, str]] = []
        self.ended = False
        self._lines = lines
        self._waiting: deque[tuple[int, str]] = deque()
        self._begun = False

    def begin(self) -> tuple[int, str] | None:
        """Begin a row with the next line, if there is one."""
        line = self._next()
        if line is not None:
            self.taken, self.ended, self._begun = [line], False, False
        return line

    def put_back(self) -> None:
        """Let the row's lines after the first come again."""
        self._waiting.extendleft(reversed(self.taken[1:]))

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self._begun:
            more = self._next() if len(self.taken) < MOST_LINES else None
            if more is None:
                self.ended = True
                raise StopIteration
            self.taken.append(more)
        self._begun = True
        return f"{self.taken[-1][1]}\n"

    def _next(self) -> tuple[int, str] | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)
