"""The pictures of a sensitivity: what each input does by itself, and its share of the variance."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..board_parts import beside
from ..drawing import COLOURS, FAINT, INK, LABEL, Ticks, limits, number, sheet, styled

MOST = 12
"""Inputs of a screening that are shown."""

LINES = {"low": 0.08, "high": -0.08}
"""How far off the middle of a bar the lines of its two ends are, so that none hides the other."""

LABELS = 2.9
"""Inches for the words of an input."""


def tornado_figure(summary: Mapping[str, Any], tornado: pd.DataFrame) -> Figure:
    """Each input from 5 to 95 % of what it may be, all else as it stands."""
    rows = tornado.iloc[::-1].reset_index(drop=True)
    note = (
        f"{summary['about']}, mean over {summary['worlds']} worlds. Bars: with one input at 5 % "
        "(violet) and at 95 % (orange) of what it may be, all others as they stand. Lines: 90 % "
        "intervals over worlds."
    )
    with styled():
        figure, ((ax,),) = sheet(summary["title"], note, (0.5 * len(rows) + 0.4,), (1.0,), 0.5)
        _room(ax)
        stands = float(summary["stands"])
        for place, (_, row) in enumerate(rows.iterrows()):
            for name, colour in (("low", COLOURS[3]), ("high", COLOURS[1])):
                ax.barh(place, row[f"at_{name}"] - stands, left=stands, height=0.55,
                        color=colour, alpha=0.85)  # fmt: skip
                ends = row[f"at_{name}_from"], row[f"at_{name}_to"]
                ax.hlines(place + LINES[name], *ends, color=INK, lw=1.0, zorder=3)
                text = f"{row[name]:.3g}"
                right = row[f"at_{name}"] >= row["at_low" if name == "high" else "at_high"]
                outmost = np.nanmax if right else np.nanmin
                ax.annotate(
                    text, (outmost([row[f"at_{name}"], *ends]), place), (4 if right else -4, 0),
                    textcoords="offset points", va="center", ha="left" if right else "right",
                    size=8.5, color=FAINT,
                )  # fmt: skip
            _words(ax, place, row)
        every = [f"at_{name}{end}" for name in LINES for end in ("", "_from", "_to")]
        span = [stands, *rows[every].to_numpy(float).ravel()]
        if len(summary["strategies"]) > 1:
            span.append(0.0)
            ax.axvline(0.0, color=INK, lw=1.2)
        low, high = limits([value for value in span if np.isfinite(value)])
        air = 0.06 * (high - low)
        ax.set_xlim(low - air, high + air)
        ax.axvline(stands, color=FAINT, lw=1.0, ls=":")
        ax.set_xlabel(
            f"{summary['about']} (dotted: as it stands, {number(stands, 2, signed=True)})"
        )
        ax.xaxis.set_major_formatter(Ticks("number", signed=len(summary["strategies"]) > 1))
        _tidy(ax, len(rows))
    return figure


def indices_figure(
    summary: Mapping[str, Any], indices: pd.DataFrame, screening: pd.DataFrame | None
) -> Figure:
    """Shares of the variance: alone and in all; below, what the screening saw."""
    rows = indices.iloc[::-1].reset_index(drop=True)
    luck = summary["luck"]
    note = (
        f"{summary['about']}. Full bars: what would go of the variance if the input were known "
        "(first order). Open bars: what would stay if it alone were not (total). Lines: 90 % "
        "intervals of the total. What few worlds add is taken out."
    )
    if np.isfinite(luck):
        note += f" Of what differs between single worlds luck makes {luck:.0%} beside these."
    tall = [0.5 * len(rows) + 0.3]
    shown = None if screening is None else screening.head(MOST).iloc[::-1].reset_index(drop=True)
    if shown is not None:
        tall.append(0.5 * len(shown) + 0.3)
    with styled():
        figure, panels = sheet(summary["title"], note, tall, (1.0,), 0.5)
        ax = panels[0][0]
        _room(ax)
        ax.set_title("Shares of the variance (Sobol)")
        for at, (_, row) in enumerate(rows.iterrows()):
            ax.barh(at, row["total"], height=0.62, facecolor="none", edgecolor=COLOURS[0], lw=1.4)
            ax.barh(at, row["first"], height=0.38, color=COLOURS[0], alpha=0.85)
            ax.hlines(at, row["total_low"], row["total_high"], color=INK, lw=1.2)
            _words(ax, at, row)
        ax.set_xlim(0.0, 1.0)
        ax.xaxis.set_major_formatter(Ticks("share"))
        ax.set_xlabel("share of the variance over all of these inputs")
        _tidy(ax, len(rows))
        if shown is not None:
            _screened(panels[1][0], summary, shown)
    return figure


def _screened(ax: Axes, summary: Mapping[str, Any], rows: pd.DataFrame) -> None:
    _room(ax)
    ax.set_title(f"The {len(rows)} largest effects of the screening of all inputs (Morris)")
    for at, (_, row) in enumerate(rows.iterrows()):
        ax.hlines(at, 0.0, row["mu_star"], color=COLOURS[0], lw=3.0)
        ax.plot(row["mu_star"], at, "o", ms=6, color=COLOURS[0])
        ax.hlines(at, row["mu_star"] - row["mu_star_conf"], row["mu_star"] + row["mu_star_conf"],
                  color=INK, lw=1.0)  # fmt: skip
        if np.isfinite(row["noise"]):
            ax.plot(row["noise"], at, "|", ms=12, mew=2.0, color=COLOURS[1])
        _words(ax, at, row)
    ax.set_xlim(left=0.0)
    ax.set_xlabel(
        "mean size of the change from the lowest to the highest quarter (orange: what luck makes)"
    )
    _tidy(ax, len(rows))


def _room(ax: Axes) -> None:
    """Move a panel's left edge in, for the words of inputs."""
    box = ax.get_position()
    figure = ax.get_figure(root=True)
    assert figure is not None
    inset = (LABELS - 0.6) / figure.get_size_inches()[0]
    ax.set_position((box.x0 + inset, box.y0, box.width - inset, box.height))


def _words(ax: Axes, place: float, row: pd.Series[Any]) -> None:
    """What an input means, left of its bar, and the key that sets it."""
    if row["meaning"] == row["key"]:
        beside(ax, place, LABELS, "\n".join(textwrap.wrap(row["key"], 38)))
        return
    lines = textwrap.wrap(row["meaning"], 40)[:2]
    beside(ax, place, LABELS, "\n".join(lines), up=4.5, size=LABEL - 0.5)
    key = row["key"].rpartition(".")[2]
    beside(ax, place, LABELS, key, up=-5.9 * len(lines) - 1.0, color=FAINT, size=7.5)


def _tidy(ax: Axes, rows: int) -> None:
    ax.set_yticks([])
    ax.set_ylim(-0.6, rows - 0.4)
    ax.grid(visible=False, axis="y")
