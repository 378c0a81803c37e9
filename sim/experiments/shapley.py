"""Shapley values: what each player of a game adds, on average over all orders of joining.

A coalition is a whole number whose bit k says whether player k is in it. Values of coalitions may
be arrays (worlds, quantities): all is linear in them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def coalitions_of(orders: Sequence[Sequence[int]]) -> list[int]:
    """All coalitions met when players join in these orders, the empty one included, ascending."""
    found = {0}
    for order in orders:
        members = 0
        for player in order:
            members |= 1 << player
            found.add(members)
    return sorted(found)


def exact(players: int, value: Mapping[int, Array]) -> Array:
    """Shapley values from all coalitions, shape (players, ...) (Shapley 1953).

    They add up to the value of all less that of nobody.
    """
    shares = [
        math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
        for size in range(players)
    ]
    found = []
    for player in range(players):
        bit = 1 << player
        terms = [
            shares[members.bit_count()] * (value[members | bit] - value[members])
            for members in range(1 << players)
            if not members & bit
        ]
        found.append(np.sum(terms, axis=0))
    return np.array(found)


def orders_of(players: int, pairs: int, seed: int) -> list[tuple[int, ...]]:
    """Random orders, each followed by its reverse: what is off in one is off the other way in the
    other (Mitchell, Cooper, Frank & Holmes 2022)."""
    luck = np.random.Generator(np.random.PCG64(seed))
    found: list[tuple[int, ...]] = []
    for _ in range(pairs):
        order = tuple(luck.permutation(players).tolist())
        found += [order, order[::-1]]
    return found


def along(orders: Sequence[Sequence[int]], value: Mapping[int, Array]) -> Array:
    """What each player adds in each order, shape (orders, players, ...).

    In each order, and so on average, they add up to the value of all less that of nobody.
    """
    found = []
    for order in orders:
        added = {}
        members = 0
        for player in order:
            joined = members | 1 << player
            added[player] = value[joined] - value[members]
            members = joined
        found.append(np.array([added[player] for player in range(len(order))]))
    return np.array(found)
