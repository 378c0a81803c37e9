"""The picture of an engagement map: who does how much, and how bound they are."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..agents.rules.journey import STAGES
from .drawing import COLOURS, FAINT, INK, Ticks, label_ends, number, sheet, shown, styled
from .journeys import BOND

ROW = 0.29
"""Inches of a row of the map."""
DRAWN = STAGES[1:]
"""Prospects do nothing yet."""
SHADES = matplotlib.colors.LinearSegmentedColormap.from_list("shades", ["#FFFFFF", COLOURS[0]])


def map_figure(found: pd.DataFrame) -> Figure:
    """The map of one run, a frame as `Journeys.frame` gives: rates as shades, the bond beside."""
    rates = found.pivot(index="interaction", columns="stage", values="rate")
    rates = rates.loc[list(dict.fromkeys(found["interaction"])), list(DRAWN)]
    idle = [shown(str(name)) for name in rates.index[rates.fillna(0.0).eq(0.0).all(axis=1)]]
    rates = rates[rates.fillna(0.0).ne(0.0).any(axis=1)]
    stages = found.drop_duplicates("stage").set_index("stage").loc[list(DRAWN)]
    if stages["engagement_score"].notna().any():
        rates.loc["own score"] = stages["engagement_score"]
    note = (
        "Cells: interactions per person and month in a stage (own score: its mean); darkest where "
        "a row is highest. Percent: of all customers. Right: mean bond in the stage, 0 to 1."
    )
    if idle:
        note += f" Nobody had: {', '.join(idle)}."
    with styled():
        figure, ((cells, bond),) = sheet(
            f"The engagement map of {shown(str(found['strategy'].iloc[0]))}",
            note, (ROW * len(rates) + 0.25,), (1.45, 1.0), (0.05, 0.95),
        )  # fmt: skip
        _cells(cells, rates, stages)
        _bond(bond, stages)
    return figure


def _cells(ax: Axes, rates: pd.DataFrame, stages: pd.DataFrame) -> None:
    values = rates.to_numpy(dtype=float)
    highest = np.nanmax(np.abs(np.nan_to_num(values)), axis=1, keepdims=True)
    dark = np.divide(values, highest, out=np.zeros_like(values), where=highest > 0.0)
    ax.imshow(np.clip(np.nan_to_num(dark), 0.0, 1.0), cmap=SHADES, vmin=0.0, vmax=1.25,
              aspect="auto")  # fmt: skip
    for row, column in np.ndindex(values.shape):
        text, strong = _figure(values[row, column].item()), dark[row, column] > 0.75
        ax.text(column, row, text, ha="center", va="center", size=8.5,
                color="white" if strong else INK)  # fmt: skip
    ax.set_xticks(range(len(DRAWN)), [_heading(name, stages) for name in DRAWN])
    ax.set_yticks(range(len(rates)), [shown(str(name)) for name in rates.index])
    ax.tick_params(
        labelsize=8.5, length=0, top=True, labeltop=True, bottom=False, labelbottom=False
    )
    ax.grid(False)
    ax.set_xticks(np.arange(len(DRAWN) - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(len(rates) - 1) + 0.5, minor=True)
    ax.grid(True, which="minor", color="white", lw=1.5)
    ax.tick_params(which="minor", length=0)


def _heading(name: str, stages: pd.DataFrame) -> str:
    share = stages["share"][name]
    size = f"{100.0 * share:.0f} %" if np.isfinite(share) else "–"
    return f"{name.replace('_', '-')}\n{size}"


def _figure(value: float) -> str:
    """A rate in few letters."""
    if not np.isfinite(value):
        return ""
    if value == 0.0:
        return "·"
    if abs(value) < 0.0005:
        return "<.001"
    return number(value, 1 if value >= 10.0 else 2 if value >= 0.1 else 3)


def _bond(ax: Axes, stages: pd.DataFrame) -> None:
    places = np.arange(len(DRAWN))
    ends: list[tuple[float, float, str, str]] = []
    for name, colour in zip(BOND, COLOURS, strict=False):
        values: Any = stages[name].to_numpy(dtype=float)
        ax.plot(places, values, color=colour, marker="o", ms=5)
        seen = np.flatnonzero(np.isfinite(values))
        if len(seen):
            ends.append((float(seen[-1]), float(values[seen[-1]]), name, colour))
    ax.set_title("How bound they are")
    ax.set_xticks(places, [name.replace("_", "-") for name in DRAWN], rotation=35, ha="right")
    ax.set_xlim(-0.3, len(DRAWN) - 0.7)
    ax.set_ylim(0.0, 1.0)
    ax.yaxis.set_major_formatter(Ticks("number"))
    ax.axvline(len(DRAWN) - 1.5, color=FAINT, lw=0.8, ls=":")
    label_ends(ax, ends)
