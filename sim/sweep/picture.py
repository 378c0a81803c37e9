"""The picture of a sweep: how far one strategy is ahead of another along what was swept."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from ..drawing import COLOURS, INK, LABEL, Ticks, colours_of, sheet, shown, styled

EQUITY = "equity_per_person"


def sweep_figure(axes: tuple[str, ...], means: pd.DataFrame, paired: pd.DataFrame) -> Figure:
    """Along one or two swept numbers: equity of each strategy, and the first difference.

    Further axes are averaged over; where nothing is a number, points stand in their order.
    """
    numbers = [key for key in axes if pd.api.types.is_numeric_dtype(means[key])]
    along = sorted(numbers, key=lambda key: -means[key].nunique())[:2] or ["point"]
    others = [key for key in axes if key not in along]
    told = f"Customer equity along {' and '.join(along)}"
    note = "Per person in the market, mean over worlds."
    if others:
        note += f" Averaged over {', '.join(others)}."
    gaps = paired[paired["metric"] == EQUITY]
    with styled():
        if len(along) == 2 and len(gaps):
            one, other = map(str, gaps[["strategy", "versus"]].iloc[0])
            note += f" Orange: {shown(one)} is ahead; violet: {shown(other)}."
            figure, ((left, right),) = sheet(told, note, (3.6,), (1.0, 1.0), (0.6, 0.6))
            gap = gaps[(gaps["strategy"] == one) & (gaps["versus"] == other)]
            _grid(figure, left, gap, along, "mean", "Difference", 0.0)
            _grid(figure, right, gap, along, "p_greater", "P(greater)", 0.5)
            left.set_title(f"{shown(one)} less {shown(other)}")
            right.set_title("P that it is greater")
            return figure
        wide = (1.0, 1.0) if len(gaps) else (1.0,)
        note += " Bars: 90 % interval."
        figure, (panels,) = sheet(told, note, (3.2,), wide, (0.15,) * len(wide))
        _levels(panels[0], means, along[0])
        if len(gaps):
            _gaps(panels[1], gaps, along[0])
    return figure


def _levels(ax: Axes, means: pd.DataFrame, key: str) -> None:
    colours = colours_of(list(means["strategy"].unique()))
    for name, rows in means.groupby("strategy", sort=False):
        line = rows.groupby(key)[EQUITY].mean()
        ax.plot(
            line.index, line, marker="o", ms=4, color=colours[str(name)], label=shown(str(name))
        )
    ax.set_title("Customer equity")
    ax.set_xlabel(key)
    ax.yaxis.set_major_formatter(Ticks("money"))
    if len(means):
        ax.legend(frameon=False, fontsize=LABEL)


def _gaps(ax: Axes, gaps: pd.DataFrame, key: str) -> None:
    ax.axhline(0.0, color=INK, lw=1.0, ls=":")
    pairs = gaps.groupby(["strategy", "versus"], sort=False)
    for place, ((one, other), rows) in enumerate(pairs):
        line = rows.groupby(key)[["mean", "low", "high"]].mean()
        error = np.abs(line[["low", "high"]].to_numpy().T - line["mean"].to_numpy())
        ax.errorbar(line.index, line["mean"], yerr=error, marker="o", ms=4, capsize=2,
                    color=COLOURS[place % len(COLOURS)],
                    label=f"{shown(str(one))} less {shown(str(other))}")  # fmt: skip
    ax.set_title("Difference in the same worlds")
    ax.set_xlabel(key)
    ax.yaxis.set_major_formatter(Ticks("money", signed=True))
    ax.legend(frameon=False, fontsize=LABEL)


def _grid(
    figure: Figure, ax: Axes, gaps: pd.DataFrame, along: list[str], value: str, label: str,
    level: float,
) -> None:  # fmt: skip
    x, y = along
    table = gaps.pivot_table(index=y, columns=x, values=value)
    found = table.to_numpy()
    far = float(np.nanmax(np.abs(found - level))) or 1.0
    norm = TwoSlopeNorm(level, level - far, level + far)
    drawn = ax.pcolormesh(found, cmap="PuOr_r", norm=norm)
    for names, ticks, labels in (
        (table.columns, ax.set_xticks, ax.set_xticklabels),
        (table.index, ax.set_yticks, ax.set_yticklabels),
    ):
        some = np.unique(np.linspace(0, len(names) - 1, min(len(names), 6)).round().astype(int))
        ticks(some + 0.5)
        labels([f"{names[k]:g}" for k in some])
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.grid(visible=False)
    figure.colorbar(drawn, ax=ax, label=label)
