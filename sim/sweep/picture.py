"""The picture of a sweep: how far one strategy is ahead of another along what was swept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from ..drawing import COLOURS, INK, LABEL, Ticks, colours_of, sheet, shown, styled, wrapped

EQUITY = "equity_per_person"

MOST = 8
"""Values of a swept word that have panels of their own, and of points that are rows, five times."""


def sweep_figure(axes: tuple[str, ...], means: pd.DataFrame, paired: pd.DataFrame) -> Figure:
    """Along one or two swept numbers: equity of each strategy, and the first difference.

    A row of panels for each value of the first swept word, as `market`; further axes are averaged
    over. Where no number is swept each point is a row.
    """
    gaps = paired[paired["metric"] == EQUITY]
    # A seed is a name, not a quantity.
    numbers = [k for k in axes if pd.api.types.is_numeric_dtype(means[k]) and k != "seed"]
    along = sorted(numbers, key=lambda key: -means[key].nunique())[:2]
    words = [key for key in axes if key not in numbers][:1]
    title = _title(means, gaps)
    note = "Customer equity per person in the market, mean over worlds."
    with styled():
        if not along:
            return _points(title, note, axes, means, gaps)
        told = along if len(gaps) else along[:1]
        if others := [key for key in axes if key not in (*told, *words)]:
            note += f" Averaged over {', '.join(others)}."
        if words and means[words[0]].nunique() > MOST:
            note += f" Of {words[0]} the first {MOST} values; the rest are in paired.csv."
        if len(along) == 2 and len(gaps):
            return _maps(title, note, gaps, along, words)
        return _lines(title, note, means, gaps, along[0], words)


def _title(means: pd.DataFrame, gaps: pd.DataFrame) -> str:
    """The finding: where the first of a pair is ahead."""
    points = means["point"].nunique()
    if not len(gaps):
        return f"{shown(str(means['strategy'].iloc[0]))} at {points} points"
    one, other = map(str, gaps[["strategy", "versus"]].iloc[0])
    found = gaps[(gaps["strategy"] == one) & (gaps["versus"] == other)]["mean"]
    ahead, behind, count = int((found > 0.0).sum()), int((found < 0.0).sum()), len(found)
    if not ahead and not behind:
        return f"{shown(one)} and {shown(other)} are the same at all {count} points"
    first, second = (one, other) if ahead else (other, one)
    where = f"{ahead or behind} of {count} points" if count > 1 else "the one point"
    return f"{shown(first)} is ahead of {shown(second)} on average at {where}"


def _rows(words: list[str], *frames: pd.DataFrame) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    """The same frames for each value of a swept word, and what it is called."""
    if not words:
        yield "", list(frames)
        return
    (key,) = words
    for value in frames[0][key].unique()[:MOST]:
        yield f"{shown(str(value)).capitalize()}: ", [each[each[key] == value] for each in frames]


def _maps(title: str, note: str, gaps: pd.DataFrame, along: list[str], words: list[str]) -> Figure:
    one, other = map(str, gaps[["strategy", "versus"]].iloc[0])
    note += f" Orange: {shown(one)} is ahead; violet: {shown(other)}."
    gap = gaps[(gaps["strategy"] == one) & (gaps["versus"] == other)]
    rows = list(_rows(words, gap))
    figure, panels = sheet(title, note, (3.4,) * len(rows), (1.0, 1.0), (0.6, 0.6))
    for (name, (here,)), (left, right) in zip(rows, panels, strict=True):
        far = float(here["mean"].abs().max()) or 1.0
        _grid(figure, left, here, along, "mean", TwoSlopeNorm(0.0, -far, far))
        _grid(figure, right, here, along, "p_greater", TwoSlopeNorm(0.5, 0.0, 1.0))
        left.set_title(f"{name}{shown(one)} less {shown(other)}")
        right.set_title("P that it is greater")
    return figure


def _lines(
    title: str, note: str, means: pd.DataFrame, gaps: pd.DataFrame, key: str, words: list[str]
) -> Figure:
    wide = (1.0, 1.0) if len(gaps) else (1.0,)
    if len(gaps):
        note += " Bars: 90 % interval."
    rows = list(_rows(words, means, gaps) if len(gaps) else _rows(words, means))
    figure, panels = sheet(title, note, (3.0,) * len(rows), wide, (0.15,) * len(wide))
    for (name, frames), row in zip(rows, panels, strict=True):
        _levels(row[0], frames[0], key, name)
        if len(gaps):
            _gaps(row[1], frames[1], key)
    return figure


def _points(
    title: str, note: str, axes: tuple[str, ...], means: pd.DataFrame, gaps: pd.DataFrame
) -> Figure:
    """Each point a row, from top to bottom in their order."""
    points = list(means["point"].unique())[: 5 * MOST]
    if means["point"].nunique() > len(points):
        note += f" The first {len(points)} points; the rest are in paired.csv."
    wide = (1.0, 1.0) if len(gaps) else (1.0,)
    if len(gaps):
        note += " Bars: 90 % interval."
    figure, (panels,) = sheet(title, note, (0.38 * len(points) + 0.5,), wide, (1.9,) * len(wide))
    at = {point: -place for place, point in enumerate(points)}
    colours = colours_of(list(means["strategy"].unique()))
    for name, rows in means[means["point"].isin(points)].groupby("strategy", sort=False):
        panels[0].plot(rows[EQUITY], rows["point"].map(at), "o", ms=6, color=colours[str(name)],
                       label=shown(str(name)))  # fmt: skip
    panels[0].set_title("Customer equity")
    panels[0].xaxis.set_major_formatter(Ticks("money"))
    _legend(panels[0])
    if len(gaps):
        pairs = gaps[gaps["point"].isin(points)].groupby(["strategy", "versus"], sort=False)
        for place, (pair, rows) in enumerate(pairs):
            shift = 0.18 * (place - (len(pairs) - 1) / 2.0)
            _bars(panels[1], rows["mean"], rows["point"].map(at) - shift, rows, pair, place, "x")
        panels[1].axvline(0.0, color=INK, lw=1.0, ls=":")
        panels[1].set_title("Difference in the same worlds")
        panels[1].xaxis.set_major_formatter(Ticks("money", signed=True))
        _legend(panels[1])
    first = means.drop_duplicates("point").set_index("point")
    called = [", ".join(shown(str(first.at[point, key])) for key in axes) for point in points]
    for ax in panels:
        ax.set_yticks([at[point] for point in points], [""] * len(points))
        ax.set_ylim(-len(points) + 0.4, 0.6)
    panels[0].set_yticklabels([wrapped(name, 15) for name in called])
    return figure


def _legend(ax: Axes) -> None:
    """Right of a panel, where no point is."""
    handles, names = ax.get_legend_handles_labels()
    ax.legend(handles, [wrapped(name, 16) for name in names], frameon=False, fontsize=LABEL,
              loc="upper left", bbox_to_anchor=(1.01, 1.02))  # fmt: skip


def _levels(ax: Axes, means: pd.DataFrame, key: str, called: str) -> None:
    colours = colours_of(list(means["strategy"].unique()))
    for name, rows in means.groupby("strategy", sort=False):
        line = rows.groupby(key)[EQUITY].mean()
        ax.plot(
            line.index, line, marker="o", ms=4, color=colours[str(name)], label=shown(str(name))
        )
    ax.set_title(f"{called}customer equity" if called else "Customer equity")
    ax.set_xlabel(key)
    ax.yaxis.set_major_formatter(Ticks("money"))
    if len(means):
        ax.legend(frameon=False, fontsize=LABEL)


def _gaps(ax: Axes, gaps: pd.DataFrame, key: str) -> None:
    ax.axhline(0.0, color=INK, lw=1.0, ls=":")
    pairs = gaps.groupby(["strategy", "versus"], sort=False)
    for place, (pair, rows) in enumerate(pairs):
        line = rows.groupby(key)[["mean", "low", "high"]].mean()
        _bars(ax, line.index, line["mean"], line, pair, place, "y")
    ax.set_title("Difference in the same worlds")
    ax.set_xlabel(key)
    ax.yaxis.set_major_formatter(Ticks("money", signed=True))
    ax.legend(frameon=False, fontsize=LABEL)


def _bars(ax: Axes, x: Any, y: Any, found: pd.DataFrame, pair: Any, place: int, side: str) -> None:
    """A pair's differences with their intervals, along `side`."""
    error = np.abs(found[["low", "high"]].to_numpy().T - found["mean"].to_numpy())
    ax.errorbar(x, y, **{f"{side}err": error}, marker="o", ms=4, capsize=2,
                ls="-" if side == "y" else "", color=COLOURS[place % len(COLOURS)],
                label=" less ".join(shown(str(one)) for one in pair))  # fmt: skip


def _grid(
    figure: Figure, ax: Axes, gaps: pd.DataFrame, along: list[str], value: str, norm: TwoSlopeNorm
) -> None:
    x, y = along
    table = gaps.pivot_table(index=y, columns=x, values=value)
    drawn = ax.pcolormesh(table.to_numpy(), cmap="PuOr_r", norm=norm)
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
    figure.colorbar(drawn, ax=ax)
