"""The pictures of a loop: its gain, what closing it earns, which spoke carries, where it stops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import COLOURS, FAINT, INK, LABEL, Ticks, sheet, shown

CLOSED, CUT = COLOURS[0], COLOURS[1]
LINKS = {
    "level": "level", "satisfaction": "satis-\nfaction", "trust": "trust",
    "engagement": "engage-\nment", "staying": "staying", "buying": "buying", "winning": "winning",
    "margin": "margin",
}  # fmt: skip


def loop_figure(summary: Mapping[str, Any], gains: pd.DataFrame, courses: pd.DataFrame) -> Figure:
    """The gain by month; what is put back; what closed earns more than cut."""
    note = (
        "Lines: mean over worlds; bands: 5 to 95 % of worlds. Money is discounted, of all people, "
        f"to date. {summary['warning']}"
    )
    figure, ((gain, spent, earned),) = sheet(
        summary["sentence"], note, (2.9,), (1, 1, 1), (0.15, 0.15, 0.15)
    )
    gain.set_title("Gain G of the loop")
    _band(gain, gains, "gain", CLOSED)
    gain.axhline(1.0, color=INK, lw=1.0, ls=":")
    gain.axhline(0.0, color="#9A9A9A", lw=0.8)
    gain.annotate("1: feeds itself", (1, 1.0), xytext=(0, 4), textcoords="offset points",
                  size=LABEL, color=FAINT)  # fmt: skip
    gain.set_ylim(top=max(1.15, gain.get_ylim()[1]))
    spent.set_title("Spent on experience")
    runs = {run: courses[courses["run"] == run] for run in ("closed", "cut")}
    for (run, frame), colour in zip(runs.items(), (CLOSED, CUT), strict=True):
        _band(spent, frame, "spent", colour)
        spent.plot([], [], color=colour, label=run)
    spent.legend(frameon=False, fontsize=LABEL, loc="upper left")
    spent.yaxis.set_major_formatter(Ticks("money"))
    earned.set_title("Earned closed less cut")
    keys = ["world", "month"]
    more = runs["closed"].set_index(keys)["profit"] - runs["cut"].set_index(keys)["profit"]
    _band(earned, more.reset_index(), "profit", CLOSED)
    earned.axhline(0.0, color=INK, lw=1.0, ls=":")
    earned.yaxis.set_major_formatter(Ticks("money", signed=True))
    for ax in (gain, spent, earned):
        ax.set_xlabel("months H")
        ax.set_xlim(1, summary["horizon"])
    return figure


def _band(ax: Axes, frame: pd.DataFrame, name: str, colour: str) -> None:
    by_month = frame.groupby("month")[name]
    mean = by_month.mean()
    ax.plot(mean.index, mean, color=colour)
    if frame["world"].nunique() > 1:
        low, high = by_month.quantile(0.05), by_month.quantile(0.95)
        ax.fill_between(mean.index, low, high, color=colour, alpha=0.16, lw=0)


def spokes_figure(
    strategy: str, summary: Mapping[str, Any], spokes: pd.DataFrame, links: pd.DataFrame
) -> Figure:
    """What comes back of each aspect's money, what is missed without it, where it stops."""
    spokes = spokes.iloc[::-1].reset_index(drop=True)
    rows = np.arange(len(spokes))
    title = f"The spokes of {shown(strategy)}: {summary['carries']} carries most"
    note = (
        "Each aspect with its own share of a little more money. Bars: mean over worlds, whiskers: "
        "90 % interval of the mean. A filled mark: the link moves, up or down; an empty one: no "
        "effect is seen."
    )
    height = 0.42 * len(spokes) + 0.35
    figure, ((alone, missed, chain),) = sheet(
        title, note, (height,), (0.8, 0.8, 1.5), (0.1, 0.1, 0.95)
    )
    alone.set_title("Back per unit, alone")
    _bars(alone, spokes, "alone")
    alone.axvline(1.0, color=INK, lw=1.0, ls=":")
    missed.set_title("Margin missed without it")
    _bars(missed, spokes, "missed")
    missed.xaxis.set_major_formatter(Ticks("money"))
    for ax in (missed, chain):
        ax.set_yticks(rows, [""] * len(rows))
    alone.set_yticks(rows, [shown(a) for a in spokes["aspect"]])
    chain.set_title("Where it stops")
    for place, quantity in enumerate(LINKS):
        for row, aspect in enumerate(spokes["aspect"]):
            one = links[(links["aspect"] == aspect) & (links["quantity"] == quantity)].iloc[0]
            mark = "o" if not one["moves"] else "^" if one["change"] > 0.0 else "v"
            face = "none" if not one["moves"] else CLOSED if one["change"] > 0.0 else CUT
            edge = "#9A9A9A" if not one["moves"] else face
            chain.plot(place, row, mark, ms=8, mfc=face, mec=edge)
    for row, stop in enumerate(spokes["stops_at"]):
        text = "pays" if not stop else "too little\nmoney back" if stop == "money" else stop
        chain.annotate(text, (len(LINKS) - 0.35, row), size=LABEL, va="center", color=FAINT,
                       annotation_clip=False)  # fmt: skip
    chain.set_xticks(range(len(LINKS)), list(LINKS.values()), size=8)
    chain.set_xlim(-0.5, len(LINKS) - 0.5)
    for ax in (alone, missed, chain):
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.grid(visible=False, axis="y")
    return figure


def _bars(ax: Axes, spokes: pd.DataFrame, name: str) -> None:
    rows = np.arange(len(spokes))
    ax.barh(rows, spokes[name], height=0.55, color=CLOSED, alpha=0.85)
    ax.hlines(rows, spokes[f"{name}_low"], spokes[f"{name}_high"], color=INK, lw=1.2)
    ax.axvline(0.0, color="#9A9A9A", lw=0.8)
