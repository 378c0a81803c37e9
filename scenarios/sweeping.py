"""From words with several values to the points of a sweep: each a scenario of its own.

Hydra's syntax: `market=telecom,apparel`, `population.size=choice(2000,8000)`,
`costs.programme=range(0.5,1.5,0.25)`, `market=glob(*)`. Every value of every such word is combined
with every other, the last word changing fastest.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .compose import Composer, parsed
from .errors import BadInput, shown
from .files import options
from .scenario import Scenario

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

MOST = 100_000
"""Points of one sweep at most: each is composed and validated before the first one starts."""


class Axis(NamedTuple):
    """One swept key: its values as they stand in a table, and the word for each."""

    key: str
    values: tuple[Any, ...]
    words: tuple[str, ...]


class Point(NamedTuple):
    """One setting: its number, where it stands on each axis, and the words that compose it."""

    number: int
    values: tuple[Any, ...]
    words: tuple[str, ...]


class Sweep:
    """All settings that some words mean, composed one at a time. Raises BadInput."""

    def __init__(
        self,
        words: Sequence[str],
        config_dir: str | Path | None = None,
        config_name: str = "config",
    ) -> None:
        self.words = tuple(words)
        self.flags = tuple(
            word
            for flag, value in (("--config-dir", config_dir), ("--config-name", config_name))
            if value not in (None, "config")
            for word in (flag, str(value))
        )
        """What the command line says beside the words."""
        self.compose = Composer(config_dir, config_name)
        self._places: list[Axis | str] = [self._place(word) for word in words]
        self.axes = [place for place in self._places if isinstance(place, Axis)]
        keys = [axis.key for axis in self.axes]
        for key in keys:
            if keys.count(key) > 1:
                raise BadInput(f"{key}: got several values twice, allowed is once")
        self.size = math.prod(len(axis.values) for axis in self.axes)
        if self.size > MOST:
            counts = " x ".join(f"{len(axis.values):,}" for axis in self.axes)
            raise BadInput(
                f"-m: got {self.size:,} points ({counts}), allowed are {MOST:,} in one sweep; "
                "take fewer values, or several sweeps"
            )

    def points(self) -> Iterator[Point]:
        """All points, the last axis fastest."""
        return map(self.point, range(self.size))

    def point(self, number: int) -> Point:
        """One point, by its number from 0."""
        chosen, rest = {}, number
        for axis in reversed(self.axes):
            rest, chosen[axis.key] = divmod(rest, len(axis.values))
        words = tuple(
            place.words[chosen[place.key]] if isinstance(place, Axis) else place
            for place in self._places
        )
        return Point(number, tuple(axis.values[chosen[axis.key]] for axis in self.axes), words)

    def scenario(self, point: Point) -> Scenario:
        """The scenario of one point. Raises BadInput, naming the point where it is one of many."""
        try:
            return self.compose(*point.words)
        except BadInput as problem:
            if not self.axes:
                raise
            at = ", ".join(
                f"{a.key}={shown(v)}" for a, v in zip(self.axes, point.values, strict=True)
            )
            raise BadInput(f"point {point.number} ({at}): {problem}") from None

    def _place(self, word: str) -> Axis | str:
        override = parsed(word)
        if not override.is_sweep_override():
            return word
        key = override.key_or_group
        if override.is_delete() or override.package is not None:
            raise BadInput(f"{word}: got several values of no key, allowed is KEY=A,B")
        words = tuple(f"{key}={value}" for value in self._values(word, override))
        if not words:
            raise BadInput(f"{word}: got no value, allowed is one or more")
        if len(set(words)) < len(words):
            raise BadInput(f"{word}: got a value twice, allowed is once")
        values = [_plain(parsed(one).value()) for one in words]
        if any(isinstance(value, str) for value in values):  # a column holds numbers or words
            values = [value if isinstance(value, str) else shown(value) for value in values]
        return Axis(key, tuple(values), words)

    def _values(self, word: str, override: Override) -> Iterator[str]:
        """The values of a word as text that can be read again."""
        from hydra.core.override_parser.types import Glob, IntervalSweep

        swept = override.value()
        if isinstance(swept, Glob):
            names = sorted(options(override.key_or_group, self.compose.folders))
            if not names:
                raise BadInput(f"{word}: only presets can be globbed; allowed is KEY=A,B")
            return iter(swept.filter(names))
        if isinstance(swept, IntervalSweep):
            raise BadInput(f"{word}: an interval has no values; allowed are A,B and range")
        if getattr(swept, "shuffle", False):
            raise BadInput(f"{word}: a sweep has no order to shuffle; allowed is without shuffle")
        if getattr(swept, "step", None) == 0:
            raise BadInput(f"{word}: got a step of 0, allowed is any other")
        texts = list(itertools.islice(override.sweep_string_iterator(), MOST + 1))
        if len(texts) > MOST:
            raise BadInput(f"{word}: got more than {MOST:,} values, allowed are {MOST:,} points")
        if override.is_range_sweep():  # .12, not .12000000000000001, which is where steps lead
            texts = [f"{float(text):.12g}" if "." in text else text for text in texts]
        return iter(texts)


def _plain(value: Any) -> Any:
    """A value as it stands in a cell of a table: a number, a word, or the text of anything else."""
    return value if isinstance(value, (bool, int, float, str)) else shown(value)
