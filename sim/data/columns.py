"""Columns of a file as they grow block by block: numbers, and texts that are told apart by code."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .intake import Sieve
from .table import Table

Codes = NDArray[np.int32]


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
