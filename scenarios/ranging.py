"""Settings along ranges: words in which some keys have an interval instead of a value.

Hydra's syntax: `costs.programme=interval(0.5,1.5)`. A whole number stays one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .compose import Composer, parsed
from .errors import BadInput, keys, shown, unknown_key
from .scenario import Scenario


class Range(NamedTuple):
    """The values that one key may take, both ends included."""

    key: str
    low: float
    high: float
    whole: bool = False

    def at(self, u: float) -> float:
        """The value that `u`, drawn evenly from 0 to 1, stands for; each whole one as often."""
        if self.whole:
            return min(self.high, self.low + math.floor(u * (self.high - self.low + 1.0)))
        return self.along(u)

    def along(self, u: float) -> float:
        """The value at a share `u` of the way, 0 to 1; of whole ones the nearest."""
        value = self.low + u * (self.high - self.low)
        return round(value) if self.whole else value

    def word(self, value: float) -> str:
        """The word that sets it."""
        return f"{self.key}={int(value) if self.whole else float(value)!r}"


class Space:
    """All settings that words with intervals mean. Raises BadInput."""

    def __init__(
        self,
        words: Sequence[str],
        config_dir: str | Path | None = None,
        config_name: str = "config",
    ) -> None:
        self._compose = Composer(config_dir, config_name)
        ends = [(word, _ends(word)) for word in words]
        self._fixed = [word for word, found in ends if found is None]
        self.first = self._compose(*self._fixed)
        """The scenario as it stands where nothing is said of the ranges."""
        told = [found[0] for _, found in ends if found]
        for key in told:
            if told.count(key) > 1:
                raise BadInput(f"{key}: got an interval twice, allowed is one")
        tree = self.first.model_dump()
        self.ranges = tuple(_range(word, *found, tree) for word, found in ends if found)
        for one in self.ranges:
            for value in (one.low, one.high):
                self.at({one.key: value})

    def at(self, values: Mapping[str, float]) -> Scenario:
        """The scenario with these values of keys, of which some may have a range."""
        whole = {one.key: one for one in self.ranges}
        words = [whole.get(key, Range(key, 0.0, 0.0)).word(v) for key, v in values.items()]
        return self._compose(*self._fixed, *words)

    @property
    def people(self) -> int:
        """In the largest of the settings."""
        tops = [one.high for one in self.ranges if one.key == "population.size"]
        return int(max(self.first.population.size, *tops, 0))

    def value(self, key: str) -> float | None:
        """What a key that has a range stands at; None where it is left to the market."""
        found = _value(self.first.model_dump(), key)
        return None if found is None else float(found)


def _ends(word: str) -> tuple[str, float, float] | None:
    """Key and ends of a word with an interval; None for any other word."""
    from hydra.core.override_parser.types import IntervalSweep

    override = parsed(word)
    value = override.value()
    if not isinstance(value, IntervalSweep):
        return None
    key, low, high = override.key_or_group, value.start, value.end
    if low is None or high is None or not math.isfinite(low + high):
        raise BadInput(f"{word}: got no numbers, allowed are two, {key}=interval(0.5,1.5)")
    if low >= high:
        raise BadInput(f"{word}: got {low:g} to {high:g}, allowed are rising numbers")
    return key, low, high


def _range(word: str, key: str, low: float, high: float, tree: Mapping[str, Any]) -> Range:
    if key not in (known := list(keys(tree))):
        raise unknown_key(key, known)
    found = _value(tree, key)
    if isinstance(found, bool) or not isinstance(found, (int, float, type(None))):
        raise BadInput(f"{word}: {key} is {shown(found)}, allowed is an interval of a number")
    whole = isinstance(found, int)
    if whole and (low != round(low) or high != round(high)):
        raise BadInput(f"{word}: got {low:g} to {high:g}, allowed are whole numbers")
    return Range(key, low, high, whole)


def _value(tree: Mapping[str, Any], key: str) -> Any:
    """What stands at a dotted key that there is."""
    node: Any = tree
    for part in key.split("."):
        node = node[part]
    return node
