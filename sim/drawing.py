"""Drawing: the look of all figures, sheets of panels, numbers on axes, labels at line ends.

Panels are placed in inches, so that labels can be kept apart before anything is drawn. Figures are
objects with an Agg canvas of their own; pyplot's global state is never touched.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from matplotlib.ticker import Formatter, MaxNLocator
from scipy.optimize import isotonic_regression

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#B8579A", "#4D4D4D", "#8C6D1F", "#56A5D8", "#C29000")
"""After Okabe and Ito: told apart by colour-blind readers; darkened where labels need it."""
INK, FAINT = "#222222", "#6B6B6B"
STYLE: Any = {
    "font.size": 10.0,
    "text.color": INK,
    "axes.edgecolor": "#9A9A9A",
    "axes.labelcolor": FAINT,
    "axes.labelsize": 9.5,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 7.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.facecolor": "white",
    "figure.facecolor": "white",
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "xtick.color": "#9A9A9A",
    "ytick.color": "#9A9A9A",
    "xtick.labelcolor": FAINT,
    "ytick.labelcolor": FAINT,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
}
WIDTH, LEFT, LABEL, ROW_GAP, FOOT = 12.0, 0.95, 9.5, 0.92, 0.76
Kind = Literal["share", "number", "money"]


def styled() -> AbstractContextManager[None]:
    """The look of all figures, for as long as the context lasts."""
    return matplotlib.rc_context(STYLE)


def colours_of(strategies: Sequence[str]) -> dict[str, str]:
    """One colour per strategy, the same in all figures."""
    return {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(strategies)}


def shown(name: str) -> str:
    """A strategy's name in running text."""
    return name.replace("_", " ")


def wrapped(name: str, width: int = 13) -> str:
    """A strategy's name as a label of few letters a line."""
    return "\n".join(textwrap.wrap(shown(name), width))


def sheet(
    title: str,
    note: str,
    heights: Sequence[float],
    widths: Sequence[float],
    labels: float | Sequence[float],
) -> tuple[Figure, list[list[Axes]]]:
    """A figure with a heading and panels: `heights` in inches, relative `widths`.

    `labels` are the inches kept free to the right of each column's panels.
    """
    free = [labels] * len(widths) if isinstance(labels, float | int) else list(labels)
    title = "\n".join(textwrap.wrap(title[:1].upper() + title[1:], 86))
    note = "\n".join(textwrap.wrap(note, 156))
    lines = title.count("\n") + 1
    head = 0.3 + 0.29 * lines + 0.2 * (note.count("\n") + 1) + 0.42
    height = head + sum(heights) + ROW_GAP * (len(heights) - 1) + FOOT
    figure = Figure(figsize=(WIDTH, height), dpi=125)
    FigureCanvasAgg(figure)
    figure.text(
        0.22 / WIDTH, 1 - 0.2 / height, title, size=15, weight="bold", va="top", linespacing=1.2
    )
    figure.text(
        0.22 / WIDTH, 1 - (0.26 + 0.29 * lines) / height, note, color=FAINT, va="top",
        linespacing=1.3,
    )  # fmt: skip
    usable = WIDTH - sum(free) - LEFT * len(widths) - 0.1
    rows = []
    top = height - head
    for tall in heights:
        row, left = [], 0.0
        for share, gap in zip(widths, free, strict=True):
            left += LEFT
            wide = usable * share / sum(widths)
            place = (left / WIDTH, (top - tall) / height, wide / WIDTH, tall / height)
            row.append(figure.add_axes(place))
            left += wide + gap
        rows.append(row)
        top -= tall + ROW_GAP
    return figure, rows


def label_width(texts: Sequence[str]) -> float:
    """Inches that labels take, the gap to their panel included."""
    lines = [line for text in texts for line in text.split("\n") if line]
    widest = max(TextPath((0, 0), line, size=LABEL).get_extents().width for line in lines)
    return float(widest) / 72.0 + 0.22


class Ticks(Formatter):
    """Numbers on an axis: as many decimals as the steps need, thousands apart, a true minus."""

    def __init__(self, kind: Kind, signed: bool = False) -> None:
        self.kind = kind
        self.signed = signed

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of a tick that stands alone."""
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The labels of all ticks together."""
        ticks = np.asarray(values, dtype=float)
        largest = float(np.abs(ticks).max(initial=0.0))
        millions = self.kind == "money" and largest >= 1e6
        factor = 100.0 if self.kind == "share" else 1e-6 if millions else 1.0
        unit = "%" if self.kind == "share" and not self.signed else " M" if millions else ""
        ticks = ticks * factor
        decimals = next((d for d in range(8) if np.allclose(ticks, ticks.round(d), atol=1e-9)), 8)
        return [number(tick, decimals, self.signed) + unit for tick in ticks]


def number(value: float, decimals: int, signed: bool = False) -> str:
    """A number with thousands apart and a true minus, never a minus zero."""
    value = round(value, decimals) + 0.0
    return f"{value:{'+' if signed and value else ''},.{decimals}f}".replace("-", "−")


def scale_along(ax: Axes, ticks: Ticks) -> None:
    """Ticks of amounts along x, so few that their labels stay apart."""
    bins = max(2, int(points_of(ax)[0] / 72.0 / 0.8))
    ax.xaxis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(ticks)


def blank(ax: Axes, text: str) -> None:
    """An empty panel that says why."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=FAINT)
    ax.set_yticks([])
    ax.grid(False)


def limits(values: Sequence[float], span: float = 0.0) -> tuple[float, float]:
    """Limits that hold the values with some air, at least `span` apart."""
    low, high = min(values), max(values)
    short = span - (high - low)
    if short > 0:
        low, high = low - short / 2, high + short / 2
    air = 0.06 * (high - low) or max(0.01, 0.06 * abs(high))
    return low - air, high + air


def label_ends(ax: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Labels right of the panel at the height of the line ends (x, y, text, colour), kept apart.

    Set the limits of the axes before. Least squares: labels move as little as they must.
    """
    if not ends:
        return
    wide, tall = points_of(ax)
    low, high = ax.get_ylim()
    ends = sorted(ends, key=lambda end: (end[1] - low) / (high - low))
    wanted = np.array([(end[1] - low) / (high - low) * tall for end in ends])
    height = np.array([(text.count("\n") + 1) * LABEL * 1.22 + 3.0 for _, _, text, _ in ends])
    shrink = min(1.0, tall / float(height.sum()))
    height *= shrink
    offset = np.concatenate([[0.0], np.cumsum((height[1:] + height[:-1]) / 2)])
    apart = isotonic_regression(wanted - offset).x
    centre = np.clip(apart, height[0] / 2, tall - height[-1] / 2 - offset[-1]) + offset
    for (x, y, text, colour), at, aim in zip(ends, centre, wanted, strict=True):
        moved = abs(at - aim) > 2.0 or x < ax.get_xlim()[1]
        arrow = {"arrowstyle": "-", "color": colour, "lw": 0.7, "shrinkA": 1, "shrinkB": 1,
                 "relpos": (0, 0.5)}  # fmt: skip
        ax.annotate(
            text, (x, y), (1 + 11.0 / wide, at / tall), textcoords="axes fraction", color=colour,
            size=LABEL * shrink, va="center", linespacing=1.1, annotation_clip=False,
            arrowprops=arrow if moved else None,
        )  # fmt: skip


def points_of(ax: Axes) -> tuple[float, float]:
    """Width and height of a panel in points."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    box, (wide, tall) = ax.get_position(), figure.get_size_inches()
    return float(box.width * wide * 72.0), float(box.height * tall * 72.0)
