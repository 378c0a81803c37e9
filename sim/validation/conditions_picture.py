"""The picture of the conditions: where points alone beat the flywheel, and in the mirrors."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..drawing import COLOURS, FAINT, INK, WIDTH, styled

SIDES = {"stated": (COLOURS[0], "the condition"), "opposite": (COLOURS[1], "its opposite")}
LEFT, ROW, HEAD, FOOT, GAP = 4.1, 0.42, 1.75, 0.55, 0.35
"""Inches: titles left of the panels, a row, heading, below, between markets."""
NOTE = (
    "Share of worlds in which points alone come to more equity than the flywheel, with its 90 % "
    "interval; P12: in which\na dip costs points fewer customers than no programme. Each from "
    "ground on which neither is ahead (dashed). Both sides\nare of the same worlds, so that they "
    "differ by more than their intervals tell: see the shift in the table."
)


def conditions_figure(found: pd.DataFrame) -> Figure:
    """One row per condition, a panel per market: a frame of `conditions`, with a `market`."""
    mirrored = found[found["side"].isin(SIDES)]
    titles = dict(zip(mirrored["condition"], mirrored["title"], strict=True))
    codes = sorted(titles, key=lambda code: int(code[1:]))
    markets = list(dict.fromkeys(found["market"]))
    height = HEAD + ROW * len(codes) + FOOT
    with styled():
        figure = Figure(figsize=(WIDTH, height), dpi=125)
        FigureCanvasAgg(figure)
        figure.text(0.02, 1.0 - 0.3 / height, "Where points alone win", size=14, weight="bold")
        figure.text(0.02, 1.0 - 0.82 / height, NOTE, size=9, color=FAINT)
        for place, (colour, name) in enumerate(SIDES.values()):
            figure.text(
                0.02 + 0.13 * place, 1.0 - 1.22 / height, f"● {name}", color=colour, size=10
            )
        width = (WIDTH - LEFT - 0.2) / len(markets)
        for column, market in enumerate(markets):
            box = ((LEFT + column * width) / WIDTH, FOOT / height, (width - GAP) / WIDTH,
                   ROW * len(codes) / height)  # fmt: skip
            ax = figure.add_axes(box)
            _panel(ax, mirrored[mirrored["market"] == market], codes, market)
            ax.set_yticks(range(len(codes)), [f"{code}  {titles[code]}" for code in codes])
            ax.tick_params(axis="y", length=0, labelcolor=INK, labelsize=9.0, labelleft=not column)
    return figure


def _panel(ax: Axes, rows: pd.DataFrame, codes: list[str], market: str) -> None:
    ax.set_title(market)
    ax.axvline(0.5, color=FAINT, linewidth=1.0, linestyle=(0, (4, 3)))
    for place, (side, (colour, _)) in enumerate(SIDES.items()):
        mine = rows[rows["side"] == side]
        at = np.array([codes.index(code) for code in mine["condition"]]) + (place - 0.5) * 0.26
        ax.hlines(at, mine["p_low"], mine["p_high"], color=colour, linewidth=1.6)
        ax.plot(mine["p"], at, "o", color=colour, markersize=5.0)
    ax.set_xlim(-0.02, 1.02)
    ax.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100 %"])
    ax.set_ylim(len(codes) - 0.5, -0.5)
