"""Who hears whom: undirected graphs, drawn by person, as compressed rows of neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .accelerate import compiled

Integers = NDArray[np.int64]
Uniforms = NDArray[np.float64]


class Graph(NamedTuple):
    """Neighbours of person i: `neighbours[starts[i]:starts[i + 1]]`, ascending."""

    starts: Integers
    neighbours: NDArray[np.int32]

    @property
    def mean_degree(self) -> float:
        """Mean number of neighbours."""
        return len(self.neighbours) / max(1, len(self.starts) - 1)


def graph_of(people: int, one: Integers, other: Integers) -> Graph:
    """The graph of these ties, each once, without loops; ends in [0, people)."""
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    ties = np.unique(low * people + high)
    low, high = ties // people, ties % people
    source = np.concatenate([low, high])
    target = np.concatenate([high, low])
    order = np.argsort(source * people + target, kind="stable")
    starts = np.zeros(people + 1, dtype=np.int64)
    np.cumsum(np.bincount(source, minlength=people), out=starts[1:])
    return Graph(starts, target[order].astype(np.int32))


def among(graph: Graph, chosen: Integers) -> Graph:
    """The ties among chosen people, who are numbered anew in their order (ascending)."""
    place = np.full(len(graph.starts) - 1, -1)
    place[chosen] = np.arange(len(chosen))
    source = np.repeat(place, np.diff(graph.starts))
    target = place[graph.neighbours]
    inside = (source >= 0) & (target >= 0)
    starts = np.zeros(len(chosen) + 1, dtype=np.int64)
    np.cumsum(np.bincount(source[inside], minlength=len(chosen)), out=starts[1:])
    return Graph(starts, target[inside].astype(np.int32))


Draw = Callable[[int], Uniforms]
"""Uniforms of everybody at a turn, shape (4, people)."""


def small_world(people: int, degree: int, rewiring: float, draw: Draw) -> Graph:
    """A ring of near neighbours, some ties rewired at random (Watts & Strogatz 1998)."""
    ids = np.arange(people)

    def target(step: int, u: Uniforms) -> Integers:
        far = np.minimum((u[1] * people).astype(np.int64), people - 1)
        return np.asarray(np.where(u[0] < rewiring, far, (ids + step + 1) % people))

    return _named(people, degree, draw, target)


def scale_free(people: int, degree: int, rewiring: float, draw: Draw) -> Graph:
    """Newcomers tie to the well connected (Barabasi & Albert 1999).

    Each brings half of the mean degree; of an odd degree, half of the people bring one more.
    """
    u = [draw(step) for step in range((degree + 1) // 2)]
    brings = np.full(people, degree // 2, dtype=np.int64)
    if degree % 2:
        brings += u[-1][1] < 0.5
    ends = _attach(np.stack([row[0] for row in u], axis=1), brings)
    return graph_of(people, ends[0::2], ends[1::2])


@compiled
def _attach(u: Uniforms, brings: Integers) -> Integers:
    ends = np.empty(2 * brings.sum(), dtype=np.int64)
    n = 0
    for i in range(len(brings)):
        known = n
        for k in range(brings[i]):
            ends[n] = i
            # A random end of a random tie: the well connected are drawn more often.
            ends[n + 1] = ends[int(u[i, k] * known)] if known > 0 else 0
            n += 2
    return ends


def random_graph(people: int, degree: int, rewiring: float, draw: Draw) -> Graph:
    """Ties with anybody: each person names half of the mean degree at random."""

    def target(step: int, u: Uniforms) -> Integers:
        return np.asarray(np.minimum((u[1] * people).astype(np.int64), people - 1))

    return _named(people, degree, draw, target)


def _named(
    people: int, degree: int, draw: Draw, target: Callable[[int, Uniforms], Integers]
) -> Graph:
    """Everybody names half of the mean degree; of an odd degree, half of the people one more."""
    ids = np.arange(people)
    ones, others = [], []
    for step in range((degree + 1) // 2):
        u = draw(step)
        names = np.ones(people, bool) if step < degree // 2 else u[2] < 0.5
        ones.append(ids[names])
        others.append(target(step, u)[names])
    return graph_of(people, np.concatenate(ones), np.concatenate(others))


def nobody(people: int, degree: int, rewiring: float, draw: Draw) -> Graph:
    """No ties at all."""
    empty = np.zeros(0, dtype=np.int64)
    return graph_of(people, empty, empty)


GRAPHS: dict[str, Callable[[int, int, float, Draw], Graph]] = {
    "small_world": small_world,
    "scale_free": scale_free,
    "random": random_graph,
    "none": nobody,
}
