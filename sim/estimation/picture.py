"""The picture of the bench: estimates beside the truth, one row per treatment and market."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..drawing import COLOURS, FAINT, INK, Ticks, sheet, styled

ESTIMATORS = {
    "naive": (COLOURS[1], "o"),
    "DiD": (COLOURS[0], "s"),
    "matched DiD": (COLOURS[6], "D"),
    "randomised": (COLOURS[2], "^"),
    "trial in the network": (COLOURS[4], "v"),
}
"""Colour and marker by estimator, in the order in which they are drawn."""

OUTCOMES = {
    "spend": "Spend, % of what those asked about spend",
    "retention": "Retention, percentage points a year",
}
ROW = 0.62
"""Inches of a row."""
TICKS = (-100, -30, -10, -3, -1, 0, 1, 3, 10, 30, 100)


def picture(found: pd.DataFrame) -> Figure:
    """Estimates with 90 % intervals beside the truth: a frame as `trial.bench` gives, of one market
    or of several below one another.
    """
    outcomes = [name for name in OUTCOMES if (found["outcome"] == name).any()]
    heights = [ROW * len(_rows(found[found["outcome"] == name])) + 0.2 for name in outcomes]
    note = (
        "Marks: mean estimate and its 90% interval over worlds. Black: the truth, as twins with "
        "and without the treatment give it; of the treated, or (triangles) of everybody. Axes are "
        "linear up to 1 and logarithmic beyond. Right: estimate over truth, ? where unknown."
    )
    with styled():
        figure, panels = sheet(
            "What an analyst would find, beside the truth", note, heights, [1.0], [4.3]
        )
        for (ax,), outcome in zip(panels, outcomes, strict=True):
            _draw(ax, found[found["outcome"] == outcome])
            ax.set_title(OUTCOMES[outcome])
        names = set(found["estimator"])
        handles = [
            Line2D([], [], color=colour, marker=mark, ls="", label=name)
            for name, (colour, mark) in ESTIMATORS.items()
            if name in names
        ]
        handles.append(Line2D([], [], color=INK, marker="|", ms=11, mew=2.2, ls="", label="truth"))
        figure.legend(handles=handles, loc="lower left", ncols=len(handles), frameon=False)
    return figure


def _rows(found: pd.DataFrame) -> list[tuple[str, str]]:
    """(market, treatment), in order."""
    return list(dict.fromkeys(zip(found["market"], found["treatment"], strict=True)))


def _draw(ax: Axes, found: pd.DataFrame) -> None:
    rows = _rows(found)
    ax.set_xscale("symlog", linthresh=1.0, linscale=0.8)
    ax.axvline(0.0, color="#9A9A9A", lw=1.0, zorder=1)
    edges = found[["low", "high", "estimate", "truth"]].to_numpy(float)
    far = max(2.0, float(np.abs(edges[np.isfinite(edges)]).max(initial=1.0)))
    least = min(0.0, float(np.nanmin(edges)))
    ax.set_xlim(-1.0 if least > -1.0 else 1.3 * least, 1.3 * far)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks([])
    ax.xaxis.set_major_formatter(Ticks("number"))
    left, right = ax.get_xlim()
    ax.set_xticks([t for t in TICKS if left <= t <= right])
    for place, (market, treatment) in enumerate(rows):
        part = found[(found["market"] == market) & (found["treatment"] == treatment)]
        shown = [name for name in ESTIMATORS if (part["estimator"] == name).any()]
        ys = place + (np.arange(len(shown)) - (len(shown) - 1) / 2) * 0.16
        for y, name in zip(ys, shown, strict=True):
            row = part[part["estimator"] == name].iloc[0]
            colour, mark = ESTIMATORS[name]
            ax.hlines(y, row["low"], row["high"], color=colour, lw=1.6, alpha=0.55)
            ax.plot(row["truth"], y, "|", color=INK, ms=8.5, mew=2.0, zorder=2.5)
            ax.plot(row["estimate"], y, mark, color=colour, ms=5.0, zorder=3)
        beside: Any = {"transform": ax.get_yaxis_transform(), "va": "center"}
        ax.text(1.02, place - 0.14, f"{treatment}, {market}", color=INK, size=9.5, **beside)
        ax.text(1.02, place + 0.16, _words(part), color=FAINT, size=8.5, **beside)
        if place:
            ax.axhline(place - 0.5, color="#E6E6E6", lw=0.8)


def _words(part: pd.DataFrame) -> str:
    """The estimates over the truth, as text."""
    words = []
    for name in ("naive", "DiD", "randomised"):
        row = part[part["estimator"] == name]
        if len(row):
            ratio = float(row["ratio"].iloc[0])
            known = math.isfinite(float(row["ratio_low"].iloc[0]))
            shown = f"{ratio:.0f}" if abs(ratio) >= 100.0 else f"{ratio:.2g}"
            words.append(f"{name} × {shown}" if known else f"{name} × ?")
    return ", ".join(words).replace("-", "−")
