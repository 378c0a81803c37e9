"""A user's text file as columns: what it is encoded in, split by, and on which line a row stands.

The file is read in blocks, as often as needed, and never held as a whole. Lines are rows where no
quote occurs, so they are split by pyarrow; a file with quotes goes through `quotes.py`. Rows are
never dropped: each is handed on, or stands among the rejected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...scenarios.errors import BadInput, nearest, shown
from ...scenarios.market import Reading
from .quotes import Record, records

BLOCK = 1 << 23
"""Characters read at a time; no line may be longer."""
BATCH = 100_000
"""Rows with quotes that are handed on at a time."""
TEXT = 200
"""Characters that are kept of a rejected row."""
LONGEST = 60
"""Characters of a path that are said."""
SEPARATORS = (",", ";", "\t", "|")
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8 (byte order mark)"),
    (b"\xff\xfe", "utf-16", "UTF-16 (byte order mark)"),
    (b"\xfe\xff", "utf-16", "UTF-16 (byte order mark)"),
)
NAMES = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252", "latin-1": "Latin-1"}

Lines = NDArray[np.int64]


class Block(NamedTuple):
    """Rows of a file: the line each begins on, and their wanted columns as trimmed text."""

    lines: Lines
    columns: list[Any]


class Table:
    """A file with a header and rows under it.

    `wanted` are the columns to hand out, `key` is the setting that names the file. Raises BadInput
    for a file that cannot be read, is not text, or lacks a column.
    """

    def __init__(self, path: str | Path, reading: Reading, key: str, wanted: Sequence[str]) -> None:
        self.path = Path(path)
        self._called = f"{key}: {_path(str(path))}"
        self.setting = f"{key.rpartition('.')[0]}.reading".lstrip(".")
        self.rejects: list[tuple[int, str]] = []
        self.rows = 0
        self._wanted = wanted
        self._find()
        encoding = self._survey(reading.encoding)
        ignored = self._read_header(reading.sign)
        between = {"\t": "tab"}.get(self.separator, repr(self.separator))
        self.notes = [encoding, f"{between} between columns"]
        if ignored:
            self.notes.append(f"columns ignored: {_listed(ignored)}")

    def refusal(self, text: str, line: int | None = None) -> BadInput:
        """What is wrong with the file, or with a line of it, as one line for the user."""
        return BadInput(f"{self._called}{'' if line is None else f', line {line}'}: {text}")

    def blocks(self) -> Iterator[Block]:
        """All rows in blocks; those that do not fit the header are put among `rejects`."""
        self.rejects, self.rows = [], 0
        for lines, columns in self._with_quotes() if self._quoted else self._without_quotes():
            yield Block(lines, [pc.utf8_trim_whitespace(column) for column in columns])

    def texts(self, lines: Iterable[int]) -> list[str]:
        """The rows that begin on these lines (ascending), cut short: the file is read again."""
        wanted = np.fromiter(lines, np.int64)
        if not len(wanted):
            return []
        if self._quoted:
            asked = set(wanted.tolist())
            return [row.text[:TEXT] for row in self._records() if row.line in asked]
        found: list[str] = []
        for first, text in self._chunks(self._start):
            low, high = np.searchsorted(wanted, (first, first + text.count("\n") + 1))
            rows = _split(text).take(pa.array(wanted[low:high] - first))
            found += pc.utf8_slice_codeunits(rows, 0, TEXT).to_pylist()
        return found

    def _find(self) -> None:
        """Open the file once, to say at once why it cannot be."""
        try:
            if self.path.exists() and not self.path.is_file():
                raise self.refusal("not a file")  # nor could a pipe be read a second time
            with self.path.open("rb") as file:
                self._head = file.read(4)
        except BadInput:
            raise
        except FileNotFoundError:
            around = self.path.parent.iterdir() if self.path.parent.is_dir() else ()
            guess = nearest(self.path.name, (other.name for other in around if other.is_file()))
            hint = f"; did you mean {guess}?" if guess else ""
            raise self.refusal(f"no such file{hint}") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise self.refusal(f"cannot be read: {reason}") from None

    def _survey(self, given: str) -> str:
        """Find the encoding, and whether there are quotes; says how the file is encoded."""
        marked = [mark[1:] for mark in MARKS if self._head.startswith(mark[0])]
        choices = marked or [(name, NAMES[name]) for name in ("utf-8", "cp1252")]
        if given:
            # A mark says no more than which of two UTF-16 it is, or that this is UTF-8: it may
            # stand before what was given, and is not part of the text.
            named = [mark for mark in marked if mark[0].startswith(given)]
            choices = named or [(given, NAMES[given])]
            if given == "utf-16" and not named:  # which of the two, the first letter tells
                choices = [("utf-16-be" if self._head[:1] == b"\0" else "utf-16-le", "UTF-16")]
        for encoding, name in choices:
            self._encoding = encoding
            try:
                # Added up, not any(): the whole file has to be seen to be in this encoding.
                self._quoted = sum('"' in text for _, text in self._chunks(1)) > 0
            except UnicodeError:
                continue
            return name
        tried = " or ".join(name for _, name in choices)
        raise self.refusal(
            f"not text in {tried}; allowed is CSV, encoded as {self.setting}.encoding says"
            " (utf-8, utf-16, cp1252, latin-1)"
        )

    def _chunks(self, start: int) -> Iterator[tuple[int, str]]:
        """Whole lines from line `start` on, each chunk with the number of its first line.

        Newlines of all kinds are one character here, so numbers are those that an editor shows.
        """
        first, rest = 1, ""
        with self.path.open(encoding=self._encoding, newline=None) as file:
            while text := file.read(BLOCK):
                text = rest + text
                end = text.rfind("\n") + 1
                if not end and len(text) > BLOCK:
                    raise self.refusal(f"longer than the {BLOCK} characters allowed", first)
                whole, rest = text[:end], text[end:]
                if whole:
                    yield from _from_line(start, first, whole[:-1])
                    first += whole.count("\n")
        if rest:
            yield from _from_line(start, first, rest)

    def _read_header(self, given: str) -> list[str]:
        """Find the separator and the columns; gives the names of those not wanted."""
        header = next(((n, t) for n, t in self._lines(1) if t.strip()), None)
        if header is None:
            raise self.refusal(f"empty; allowed is a header {','.join(self._wanted)} and rows")
        line, text = header
        if any(sign < " " and sign != "\t" for sign in text):
            raise self.refusal(
                f"not text; allowed is CSV (UTF-16 without a byte order mark asks for"
                f" {self.setting}.encoding=utf-16)"
            )
        told = re.fullmatch(r'"?sep=([,;\t|])"?', text, re.IGNORECASE)  # as Excel writes it
        if told:
            line, given = line + 1, given or told[1]
            text = next((t for n, t in self._lines(line) if t.strip()), "")
        self.separator = given or max(SEPARATORS, key=lambda sign: self._fit(text, sign))
        record = next(records(self._lines(line), self.separator), Record(line, "", []))
        if record.cells is None:
            raise self.refusal(f"header: {record.reason}", record.line)
        cells = [" ".join(cell.split()) for cell in record.cells]
        names = [_plain(cell) for cell in cells]
        self._width, self._start = len(cells), record.line + record.text.count("\n") + 1
        self._places = [self._place(name, names, cells, record.line) for name in self._wanted]
        return [cell for i, cell in enumerate(cells) if cell and i not in self._places]

    def _fit(self, text: str, separator: str) -> tuple[int, int]:
        """How many wanted columns, and how many at all, a header has by this separator."""
        names = [_plain(cell) for cell in text.split(separator)]
        return len({*names} & {*self._wanted}), len(names)

    def _place(self, name: str, names: list[str], cells: list[str], line: int) -> int:
        """Where a wanted column stands."""
        if names.count(name) == 1:
            return names.index(name)
        if name in names:
            raise self.refusal(f"column {name!r} is there {names.count(name)} times", line)
        if len(cells) > 1:
            guess = nearest(name, filter(None, cells))
            hint = f"; did you mean {shown(guess)}?" if guess else ""
        else:
            hint = f"; should {self.setting}.separator be given?"
        raise self.refusal(
            f"no column {name!r}{hint} (the header has {_listed(map(shown, cells))};"
            f" allowed is {','.join(self._wanted)}, in any order)",
            line,
        )

    def _without_quotes(self) -> Iterator[tuple[Lines, list[Any]]]:
        for first, text in self._chunks(self._start):
            rows = _split(text)
            lines = first + np.arange(len(rows), dtype=np.int64)
            filled = pc.not_equal(pc.utf8_trim_whitespace(rows), "").to_numpy(zero_copy_only=False)
            rows, lines = rows.filter(pa.array(filled)), lines[filled]
            self.rows += len(lines)
            cells = pc.split_pattern(rows, self.separator)
            width = pc.list_value_length(cells).to_numpy()
            good = width == self._width
            if "\0" in text:
                torn = pc.match_substring(rows, "\0").to_numpy(zero_copy_only=False)
                good &= ~torn
                width = np.where(torn, -1, width)
            for line, columns in zip(lines[~good].tolist(), width[~good].tolist(), strict=True):
                self.rejects.append((line, self._misfit(columns)))
            if good.any():
                flat = cells.filter(pa.array(good)).flatten()
                every = np.arange(0, len(flat), self._width)
                yield lines[good], [flat.take(pa.array(every + place)) for place in self._places]

    def _with_quotes(self) -> Iterator[tuple[Lines, list[Any]]]:
        records, before = self._records(), -1
        while self.rows > before:
            before, lines = self.rows, list[int]()
            # By column: a batch of rows, each a list, would keep the garbage collector busy.
            columns = [(place, list[str]()) for place in self._places]
            for line, text, cells, reason in islice(records, BATCH):
                self.rows += 1
                width = -1 if "\0" in text else len(cells or ())
                if cells is not None and width == self._width:
                    lines.append(line)
                    for place, column in columns:
                        column.append(cells[place])
                else:
                    self.rejects.append((line, reason or self._misfit(width)))
            if lines:
                yield (
                    np.array(lines, np.int64),
                    [pa.array(column, pa.string()) for _, column in columns],
                )

    def _misfit(self, columns: int) -> str:
        if columns < 0:
            return "NUL byte"
        return "too few columns" if columns < self._width else "too many columns"

    def _lines(self, start: int) -> Iterator[tuple[int, str]]:
        for first, text in self._chunks(start):
            yield from enumerate(text.split("\n"), first)

    def _records(self) -> Iterator[Record]:
        return records(self._lines(self._start), self.separator, self._width)


def _split(text: str) -> Any:
    """The lines of a text, as an arrow array."""
    return pc.split_pattern(pa.array([text], pa.large_string()), "\n").flatten().cast(pa.string())


def _from_line(start: int, first: int, text: str) -> Iterator[tuple[int, str]]:
    """A chunk that begins with line `first`, without the lines before `start`."""
    parts = text.split("\n", start - first) if first < start else [text]
    if len(parts) > start - first:
        yield max(first, start), parts[-1]


def _path(path: str) -> str:
    """A path as `shown` writes it, but cut from the left: the name of the file is at its end."""
    text = repr(path)
    return shown(path) if len(text) <= LONGEST else f"{text[0]}...{text[4 - LONGEST :]}"


def _listed(names: Iterable[str]) -> str:
    """The first dozen, and whether there are more."""
    names = list(names)
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def _plain(name: str) -> str:
    """A column's name as it is compared: `Customer ID` is `customer_id`."""
    return re.sub(r"[\s_-]+", "_", name.strip().strip("\"'").strip().lower())
