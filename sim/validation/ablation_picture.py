"""The picture of the ablation: what each mechanism does to equity and to churn, by market."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from ..drawing import COLOURS, FAINT, INK, WIDTH, styled

SHOWN = {
    "equity": "Customer equity, %",
    "churn": "Churn a year, points",
    "advocates": "Advocates, points",
}
LEFT, ROW, HEAD, FOOT = 2.35, 0.2, 1.3, 0.4
"""Inches: names left of the panels, a row, heading, below."""
NOTE = (
    "Change when a mechanism is switched off, of a programme that uses every lever; same luck, "
    "calibrated anew.\nWhisker: 95 % interval of the mean over worlds; pale: within it. Axes are "
    "logarithmic beyond .5."
)


def ablation_figure(found: pd.DataFrame) -> Figure:
    """One row per mechanism, a point per market: a frame as `ablation` gives, with a `market`."""
    names = list(dict.fromkeys(found["mechanism"]))
    markets = list(dict.fromkeys(found["market"]))
    height = HEAD + ROW * len(names) + FOOT
    with styled():
        figure = Figure(figsize=(WIDTH, height), dpi=125)
        FigureCanvasAgg(figure)
        figure.text(0.02, 1.0 - 0.3 / height, "What each mechanism does", size=14, weight="bold")
        figure.text(0.02, 1.0 - 0.66 / height, NOTE, size=9, color=FAINT)
        for place, market in enumerate(markets):
            left = 0.02 + 0.1 * place
            figure.text(left, 1.0 - 0.9 / height, f"● {market}", color=COLOURS[place], size=10)
        width = (WIDTH - LEFT - 0.3) / len(SHOWN)
        for column, (metric, title) in enumerate(SHOWN.items()):
            box = (
                (LEFT + column * width) / WIDTH,
                FOOT / height,
                (width - 0.25) / WIDTH,
                ROW * len(names) / height,
            )
            ax = figure.add_axes(box)
            _panel(ax, found[found["metric"] == metric], names, markets, title)
            if column:
                ax.tick_params(labelleft=False)
    return figure


def _panel(ax: Axes, rows: pd.DataFrame, names: list[str], markets: list[str], title: str) -> None:
    ax.set_title(title)
    ax.axvline(0.0, color=FAINT, linewidth=0.8)
    for place, market in enumerate(markets):
        mine = rows[rows["market"] == market].set_index("mechanism").loc[names]
        offset = (place - (len(markets) - 1) / 2.0) * 0.3
        for row, (_, found) in enumerate(mine.iterrows()):
            paint: Any = {"color": COLOURS[place], "alpha": 1.0 if found["moves"] else 0.3}
            ax.plot([found["low"], found["high"]], [row + offset] * 2, linewidth=1.4, **paint)
            ax.plot(found["change"], row + offset, "o", markersize=3.2, **paint)
    ax.set_xscale("symlog", linthresh=0.5)
    ax.xaxis.set_major_locator(FixedLocator((-100, -10, -1, 0, 1, 10, 100)))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:+g}" if value else "0")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    ax.tick_params(axis="y", length=0, labelcolor=INK, labelsize=8.0)
