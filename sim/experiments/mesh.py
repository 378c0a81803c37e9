"""A mesh of cells over two settings that is halved where it matters, and what lies between points.

Each side is halved by itself, in a tree: intervals of two cells are the same, one within the
other, or apart, so that cells of all sizes fit together (a quadtree; Finkel & Bentley 1974). A
point on the edge of a larger neighbour is a corner of its triangles too, so nothing gapes. Areas
are shares of the map, both sides taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from ...scenarios.ranging import Range

Floats = NDArray[np.float64]
Point = tuple[float, float]

EDGE = 1e-9
"""How near to the rim of the map, in shares of a side, a place counts as within."""


class Cell(NamedTuple):
    """A rectangle of the map, and how often cells were halved to get it."""

    left: float
    right: float
    low: float
    high: float
    level: int

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Counter-clockwise."""
        return (
            (self.left, self.low), (self.right, self.low), (self.right, self.high),
            (self.left, self.high),
        )  # fmt: skip


class Mesh:
    """Cells over two ranges, at first `grid` x `grid` points of them; `finest`: how often at most a
    cell is halved. Whole numbers stay whole: a side of which nothing is between is not halved."""

    def __init__(self, sides: tuple[Range, Range], grid: int, finest: int) -> None:
        self.sides = sides
        self.finest = finest
        self._first = [_first(side, grid) for side in sides]
        self.points: list[Point] = []
        self.levels: list[int] = []
        self.places: dict[Point, int] = {}
        xs, ys = self._first
        self.cells = [
            Cell(left, right, low, high, 0)
            for low, high in pairwise(ys)
            for left, right in pairwise(xs)
        ]
        for y in ys:
            for x in xs:
                self._add((x, y), 0)

    @property
    def full(self) -> int:
        """How many points a grid has that is as fine everywhere as this is where it is finest."""
        counts = []
        for side, values in zip(self.sides, self._first, strict=True):
            for _ in range(self.finest):
                between = [_middle(side, *ends) for ends in pairwise(values)]
                values = sorted({*values, *(x for x in between if x is not None)})
            counts.append(len(values))
        return counts[0] * counts[1]

    def refine(self, winners: Sequence[int]) -> int:
        """Halve the cells that a border passes through; returns how many points are new.

        `winners` are those of all points so far. A border passes through a cell where points on its
        rim have different ones, those of finer neighbours included, so that a border which leaves
        a fine cell is followed into the coarse one beside it.
        """
        before = len(self.points)
        crossed = [len({winners[place] for place in rim}) > 1 for rim in self.rims()]
        cells = []
        for cell, is_crossed in zip(self.cells, crossed, strict=True):
            parts = self._halves(cell) if is_crossed and cell.level < self.finest else []
            cells += parts or [cell]
            for part in parts:
                for corner in part.corners:
                    self._add(corner, part.level)
        self.cells = cells
        return len(self.points) - before

    def rims(self) -> Iterator[list[int]]:
        """The points on the rim of each cell, once around it."""
        xy = np.array(self.points)
        for cell in self.cells:
            x, y = xy[:, 0], xy[:, 1]
            within = (x >= cell.left) & (x <= cell.right) & (y >= cell.low) & (y <= cell.high)
            (near,) = np.nonzero(within)

            def turn(place: int, cell: Cell = cell) -> tuple[int, float]:
                x, y = self.points[place]
                if y == cell.low and x < cell.right:
                    return 0, x
                if x == cell.right and y < cell.high:
                    return 1, y
                return (2, -x) if y == cell.high and x > cell.left else (3, -y)

            yield sorted(near.tolist(), key=turn)

    def _halves(self, cell: Cell) -> list[Cell]:
        """Four cells; two where one side has nothing between; none where neither has."""
        x = _middle(self.sides[0], cell.left, cell.right)
        y = _middle(self.sides[1], cell.low, cell.high)
        xs = [cell.left, *([] if x is None else [x]), cell.right]
        ys = [cell.low, *([] if y is None else [y]), cell.high]
        if len(xs) == len(ys) == 2:
            return []
        return [
            Cell(left, right, low, high, cell.level + 1)
            for low, high in pairwise(ys)
            for left, right in pairwise(xs)
        ]

    def _add(self, point: Point, level: int) -> None:
        if point not in self.places:
            self.places[point] = len(self.points)
            self.points.append(point)
            self.levels.append(level)


def _first(side: Range, grid: int) -> list[float]:
    return sorted({_tidy(side.along(k / (grid - 1))) for k in range(grid)})


