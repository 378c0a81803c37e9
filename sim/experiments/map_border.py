"""What the worlds of a map say at each of its places, and where along a line the winner changes.

Between points equity is taken to be linear in each world by itself, and all that is said of a place
is made of the worlds there: how often somebody wins bends far more than what they earn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..statistics import LEVEL
from .mesh import Floats, Tiling


class Verdicts(NamedTuple):
    """Per place and strategy, shape (places, strategies), currency per person.

    `means`: mean equity. `shares`: the share of worlds in which it is the best, ties split.
    `regrets`: mean shortfall against the best of each world. `sure`: the least low end of the 90 %
    intervals of its mean leads over the others; where it is above 0 the strategy surely is ahead,
    as far as worlds can tell. `equity` itself has the shape (places, worlds, strategies).
    """

    equity: Floats
    means: Floats
    shares: Floats
    regrets: Floats
    sure: Floats

    @classmethod
    def of(cls, equity: Floats) -> Verdicts:
        """Of equity by place, world and strategy; two worlds and strategies at least."""
        best = equity.max(axis=2, keepdims=True)
        firsts = equity == best
        strategies = range(equity.shape[2])
        sure = [
            np.min([_low(equity[..., one] - equity[..., other])
                    for other in strategies if other != one], axis=0)
            for one in strategies
        ]  # fmt: skip
        return cls(
            equity=equity,
            means=equity.mean(axis=1),
            shares=(firsts / firsts.sum(axis=2, keepdims=True)).mean(axis=1),
            regrets=(best - equity).mean(axis=1),
            sure=np.stack(sure, axis=1),
        )

    @property
    def winners(self) -> NDArray[np.int64]:
        """Who has the greatest mean at each place, the first of those who are equal."""
        return np.asarray(self.means.argmax(axis=1))


def _low(leads: Floats) -> Floats:
    """The low end of Student's 90 % interval of the mean over worlds, (places, worlds)."""
    count = leads.shape[1]
    error = leads.std(axis=1, ddof=1) / math.sqrt(count)
    return np.asarray(leads.mean(axis=1) - stats.t.ppf(0.5 + LEVEL / 2.0, count - 1) * error)


class Turn(NamedTuple):
    """Where the winner changes along a line, in units of the setting.

    `low` to `high`: between them it is not sure that `before` is ahead, nor that `after` is; nan
    where that does not end before somebody else wins, or the map ends.
    """

    at: float
    low: float
    high: float
    before: int
    after: int


def turns(tiling: Tiling, equity: Floats, side: int, value: float) -> list[Turn]:
    """Where the winner changes along one side, the other setting standing at `value`; ascending.

    `equity`: at the corners of the tiling, shape (corners, worlds, strategies).
    """
    places, found = tiling.along(side, value, equity)
    here = Verdicts.of(found)
    means, sure, winners = here.means, here.sure, here.winners
    result = []
    for k in np.flatnonzero(winners[1:] != winners[:-1]):
        step = places[k + 1] - places[k]
        ends = means[k : k + 2]
        for u, before, after in _changes(ends, int(winners[k]), int(winners[k + 1])):
            low = _zero(places, sure[:, before], winners == before, int(k), -1)
            high = _zero(places, sure[:, after], winners == after, int(k) + 1, 1)
            result.append(Turn(float(places[k] + u * step), low, high, before, after))
    return result


def _changes(ends: Floats, before: int, after: int) -> Iterator[tuple[float, int, int]]:
    """How far on the way, 0 to 1, the greatest of linear functions changes from one to another,
    by way of others that are greater in between; `ends`: shape (2, choices)."""
    gap = ends[:, before] - ends[:, after]
    u = float(gap[0] / (gap[0] - gap[1]))
    there = ends[0] + u * (ends[1] - ends[0])
    most = int(there.argmax())
    scale = 1e-12 * float(np.abs(ends).max())
    if most in (before, after) or there[most] - there[before] <= scale:
        yield u, before, after
        return
    yield from _changes(ends, before, most)
    yield from _changes(ends, most, after)


def _zero(places: Floats, sure: Floats, wins: NDArray[np.bool_], start: int, step: int) -> float:
    """The first place from `start` on at which it is sure that a strategy is ahead; nan if there is
    none as long as it wins."""
    k = start
    while 0 <= k < len(places) and wins[k]:
        if sure[k] > 0.0:
            share = sure[k] / (sure[k] - sure[k - step])
            return float(places[k] + share * (places[k - step] - places[k]))
        k += step
    return math.nan
