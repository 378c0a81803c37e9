"""The pictures of an explanation: a waterfall from one strategy to the other, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from ..board_parts import beside
from ..drawing import COLOURS, FAINT, INK, Ticks, limits, number, sheet, shown, styled
from .measure import WORDS

MOST = 14
"""Players that are shown one by one."""

UP, DOWN = COLOURS[2], COLOURS[1]
NAMES = 2.9
"""Inches for the names of players."""


def waterfall_figure(summary: Mapping[str, Any], players: pd.DataFrame) -> Figure:
    """From the first strategy to the second, player by player; beside it, alone and without."""
    rows = _first(players)
    one, other = shown(summary["strategies"][1]), shown(summary["strategies"][0])
    unit = WORDS[summary["of"]]
    how = "all coalitions" if summary["exact"] else f"{summary['coalitions']:,} coalitions"
    note = (
        f"{unit}, {one} less {other}, {_worlds(summary)}. Bars: Shapley values "
        f"({how}), what each adds on average over all orders; they add up exactly. Thin lines: "
        "90 % intervals. Right: what it does alone (open), and what is lost without it (full)."
    )
    with styled():
        figure, ((ax, ends),) = sheet(
            summary["sentence"], note, (0.36 * (len(rows) + 2) + 0.3,), (1.7, 1.0), (0.0, 0.75)
        )
        _room(ax)
        at, places = float(summary["start"]), len(rows) + 1
        _total(ax, places, at, _start(summary, other))
        for step, (_, row) in enumerate(rows.iterrows()):
            y = places - 1 - step
            after = at + row["shapley"]
            ax.barh(y, row["shapley"], left=at, height=0.6, color=UP if after >= at else DOWN)
            ax.hlines(y, at + row["low"], at + row["high"], color=INK, lw=1.0)
            ax.vlines(after, y - 1.3, y + 0.3, color="#9A9A9A", lw=0.8)
            change = row["about"] if summary["by"] == "levers" else ""
            beside(ax, y, NAMES, called(row["player"]), up=4.0 if change else 0.0)
            beside(ax, y, NAMES, change, up=-7.0, color=FAINT, size=7.5)
            beside(ax, y, 0.62, _amount(row["shapley"], players), color=FAINT, size=8.5)
            at = after
        _total(ax, 0, float(summary["end"]), one)
        ax.hlines(0, summary["end_low"], summary["end_high"], color=FAINT, lw=1.2)
        reach = [summary["start"], summary["end"], 0.0, at]
        running = summary["start"] + rows["shapley"].cumsum()
        before = running - rows["shapley"]
        reach += [*running, *(before + rows["low"]), *(before + rows["high"])]
        ax.set_xlim(*limits(reach))
        ax.axvline(0.0, color=INK, lw=1.0)
        ax.set_title("What each adds")
        ax.set_xlabel(unit)
        ax.xaxis.set_major_formatter(Ticks("number", signed=True))
        _ends(ends, rows, places)
        for panel in (ax, ends):
            panel.set_ylim(-0.6, places + 0.6)
            panel.set_yticks([])
            panel.grid(visible=False, axis="y")
    return figure


def _first(players: pd.DataFrame) -> pd.DataFrame:
    """The largest players, the rest of them put together."""
    if len(players) <= MOST:
        return players
    head, rest = players.head(MOST - 1), players.iloc[MOST - 1 :]
    half = float(np.sqrt((((rest["high"] - rest["low"]) / 2.0) ** 2).sum()))
    mean = float(rest["shapley"].sum())
    last = {"player": f"{len(rest)} smaller ones", "shapley": mean, "low": mean - half,
            "high": mean + half, "alone": np.nan, "without": np.nan, "about": ""}  # fmt: skip
    return pd.concat([head, pd.DataFrame([last])], ignore_index=True)


def _worlds(summary: Mapping[str, Any]) -> str:
    count = summary["worlds"]
    return f"mean over {count} worlds" if count > 1 else "in one world"


def _start(summary: Mapping[str, Any], other: str) -> str:
    return other if summary["by"] in ("parts", "levers") else "with no mechanism"


def _total(ax: Axes, place: float, value: float, name: str) -> None:
    ax.barh(place, value, height=0.6, color="#4D4D4D")
    beside(ax, place, NAMES, name, weight="bold")
    beside(ax, place, 0.62, number(value, 2, signed=True), weight="bold", size=8.5)


def called(player: str) -> str:
    """A player's name; that of a lever as it is written."""
    return player if "." in player else shown(player)


def _amount(value: float, players: pd.DataFrame) -> str:
    largest = float(players["shapley"].abs().max())
    return number(value, 1 if largest >= 20.0 else 2 if largest >= 0.2 else 4, signed=True)


