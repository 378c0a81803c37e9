"""The picture of validation: every fact's band as a bar, what was measured as point and whisker."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..drawing import COLOURS, FAINT, INK, STYLE, WIDTH, styled
from .fact import Band
from .report import number, shown, summary
from .validate import Row, Validation

VERDICTS = {
    "robust": COLOURS[2], "passed": COLOURS[2], "conditional": COLOURS[7], "fails": COLOURS[1],
    "failed": COLOURS[1],
}  # fmt: skip
LEGEND = {"robust": "robust, or passed", "conditional": "conditional", "fails": "fails"}
BAR, FAR = "#DCE3E8", (-1.0, 2.0)
"""Colour of bands, and how many of their widths the axis shows: 0 to 1 is the band."""
LEFT, RIGHT, ROW, HEAD, GAP, FOOT = 5.6, 2.75, 0.235, 1.32, 0.55, 0.35
"""Inches: labels left of the panels, numbers right of them, a row, heading, between, below."""
TITLES = {
    "validation": "Validation: emergent or held out, over worlds",
    "verification": "Verification: built in or calibrated, at the defaults",
}
NOTE = (
    "Grey: where a figure should be; all bands drawn to one width, those without an end open to "
    "that side. Point: mean; whisker: 5 to 95 % of worlds; arrows lie further out."
)


def facts_figure(validation: Validation) -> Figure:
    """One row per judged figure and market."""
    panels = [
        (title, rows)
        for kind, title in TITLES.items()
        if (rows := [row for row in validation.rows if row.fact.kind == kind and _drawn(row)])
    ]
    with styled():
        heights = [ROW * (len(rows) + 0.4) for _, rows in panels]
        total = HEAD + sum(heights) + GAP * max(0, len(panels) - 1) + FOOT
        figure = Figure(figsize=(WIDTH, total), dpi=125)
        FigureCanvasAgg(figure)
        _heading(figure, validation, total)
        top = total - HEAD
        for (title, rows), height in zip(panels, heights, strict=True):
            place = (LEFT / WIDTH, (top - height) / total, (WIDTH - LEFT - RIGHT) / WIDTH,
                     height / total)  # fmt: skip
            _panel(figure.add_axes(place), title, rows)
            top -= height + GAP
    return figure


def _drawn(row: Row) -> bool:
    return row.fact.bands[row.measure].judged


def _heading(figure: Figure, validation: Validation, total: float) -> None:
    worlds = validation.scale.worlds
    figure.text(0.22 / WIDTH, 1 - 0.2 / total, summary(validation.rows), size=15, weight="bold",
                va="top")  # fmt: skip
    note = f"{NOTE} {worlds} {'world' if worlds == 1 else 'worlds'}."
    figure.text(0.22 / WIDTH, 1 - 0.52 / total, textwrap.fill(note, 150), color=FAINT, va="top",
                linespacing=1.3)  # fmt: skip
    marks = [
        Line2D([], [], marker="o", linestyle="", color=VERDICTS[name], label=label)
        for name, label in LEGEND.items()
    ]
    figure.legend(handles=marks, loc="upper right", bbox_to_anchor=(1 - 0.2 / WIDTH,
                  1 - 0.9 / total), ncols=3, frameon=False, fontsize=STYLE["font.size"],
                  handletextpad=0.1, columnspacing=1.2, borderaxespad=0.0)  # fmt: skip


def _panel(ax: Axes, title: str, rows: Sequence[Row]) -> None:
    ax.set_title(title, x=-LEFT / (WIDTH - LEFT - RIGHT) + 0.06, ha="left")
    ax.set_xlim(*FAR)
    ax.set_ylim(len(rows) - 0.3, -0.7)
    ax.set_xticks([0.0, 1.0], ["", ""])
    ax.set_yticks([])
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    before = ("", -1)
    for height, row in enumerate(rows):
        same = (row.fact.number, row.measure) == before
        before = (row.fact.number, row.measure)
        _row(ax, height, row, same)


def _row(ax: Axes, height: int, row: Row, same: bool) -> None:
    band, judged = row.fact.bands[row.measure], row.judged
    first = FAR[0] if math.isinf(band.low) else 0.0
    last = FAR[1] if math.isinf(band.high) else 1.0
    ax.barh(height, last - first, left=first, height=0.78, color=BAR, zorder=1)
    colour = VERDICTS.get(judged.verdict, FAINT)
    left = ax.get_yaxis_transform()
    inches = WIDTH - LEFT - RIGHT
    if not same:
        ax.text(-(LEFT - 0.22) / inches, height, row.fact.number, transform=left, va="center",
                weight="bold", size=9, color=INK)  # fmt: skip
        ax.text(-(LEFT - 0.72) / inches, height, _cut(band.name, 64), transform=left, va="center",
                size=9, color=INK)  # fmt: skip
    ax.text(-0.1 / inches, height, row.market, transform=left, va="center", ha="right", size=8.5,
            color=FAINT)  # fmt: skip
    if math.isfinite(judged.mean):
        ends = (judged.world_low, judged.world_high, judged.mean)
        low, high, middle = (_place(band, value, row) for value in ends)
        ax.plot([_inside(low), _inside(high)], [height, height], color=colour, linewidth=1.8,
                zorder=2)  # fmt: skip
        marker = "<" if middle < FAR[0] else ">" if middle > FAR[1] else "o"
        ax.plot([_inside(middle)], [height], marker=marker, color=colour, markersize=6, zorder=3,
                clip_on=False)  # fmt: skip
    ax.text(1 + 0.12 / inches, height, number(judged.mean), transform=left, va="center", size=9,
            color=colour, weight="bold")  # fmt: skip
    ax.text(1 + 0.68 / inches, height, f"({shown(band)})", transform=left, va="center", size=8.5,
            color=FAINT)  # fmt: skip
    if row.fact.kind == "validation" and math.isfinite(judged.share):
        ax.text(1 + (RIGHT - 0.2) / inches, height, f"{judged.share:.0%} in", transform=left,
                va="center", ha="right", size=8.5, color=FAINT)  # fmt: skip


def _place(band: Band, value: float, row: Row) -> float:
    """Where a value lies, the band being 0 to 1.

    A band with one end has no width: then its unit is the end itself, or what worlds are apart.
    """
    if math.isfinite(band.low) and math.isfinite(band.high):
        return (value - band.low) / (band.high - band.low)
    end = band.low if math.isfinite(band.low) else band.high
    apart = abs(row.judged.world_high - row.judged.world_low)
    width = abs(end) or max(apart, abs(row.judged.mean - end)) or 1.0
    return (value - end) / width + (0.0 if math.isfinite(band.low) else 1.0)


def _inside(x: float) -> float:
    return min(max(x, FAR[0]), FAR[1])


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