def _middle(side: Range, low: float, high: float) -> float | None:
    """What is halfway between; None where there is no whole number."""
    if not side.whole:
        return _tidy((low + high) / 2.0)
    return float((low + high) // 2) if high - low >= 2 else None


def _tidy(value: float) -> float:
    """A number that one would write: 1.6 and not 1.5999999999999999."""
    return float(f"{value:.12g}")


class Tiling(NamedTuple):
    """Triangles that cover the map, on which values are taken to be linear.

    Each cell is a fan from its centre to the points on its rim; at the centre stands the mean of
    its four corners. `corners`: of the triangles, shape (corners, 2), in units of the settings,
    first the points and then the centres; `cells`: the four points of each cell, shape (cells, 4);
    `triangles`: shape (triangles, 3); `extent`: left, right, low, high.
    """

    corners: Floats
    cells: NDArray[np.int64]
    triangles: NDArray[np.int64]
    extent: tuple[float, float, float, float]

    @classmethod
    def of(cls, mesh: Mesh) -> Tiling:
        """The triangles of a mesh."""
        triangles = []
        for centre, rim in enumerate(mesh.rims(), len(mesh.points)):
            triangles += [(centre, *ends) for ends in zip(rim, rim[1:] + rim[:1], strict=True)]
        cells = np.array([[mesh.places[corner] for corner in cell.corners] for cell in mesh.cells])
        points = np.array(mesh.points)
        corners = np.concatenate([points, points[cells].mean(axis=1)])
        (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
        extent = (float(left), float(right), float(low), float(high))
        return cls(corners, cells, np.array(triangles), extent)

    def at_corners(self, values: Floats) -> Floats:
        """Values at the corners, shape (corners, ...), of those at the points, (points, ...)."""
        return np.concatenate([values, values[self.cells].mean(axis=1)])

    def shares(self, at: Floats) -> Floats:
        """On which share of the map each is the greatest, summing to 1: of (corners, choices).

        Of choices that are equal all over a triangle the first one has it.
        """
        found = np.zeros(at.shape[1])
        for triangle in self.triangles:
            for one in range(len(found)):
                leads = at[triangle, one, None] - np.delete(at[triangle], one, axis=1)
                if not (leads[:, :one] == 0.0).all(axis=0).any():
                    found[one] += _area(self.corners[triangle], leads)
        return np.asarray(found / self._whole)

    def positive(self, at: Floats) -> Floats:
        """On which share of the map each is above 0: of (corners, choices)."""
        found = np.zeros(at.shape[1])
        for triangle in self.triangles:
            for one in np.flatnonzero((at[triangle] > 0.0).any(axis=0)):
                found[one] += _area(self.corners[triangle], at[triangle, one, None])
        return np.asarray(found / self._whole)

    def mean(self, at: Floats) -> Floats:
        """The mean over the map: of (corners, choices)."""
        every = np.ones((3, 1))
        areas = np.array([_area(self.corners[t], every) for t in self.triangles])
        return np.asarray((areas[:, None] * at[self.triangles].mean(axis=1)).sum(0) / self._whole)

    def along(self, side: int, value: float, at: Floats) -> tuple[Floats, Floats]:
        """Along the line on which the other side stands at `value`: places on `side`, ascending,
        between which values are linear, and the values there, (places, ...), of (corners, ...)."""
        fixed, free = self.corners[:, 1 - side], self.corners[:, side]
        pairs = np.sort(self.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        pairs = np.unique(pairs, axis=0)
        (on,) = np.nonzero(fixed == value)
        one, other = pairs[(fixed[pairs[:, 0]] - value) * (fixed[pairs[:, 1]] - value) < 0.0].T
        u = (value - fixed[one]) / (fixed[other] - fixed[one])
        places = np.concatenate([free[on], free[one] + u * (free[other] - free[one])])
        u = u.reshape(-1, *[1] * (at.ndim - 1))
        found = np.concatenate([at[on], at[one] + u * (at[other] - at[one])])
        order = np.argsort(places, kind="stable")
        places, found = places[order], found[order]
        far = np.diff(places, prepend=-np.inf) > 1e-9 * (self.extent[1 + 2 * side] - places[0])
        return places[far], found[far]

    def at(self, places: Floats, at: Floats) -> Floats:
        """Values at places of the map, (places, ...): of shape (places, 2), and (corners, ...)."""
        return self.mixed(*self.within(places), at)

    def mixed(self, triangles: NDArray[np.int64], weights: Floats, at: Floats) -> Floats:
        """Values in triangles, (places, ...), whose corners weigh as `within` says."""
        one, two, three = (
            at[corner] * weight.reshape(-1, *[1] * (at.ndim - 1))
            for corner, weight in zip(self.triangles[triangles].T, weights.T, strict=True)
        )
        return np.asarray(one + two + three)

    def within(self, places: Floats) -> tuple[NDArray[np.int64], Floats]:
        """The triangle that each place lies in, (places,), and what its corners weigh there,
        (places, 3)."""
        left, right, low, high = self.extent
        # In shares of the sides: triangles are found badly where x and y differ much.
        start, wide = np.array([left, low]), np.array([right - left, high - low])
        corners = (self.corners - start) / wide
        inside = np.clip((places - start) / wide, EDGE, 1.0 - EDGE)
        finder = Triangulation(corners[:, 0], corners[:, 1], self.triangles).get_trifinder()
        found = np.asarray(finder(*inside.T))
        one, two, three = np.moveaxis(corners[self.triangles[found]], 1, 0)
        whole = _cross(two - one, three - one)
        second = _cross(inside - one, three - one) / whole
        third = _cross(two - one, inside - one) / whole
        return found, np.stack([1.0 - second - third, second, third], axis=1)

    @property
    def _whole(self) -> float:
        left, right, low, high = self.extent
        return (right - left) * (high - low)


def _cross(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])


def _area(corners: Floats, levels: Floats) -> float:
    """The area of a triangle on which no level is below 0: corners (3, 2), levels (3, any)."""
    polygon = np.hstack([corners, levels])
    for column in range(2, polygon.shape[1]):
        kept = []
        for here, there in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if here[column] >= 0.0:
                kept.append(here)
            if here[column] * there[column] < 0.0:
                kept.append(here + (there - here) * here[column] / (here[column] - there[column]))
        if len(kept) < 3:
            return 0.0
        polygon = np.array(kept)
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2.0)