def _ends(ax: Axes, rows: pd.DataFrame, places: int) -> None:
    ax.set_title("Alone, and if it were missing")
    for step, (_, row) in enumerate(rows.iterrows()):
        y = places - 1 - step
        if np.isfinite(row["alone"]):
            ax.hlines(y, row["alone"], row["without"], color="#9A9A9A", lw=1.2)
            ax.plot(row["alone"], y, "o", ms=6, mfc="white", mec=COLOURS[0], mew=1.5)
            ax.plot(row["without"], y, "o", ms=6, color=COLOURS[0])
    ax.axvline(0.0, color=INK, lw=1.0)
    ax.xaxis.set_major_formatter(Ticks("number", signed=True))


def segments_figure(
    summary: Mapping[str, Any], players: pd.DataFrame, segments: pd.DataFrame
) -> Figure:
    """For whom: what each player does to worth and to staying, by segment of the customers."""
    one, other = shown(summary["strategies"][1]), shown(summary["strategies"][0])
    names = ["difference", *players["player"].head(MOST)]
    groups = list(dict.fromkeys(zip(segments["segment"], segments["group"], strict=True)))
    note = (
        f"Customers of the start, {one} less {other}, {_worlds(summary)}, shared "
        "out over players as the difference is. Bold: the 90 % interval excludes 0. Green: more, "
        "brown: less."
    )
    height = 0.3 * len(names) + 0.1
    with styled():
        figure, ((worth,), (stays,)) = sheet(
            _for_whom(segments, one), note, (height, height), (1.0,), 0.0
        )
        for ax, kind, factor, title in (
            (worth, "worth", 1.0, "What a customer is worth to the company, currency"),
            (stays, "stays", 100.0, "Customers who stay, percentage points"),
        ):
            _room(ax, NAMES + 0.1)
            ax.set_title(title)
            _table(ax, segments, names, groups, kind, factor)
        stays.set_xticks(range(len(groups)), ["\n".join(wrap(g, 9)) for _, g in groups], size=7.5)
        for segment in dict.fromkeys(s for s, _ in groups if s != "all"):
            places = [k for k, (s, _) in enumerate(groups) if s == segment]
            stays.annotate(segment, (float(np.mean(places)), 0.0), (0, -30), ha="center", va="top",
                           xycoords=("data", "axes fraction"), textcoords="offset points",
                           size=8.5, color=INK)  # fmt: skip
        worth.set_xticks([])
    return figure


def _table(
    ax: Axes,
    segments: pd.DataFrame,
    names: list[str],
    groups: list[tuple[str, str]],
    kind: str,
    factor: float,
) -> None:
    cells: dict[Any, Any] = {
        (row["player"], row["segment"], row["group"]): row for row in segments.to_dict("records")
    }
    values = np.array([[cells[n, *g][kind] for g in groups] for n in names]) * factor
    top = float(np.abs(values).max()) or 1.0
    ax.imshow(
        values, cmap="BrBG", norm=TwoSlopeNorm(0.0, -top, top),
        aspect="auto", alpha=0.8,
    )  # fmt: skip
    for y, name in enumerate(names):
        bold = name == "difference"
        beside(ax, y, NAMES + 0.1, "all of it" if bold else called(name),
               weight="bold" if bold else "normal")  # fmt: skip
        for x, group in enumerate(groups):
            low, high = (cells[name, *group][f"{kind}_{end}"] for end in ("low", "high"))
            sure = low > 0.0 or high < 0.0
            ax.annotate(
                number(values[y, x], 1 if top >= 1.0 else 2, signed=True), (x, y), ha="center",
                va="center", size=8.0, weight="bold" if sure else "normal",
                color="white" if abs(values[y, x]) > 0.75 * top else INK,
            )  # fmt: skip
    ax.set_yticks([])
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.tick_params(length=0)


def _for_whom(segments: pd.DataFrame, one: str) -> str:
    whole = segments[(segments["player"] == "difference") & (segments["segment"] != "all")]
    ranked: list[Any] = whole.sort_values("worth").to_dict("records")
    worst, best = ranked[0], ranked[-1]
    low, high = (
        f"{number(row['worth'], 1, signed=True)} ({row['group']} {row['segment']})"
        for row in (worst, best)
    )
    return f"Under {one} the worth of a customer changes by {low} to {high}"


def _room(ax: Axes, inches: float = NAMES) -> None:
    """Move a panel's left edge in, for the names of players."""
    box = ax.get_position()
    figure = ax.get_figure(root=True)
    assert figure is not None
    inset = (inches - 0.6) / figure.get_size_inches()[0]
    ax.set_position((box.x0 + inset, box.y0, box.width - inset, box.height))
