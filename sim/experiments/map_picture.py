"""The picture of a map: who wins where, the border, how sure it is, what a choice may lose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from scipy.ndimage import distance_transform_edt

from ...scenarios.parameter import parameters, unit_of
from ...scenarios.scenario import Scenario
from ..drawing import (
    COLOURS,
    FAINT,
    INK,
    LABEL,
    WIDTH,
    Ticks,
    points_of,
    sheet,
    shown,
    styled,
    wrapped,
)
from .map_border import Verdicts
from .mesh import Floats, Tiling

PIXELS = 300
"""Of the raster along each side; a finest cell is many of them."""

TALL, FREE = 5.4, 3.1
"""Inches: of the panel, and of what is kept free to its right."""

HALO = [withStroke(linewidth=3.0, foreground="white")]


def unit_in(scenario: Scenario, key: str) -> str:
    """What a key of a scenario is counted in; "" where it has no unit."""
    _, _, lever = key.partition("strategies.")
    if lever:
        name, _, own = lever.partition(".")
        fields = parameters(scenario.strategies[name]) if name in scenario.strategies else iter(())
    else:
        own, fields = key, parameters(scenario)
    unit = next((unit_of(field) for name, field, _ in fields if name == own), "")
    return "" if unit == "1" else unit


class Raster:
    """What the worlds say on a raster of places; `equity`: (corners, worlds, strategies)."""

    def __init__(self, tiling: Tiling, equity: Floats) -> None:
        left, right, low, high = tiling.extent
        self.x, self.y = np.meshgrid(
            np.linspace(left, right, PIXELS), np.linspace(low, high, PIXELS)
        )
        places = np.stack([self.x, self.y], axis=-1)
        triangles, weights = tiling.within(places.reshape(-1, 2))
        rows = []
        for start in range(0, len(triangles), PIXELS):  # with many worlds all of it would be large
            row = slice(start, start + PIXELS)
            here = Verdicts.of(tiling.mixed(triangles[row], weights[row], equity))
            rows.append(here._replace(equity=equity[:0]))
        self.means = np.stack([row.means for row in rows])
        self.shares = np.stack([row.shares for row in rows])
        self.sure = np.stack([row.sure for row in rows])
        self.winner = self.means.argmax(axis=-1)
        regrets = np.stack([row.regrets for row in rows])
        self.regret = np.asarray(regrets.min(axis=-1))

    def lead(self, one: int) -> Floats:
        """How far a strategy is ahead of the best other."""
        others = np.delete(self.means, one, axis=-1).max(axis=-1)
        return np.asarray(self.means[..., one] - others)


def map_figure(
    title: str, summary: Mapping[str, Any], tiling: Tiling, equity: Floats, points: Floats
) -> Figure:
    """The map: hue for who wins, strength for how often.

    `equity`: per person at the corners of the tiling, (corners, worlds, strategies); `points`:
    where it was simulated, (points, 2).
    """
    names = list(summary["strategies"])
    worlds = summary["worlds"]
    note = (
        f"Customer equity per person in the market, mean of {worlds:,} worlds, the same everywhere."
        f" {summary['points']:,} points were simulated, where a full grid as fine takes "
        f"{summary['full_grid']:,}; linear in between in each world. Both settings are taken as "
        "known: their own doubt is off."
    )
    raster = Raster(tiling, equity)
    with styled():
        figure, ((ax,),) = sheet(title, note, (TALL,), (1.0,), FREE)
        shade(ax, raster)
        texts = contours(ax, raster)
        ax.plot(points[:, 0], points[:, 1], ".", color=INK, ms=2.6, alpha=0.55, zorder=3)
        place = summary["place"]
        here = tuple(place["settings"].values()) if place else None
        taken = _mark(ax, here) if here else []
        ax.set_xlim(*tiling.extent[:2])
        ax.set_ylim(*tiling.extent[2:])
        figure.draw_without_rendering()
        name_regions(ax, raster, names, [*texts, *taken])
        along, up = (
            f"{key} ({one['unit']})" if one["unit"] else key
            for key, one in summary["settings"].items()
        )
        ax.set_xlabel(along)
        ax.set_ylabel(up)
        ax.xaxis.set_major_formatter(Ticks("number"))
        ax.yaxis.set_major_formatter(Ticks("number"))
        ax.grid(visible=False)
        _key(figure, ax, names)
    return figure


def shade(ax: Axes, raster: Raster) -> None:
    """Two strategies: the chance that the second is ahead, from the colour of the first by white to
    its own. More: the colour of the winner, the stronger the likelier it is to be the best."""
    count = raster.shares.shape[-1]
    if count == 2:
        colours = two_colours()(raster.shares[..., 1])[..., :3]
    else:
        own = np.array([to_rgb(COLOURS[k % len(COLOURS)]) for k in range(count)])
        share = np.take_along_axis(raster.shares, raster.winner[..., None], axis=-1)
        strength = 0.12 + 0.7 * np.clip((share - 1.0 / count) / (1.0 - 1.0 / count), 0.0, 1.0)
        colours = 1.0 - strength * (1.0 - own[raster.winner])
    left, right, low, high = raster.x[0, 0], raster.x[0, -1], raster.y[0, 0], raster.y[-1, 0]
    ax.imshow(colours, extent=(left, right, low, high), origin="lower", aspect="auto",
              interpolation="nearest", zorder=0)  # fmt: skip


def two_colours() -> LinearSegmentedColormap:
    """From the first strategy's colour by white to the second's, in ten steps."""
    ends = [tuple(1.0 - 0.82 * (1.0 - part) for part in to_rgb(colour)) for colour in COLOURS[:2]]
    return LinearSegmentedColormap.from_list("two", [ends[0], (1.0, 1.0, 1.0), ends[1]], N=10)


def contours(ax: Axes, raster: Raster) -> list[Text]:
    """The border, the strip in which it may lie, and regret; returns the labels of regret."""
    places = raster.x, raster.y
    labels: list[Text] = []
    top = float(np.nanmax(raster.regret))
    if top > 0.0:
        steps = np.array(MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(0.0, top))
        # The highest ones would lie along the border, and hide it.
        steps = steps[(steps > 0.0) & (steps < 0.85 * top)]
        lines = ax.contour(*places, raster.regret, levels=steps, colors=FAINT, linewidths=0.8,
                           zorder=1)  # fmt: skip
        labels = list(ax.clabel(lines, fmt=Ticks("money"), fontsize=8.5))
        for text in labels:
            text.set_path_effects([*HALO])
    for one in range(raster.means.shape[-1]):
        lead, sure = raster.lead(one), raster.sure[..., one]
        if (lead > 0.0).any() and (lead < 0.0).any():
            ax.contour(*places, lead, levels=[0.0], colors=INK, linewidths=2.6, zorder=2)
        if (sure > 0.0).any() and (sure < 0.0).any():
            ax.contour(*places, sure, levels=[0.0], colors=INK, linewidths=1.1,
                       linestyles=[(0, (4, 3))], zorder=2)  # fmt: skip
    return labels


def _mark(ax: Axes, here: Sequence[float]) -> list[Text]:
    x, y = here
    ax.plot(x, y, "*", color=INK, mec="white", mew=1.2, ms=17, zorder=5, clip_on=False)
    label = ax.annotate("the scenario", (x, y), (9, 7), textcoords="offset points", size=LABEL,
                        weight="bold", path_effects=HALO, zorder=6)  # fmt: skip
    star = ax.annotate("  ", (x, y), ha="center", va="center", size=16)
    return [label, star]


def name_regions(ax: Axes, raster: Raster, names: Sequence[str], taken: Sequence[Text]) -> None:
    """Each strategy's name where its region is widest, off the texts that are there already."""
    free = np.ones((PIXELS, PIXELS), dtype=bool)
    for text in taken:
        box = text.get_window_extent().transformed(ax.transAxes.inverted())
        rows, columns = (np.clip(np.array(ends) * PIXELS, 0, PIXELS).astype(int)
                         for ends in ((box.y0, box.y1), (box.x0, box.x1)))  # fmt: skip
        free[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = False
    wide, tall = points_of(ax)
    pixel = np.array([tall, wide]) / PIXELS
    for one, name in enumerate(names):
        inside = (raster.winner == one) & free
        label = wrapped(name, 16)
        half = 0.32 * 14.0 * max(len(line) for line in label.split("\n"))
        # Names are wider than high: distances count by the room that the name takes.
        room = distance_transform_edt(
            np.pad(inside, 1), sampling=pixel / np.array([14.0 * (label.count("\n") + 1), half])
        )[1:-1, 1:-1]
        if not inside.any() or room.max() < 0.55:
            continue
        row, column = np.unravel_index(int(room.argmax()), room.shape)
        ax.text(raster.x[row, column], raster.y[row, column], f"{label}\nwins", size=14,
                weight="bold", ha="center", va="center", color=_dark(COLOURS[one % len(COLOURS)]),
                linespacing=1.1, path_effects=HALO, zorder=4)  # fmt: skip


def _dark(colour: str) -> tuple[float, ...]:
    return tuple(0.72 * part for part in to_rgb(colour))


def _key(figure: Figure, ax: Axes, names: Sequence[str]) -> None:
    """To the right: what shades, lines and marks mean."""
    box = ax.get_position()
    _, tall = figure.get_size_inches()
    left = box.x1 + 0.28 / WIDTH
    top = box.y1
    if len(names) == 2:
        bar = figure.add_axes((left, box.y1 - 2.5 / tall, 0.2 / WIDTH, 2.2 / tall))
        figure.colorbar(ScalarMappable(Normalize(0.0, 1.0), two_colours()), cax=bar)
        bar.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
        bar.yaxis.set_major_formatter(Ticks("share"))
        bar.set_title(f"P({shown(names[1])} ahead):\nshare of worlds", size=LABEL, weight="normal",
                      color=FAINT)  # fmt: skip
        top = box.y1 - 2.75 / tall
    rows: list[Any] = [
        (Line2D([], [], color=INK, lw=2.6), "border: equal on average"),
        (Line2D([], [], color=INK, lw=1.1, ls=(0, (4, 3))),
         "ends of its 90 % interval:\nbeyond, the winner is settled"),
        (Line2D([], [], color=FAINT, lw=0.8),
         "regret of choosing the winner,\ncurrency per person"),
        (Line2D([], [], color=INK, marker=".", ms=4, lw=0), "simulated"),
    ]  # fmt: skip
    if len(names) > 2:
        rows += [
            (Line2D([], [], color=COLOURS[k % len(COLOURS)], marker="s", ms=9, lw=0), shown(name))
            for k, name in enumerate(names)
        ]
        rows.append((Line2D([], [], lw=0), "the stronger, the more worlds\nthe winner is best in"))
    handles, labels = zip(*rows, strict=True)
    figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(left - 0.01, top),
                  frameon=False, fontsize=LABEL, labelspacing=0.9, handlelength=1.6)  # fmt: skip
