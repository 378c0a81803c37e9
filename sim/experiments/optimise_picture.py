"""The pictures of an optimisation: the best setting and its gain, the course, the frontier."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..board_parts import beside
from ..drawing import (
    COLOURS,
    FAINT,
    INK,
    LABEL,
    LEFT,
    Ticks,
    label_ends,
    limits,
    number,
    scale_along,
    sheet,
    shown,
    styled,
)

BEST, BEFORE, WORSE = COLOURS[0], COLOURS[1], COLOURS[3]
LABELS = 2.75
"""Inches for the words of a lever."""


def best_figure(summary: Mapping[str, Any], levers: pd.DataFrame, fresh: pd.DataFrame) -> Figure:
    """Each lever from preset to best, what is missed without it, and the gain world by world; where
    nothing is better than the preset, what each lever makes alone."""
    rows = levers.iloc[::-1].reset_index(drop=True)
    first, last = summary["fresh_worlds"]
    note = f"Levers of {shown(summary['strategy'])}, {summary['trials']} trials. "
    if summary["words"]:
        note += (
            f"Right: mean over {last - first + 1} fresh worlds, which had no say in the choice "
            f"(dots), and its 90 % interval (lines); in the {summary['worlds']} worlds of the "
            f"search the gain was {_told(summary, summary['gain_in_search'])}."
        )
    else:
        note += (
            f"Right: moved alone from the preset, mean over {summary['worlds']} worlds and its "
            "90 % interval (lines)."
        )
        if _limited(summary):
            note += " Hatched: beyond the limits."
    height = 0.55 * (len(rows) + bool(summary["words"])) + 0.35
    with styled():
        figure, ((left, right),) = sheet(
            summary["title"], note, (max(1.8, height),), (1.25, 1.0), (0.25, 0.15)
        )
        _room(left)
        left.set_title("From the preset (ring) to the best (dot)")
        for place, (_, row) in enumerate(rows.iterrows()):
            _lever(left, place, row)
        _rows(left)
        left.set_xlim(-0.02, 1.02)
        left.set_xticks([0.0, 1.0], ["low end", "high end"])
        left.set_xlabel("of each lever's range")
        if summary["words"]:
            _missed(right, summary, rows, fresh)
        else:
            _alone(right, summary, rows)
        for ax in (left, right):
            ax.set_ylim(-0.55, len(rows) - 0.4 + 1.05 * bool(summary["words"]))
    return figure


def _lever(ax: Axes, place: float, row: pd.Series[Any]) -> None:
    wide = row["high"] - row["low"]
    at, was = ((row[name] - row["low"]) / wide for name in ("best", "preset"))
    ax.hlines(place, 0.0, 1.0, color="#D8D8D8", lw=7.0, zorder=1)
    if np.isfinite(was) and -0.02 <= was <= 1.02:
        ax.hlines(place, min(at, was), max(at, was), color=BEST, lw=2.5, zorder=2)
        ax.plot(was, place, "o", ms=9, mfc="white", mec=BEFORE, mew=2.0, zorder=3, clip_on=False)
    ax.plot(at, place, "o", ms=7 if at != was else 4.5, color=BEST, zorder=4, clip_on=False)
    side = "left" if at < 0.06 else "right" if at > 0.94 else "center"
    ax.annotate(f"{row['best']:.3g}", (at, place), (0, 8), textcoords="offset points", ha=side,
                size=8.5, color=BEST)  # fmt: skip
    meaning = re.sub(r"^\w{1,4}: ", "", row["meaning"])
    beside(ax, place, LABELS, row["lever"], up=5.0)
    beside(ax, place, LABELS, textwrap.shorten(meaning, 42, placeholder=" ..."), up=-6.5,
           color=FAINT, size=7.5)  # fmt: skip
    ax.annotate(f"{row['low']:g}", (0.0, place), (-11, 0), textcoords="offset points",
                ha="right", va="center", size=8.0, color=FAINT)  # fmt: skip
    ax.annotate(f"{row['high']:g}", (1.0, place), (11, 0), textcoords="offset points",
                ha="left", va="center", size=8.0, color=FAINT)  # fmt: skip


def _missed(ax: Axes, summary: Mapping[str, Any], rows: pd.DataFrame, fresh: pd.DataFrame) -> None:
    """All of the gain on top, with a dot for each fresh world; below, what each lever carries."""
    top, scale = len(rows), 100.0 if _share(summary) else 1.0
    ax.set_title("Gain, and what is missed if one is put back")
    values = scale * fresh["gain"].to_numpy(float)
    spread = 0.2 * np.sin(np.arange(len(values)) * 2.4)
    ax.plot(values, top + spread, "o", ms=3.5, mfc="white", mec=INK, mew=0.6, alpha=0.8, zorder=4)
    ends = [0.0, *values]
    gain = [scale * summary[name] for name in ("gain", "gain_low", "gain_high")]
    _bar(ax, top, *gain)
    ax.annotate("all together", (0.0, top + 0.27), (3, 1), textcoords="offset points", size=8.5,
                color=FAINT, va="bottom")  # fmt: skip
    for place, (_, row) in enumerate(rows.iterrows()):
        if row["best"] == row["preset"]:
            ax.annotate("stays at the preset", (0.0, place), (4, 0), textcoords="offset points",
                        size=8.5, color=FAINT, va="center")  # fmt: skip
            continue
        found = [scale * row[name] for name in ("missed", "missed_low", "missed_high")]
        _bar(ax, place, *found)
        ends += [value for value in found if np.isfinite(value)]
    ax.axhline(top - 0.45, color="#D8D8D8", lw=0.8)
    _gains(ax, summary, ends)


def _alone(ax: Axes, summary: Mapping[str, Any], rows: pd.DataFrame) -> None:
    """What each lever makes at the ends of its range, the others at the preset."""
    scale, ends = 100.0 if _share(summary) else 1.0, [0.0]
    ax.set_title("Moved alone to an end of its range")
    for place, (_, row) in enumerate(rows.iterrows()):
        moved = [end for end in ("low", "high") if row[end] != row["preset"]]
        for k, end in enumerate(moved):
            names = f"alone_{end}", f"alone_{end}_from", f"alone_{end}_to"
            found = [scale * row[name] for name in names]
            if not np.isfinite(found[0]):
                continue
            at = place + (0.2 - 0.4 * k if len(moved) > 1 else 0.0)
            broken = not row[f"alone_{end}_feasible"]
            _bar(ax, at, found[0], found[1], found[2], height=0.34, hatch="////" * broken)
            ends += [value for value in found if np.isfinite(value)]
            left = found[0] < 0.0
            ax.annotate(f"at {row[end]:.3g}", (0.0, at), (4 if left else -4, 0), va="center",
                        textcoords="offset points", ha="left" if left else "right", size=8.0,
                        color=FAINT)  # fmt: skip
    _gains(ax, summary, ends)
    low, high = ax.get_xlim()
    ax.set_xlim(low - 0.12 * (high - low) * (max(ends) > 0.0), high + 0.12 * (high - low))


def _gains(ax: Axes, summary: Mapping[str, Any], ends: list[float]) -> None:
    ax.axvline(0.0, color=INK, lw=1.2)
    ax.set_xlim(*limits(ends))
    ax.set_xlabel(_axis(summary))
    scale_along(ax, Ticks("number", signed=True))
    _rows(ax)


def _bar(
    ax: Axes,
    place: float,
    value: float,
    low: float,
    high: float,
    height: float = 0.5,
    hatch: str = "",
) -> None:
    sure = low > 0.0 or high < 0.0
    ax.barh(place, value, height=height, color=BEST if value > 0.0 else WORSE,
            alpha=0.85 if sure else 0.35, zorder=1, hatch=hatch, edgecolor="white")  # fmt: skip
    if np.isfinite(low):
        ax.hlines(place, low, high, color=INK, lw=1.3, zorder=3)


def course_figure(summary: Mapping[str, Any], trials: pd.DataFrame) -> Figure:
    """What each trial gained over the preset, in their order, and the best so far."""
    scale = 100.0 if _share(summary) else 1.0
    done = trials[trials["state"] == "done"]
    kept, broken = done[done["feasible"]], done[~done["feasible"]]
    found = summary["best"]["trial"]
    title = f"None of {len(trials)} trials is better than the preset"
    if summary["words"]:
        title = (
            f"The best of {len(trials)} trials was number {found}; in fresh worlds it gains "
            f"{_told(summary, summary['gain'])}"
        )
    note = (
        f"Gain over the preset, mean over the {summary['worlds']} worlds that all trials share. "
        + "Right: the best in fresh worlds, with its 90 % interval." * bool(summary["words"])
    )
    if len(broken):
        note += " Crosses: trials that do not keep the limits."
    with styled():
        figure, ((ax,),) = sheet(title, note, (3.2,), (1.0,), (1.5,))
        ax.plot(broken["trial"], scale * broken["gain"], "x", ms=5, color=WORSE, alpha=0.7)
        ax.plot(kept["trial"], scale * kept["gain"], "o", ms=4, color=FAINT, alpha=0.7)
        ahead = (scale * kept["gain"]).cummax()
        ax.step([*kept["trial"], len(trials)], [*ahead, ahead.iloc[-1]], where="post",
                color=BEST)  # fmt: skip
        ax.axhline(0.0, color=BEFORE, lw=1.2, ls=":")
        at = len(trials) + 0.03 * len(trials) + 0.5
        told: list[tuple[float, float, str, str]] = [(len(trials), 0.0, "preset", BEFORE)]
        if summary["words"]:
            ax.errorbar(at, scale * summary["gain"],
                        [[scale * (summary["gain"] - summary["gain_low"])],
                         [scale * (summary["gain_high"] - summary["gain"])]],
                        fmt="o", ms=6, color=BEST, capsize=3)  # fmt: skip
            told += [(at, scale * summary["gain"], "in fresh worlds", BEST),
                     (len(trials), float(ahead.iloc[-1]), "best so far", BEST)]  # fmt: skip
        ax.set_xlim(-1.0, at + 0.02 * len(trials) + 0.5)
        seen = [*kept["gain"], 0.0, summary["gain_low"], summary["gain_high"]]
        low, high = limits([scale * value for value in seen])
        ax.set_ylim(low, high)
        _below(ax, broken, scale)
        label_ends(ax, told)
        ax.set_xlabel("trial")
        ax.set_ylabel(_axis(summary))
        ax.yaxis.set_major_formatter(Ticks("number", signed=True))
    return figure


def _below(ax: Axes, broken: pd.DataFrame, scale: float) -> None:
    """Say how many trials lie outside of the panel: they would press the others together."""
    low, high = ax.get_ylim()
    out = int(((scale * broken["gain"] < low) | (scale * broken["gain"] > high)).sum())
    if out:
        ax.annotate(f"{out} more beyond the limits lie outside", (0.99, 0.02),
                    xycoords="axes fraction", ha="right", size=8.5, color=WORSE)  # fmt: skip


def frontier_figure(
    summary: Mapping[str, Any],
    line: pd.DataFrame,
    trials: pd.DataFrame,
    bounds: Mapping[str, tuple[float, float]],
) -> Figure:
    """The frontier in fresh worlds over all trials, and what the levers do along it."""
    x, y = summary["names"]
    sx, sy = (100.0 if share else 1.0 for share in summary["shares"])
    note = (
        "Gains over the preset (orange ring). Blue: the frontier, in fresh worlds, with 90 % "
        "intervals; open where another one is better in both there. Faint: all "
        f"{len(trials)} trials, in the worlds of the search. Right: where each lever stands in its "
        "range along the frontier, darker is higher."
    )
    height = max(3.8, 0.42 * len(bounds) + 1.6)
    with styled():
        figure, ((ax, grid),) = sheet(summary["title"], note, (height,), (1.3, 1.0), (0.9, 0.1))
        done = trials[trials["state"] == "done"]
        for rows, mark, colour in ((done[done["feasible"]], "o", FAINT),
                                   (done[~done["feasible"]], "x", WORSE)):  # fmt: skip
            ax.plot(sx * rows[f"gain_{x}"], sy * rows[f"gain_{y}"], mark, ms=4, color=colour,
                    alpha=0.35)  # fmt: skip
        held = line[line["holds"]]
        ax.plot(sx * held[f"gain_{x}"], sy * held[f"gain_{y}"], color=BEST, lw=1.2, alpha=0.6)
        for _, row in line.iterrows():
            ax.hlines(sy * row[f"gain_{y}"], sx * row[f"gain_low_{x}"], sx * row[f"gain_high_{x}"],
                      color=BEST, lw=0.8, alpha=0.45)  # fmt: skip
            ax.vlines(sx * row[f"gain_{x}"], sy * row[f"gain_low_{y}"], sy * row[f"gain_high_{y}"],
                      color=BEST, lw=0.8, alpha=0.45)  # fmt: skip
            ax.plot(sx * row[f"gain_{x}"], sy * row[f"gain_{y}"], "o", ms=6.5, mec=BEST, mew=1.4,
                    mfc=BEST if row["holds"] else "white")  # fmt: skip
        ax.plot(0.0, 0.0, "o", ms=10, mfc="white", mec=BEFORE, mew=2.2, zorder=5)
        ax.axhline(0.0, color=BEFORE, lw=0.8, ls=":")
        ax.axvline(0.0, color=BEFORE, lw=0.8, ls=":")
        for axis, k in ((ax.xaxis, 0), (ax.yaxis, 1)):
            axis.set_major_formatter(Ticks("number", signed=True))
            axis.set_label_text(_axis(summary, k))
        _along(grid, summary, line, bounds)
    return figure


def _along(
    ax: Axes, summary: Mapping[str, Any], line: pd.DataFrame, bounds: Mapping[str, Any]
) -> None:
    table = np.array(
        [(line[key].to_numpy(float) - low) / (high - low) for key, (low, high) in bounds.items()]
    )
    ax.pcolormesh(table[::-1], cmap="Blues", vmin=0.0, vmax=1.1, edgecolors="white", linewidth=1.0)
    for row, (key, values) in enumerate(zip(bounds, table, strict=True)):
        for column, share in enumerate(values):
            if len(line) <= 8:
                ax.text(column + 0.5, len(bounds) - row - 0.5, f"{line[key].iloc[column]:.2g}",
                        ha="center", va="center", size=7.5,
                        color="white" if share > 0.6 else INK)  # fmt: skip
    called = [summary["levers"][key] for key in bounds]
    ax.set_yticks(np.arange(len(bounds)) + 0.5, called[::-1])
    ax.set_xticks([])
    for k, name in enumerate(summary["names"]):
        ax.annotate(f"most {shown(name)}", (float(k), 0.0), (0, -6), xycoords="axes fraction",
                    textcoords="offset points", ha="right" if k else "left", va="top",
                    size=LABEL, color=FAINT)  # fmt: skip
    ax.set_title("The levers along the frontier")
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(False)


def _limited(summary: Mapping[str, Any]) -> bool:
    return summary["budget"] is not None or summary["churn_cap"] is not None


def _share(summary: Mapping[str, Any]) -> bool:
    return bool(summary["share"])


def _axis(summary: Mapping[str, Any], k: int = 0) -> str:
    """`gain in customer equity per person, currency`."""
    share = summary["shares"][k] if "shares" in summary else summary["share"]
    return f"gain: {summary['in_words'][k]}" + ", percentage points" * bool(share)


def _told(summary: Mapping[str, Any], gain: float) -> str:
    if _share(summary):
        return f"{number(100.0 * gain, 2, signed=True)} pp"
    return number(gain, 2 if summary["money"] else 4, signed=True)


def _room(ax: Axes) -> None:
    """Move a panel's left edge in, for the words of levers."""
    box = ax.get_position()
    figure = ax.get_figure(root=True)
    assert figure is not None
    inset = (LABELS - LEFT + 0.25) / figure.get_size_inches()[0]
    ax.set_position((box.x0 + inset, box.y0, box.width - inset, box.height))


def _rows(ax: Axes) -> None:
    ax.set_yticks([])
    ax.grid(visible=False, axis="y")
