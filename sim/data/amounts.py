"""Amounts of a file: each is read with both decimal marks, until all together tell which it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...scenarios.errors import shown
from .columns import Columns
from .table import Lines, Table

Floats = NDArray[np.float64]


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
