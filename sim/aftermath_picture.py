"""The picture of an aftermath: both lives month by month, and whom the loss hit how deep."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import COLOURS, FAINT, INK, LABEL, Ticks, number, sheet, shown, styled

SHOCKED, CALM = COLOURS[1], COLOURS[4]
ROW = 0.24
"""Inches of a segment's row."""


def aftermath_figure(strategy: str, effects: pd.DataFrame, paths: pd.DataFrame) -> Figure:
    """Above: everybody, with the shocks and without. Below: depth and what is left, by segment."""
    note = (
        "Above: everybody; orange with the shocks, grey the same people and luck without. "
        "Below: dots, the deepest monthly loss of a segment; rings, the mean loss of the last year."
    )
    groups = effects.drop_duplicates(["segment", "group"])[["segment", "group"]]
    states = list(effects["state"].unique())
    names = list(groups.itertuples(index=False, name=None))
    with styled():
        figure, (above, below) = sheet(
            f"What the shocks do to {shown(strategy)}", note,
            (1.5, ROW * len(names) + 0.2), (1.0,) * len(states), (0.0,) * len(states),
        )  # fmt: skip
        for place, state in enumerate(states):
            _lives(above[place], effects, paths, state)
            _segments(below[place], effects, state, names, labelled=place == 0)
    return figure


def _lives(ax: Axes, effects: pd.DataFrame, paths: pd.DataFrame, state: str) -> None:
    path = paths[(paths["segment"] == "everybody") & (paths["state"] == state)]
    ax.plot(path["month"], path["calm"], color=CALM, lw=1.5)
    ax.plot(path["month"], path["shocked"], color=SHOCKED, lw=1.5)
    ax.set_title(state)
    ax.set_xlabel("month")
    ax.yaxis.set_major_formatter(Ticks("money" if state == "profit" else "number"))
    ax.locator_params(axis="both", nbins=4)
    told = effects[effects["segment"] == "everybody"].set_index("state").loc[state]
    if told["depth"] > 0.0:
        months = told["recovery"]
        healed = f"{months:.0f} to heal" if np.isfinite(months) else "not healed"
        ax.annotate(healed, (0.97, 0.04), xycoords="axes fraction", ha="right", size=LABEL - 1,
                    color=FAINT)  # fmt: skip


def _segments(
    ax: Axes, effects: pd.DataFrame, state: str, names: list[tuple[str, str]], *, labelled: bool
) -> None:
    effects = effects[effects["state"] == state].set_index(["segment", "group"])
    effects = effects.loc[names]
    size = effects["people"].to_numpy() if state in ("customers", "profit") else 1.0
    rows = np.arange(len(names))[::-1]
    deep, left = effects["depth"].to_numpy() / size, effects["permanent"].to_numpy() / size
    ax.hlines(rows, left, deep, color="#9A9A9A", lw=0.9)
    ax.plot(deep, rows, "o", color=SHOCKED, ms=5)
    ax.plot(left, rows, "o", mfc="white", mec=INK, ms=4.5)
    ax.axvline(0.0, color=INK, lw=0.8)
    ax.set_yticks(rows, [_called(*name) for name in names] if labelled else [""] * len(names))
    ax.tick_params(axis="y", labelsize=7, length=0)
    ax.set_ylim(-0.7, len(names) - 0.3)
    ax.set_xlabel("loss per person" if state in ("customers", "profit") else "loss")
    ax.locator_params(axis="x", nbins=3)
    ax.xaxis.set_major_formatter(lambda value, _: number(value, 3).rstrip("0").rstrip("."))
    ax.grid(visible=False, axis="y")


def _called(segment: str, group: str) -> str:
    if segment == "everybody":
        return segment
    if segment == "all":
        return "at the start"
    if segment == "tenure":
        return group
    short = {"share of wallet": "wallet", "involvement": "involved"}
    return f"{short.get(segment, segment)}, {group}"
