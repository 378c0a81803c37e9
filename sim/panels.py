"""Panels: curves over worlds, their paired differences, worlds as dots, and items side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .drawing import (
    FAINT,
    INK,
    Kind,
    Ticks,
    blank,
    label_ends,
    limits,
    points_of,
    scale_along,
    shown,
    wrapped,
)
from .quantities import Quantity

NOBODY = "no customers,\nnothing to show"


def draw_levels(ax: Axes, quantity: Quantity, colours: Mapping[str, str]) -> None:
    """The curve of each strategy: mean over worlds, and the band of 5-95 % of worlds."""
    ax.set_title(quantity.title)
    ax.set_ylabel(quantity.unit)
    edges = _curves(ax, quantity, quantity.values, colours)
    if not edges:
        blank(ax, NOBODY)
        return
    low, high = limits(edges, quantity.span)
    bottom, top = quantity.bottom, quantity.top
    ax.set_ylim(low if bottom is None else bottom, high if top is None else top)
    _scale_up(ax, Ticks(quantity.kind))
    begun = min(
        _columns(f.dropna(axis=1, how="all")).min(initial=1e9) for f in quantity.values.values()
    )
    if begun / ax.get_xlim()[1] * points_of(ax)[0] > 64.0:
        text = f"first value\nafter {begun:.0f}\nmonths"
        place: Any = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "center"}
        ax.text(begun / 2, 0.5, text, color=FAINT, size=8.5, **place)
    label_ends(ax, _ends(quantity.values, colours))


def draw_differences(ax: Axes, quantity: Quantity, colours: Mapping[str, str]) -> None:
    """Each later strategy minus the first, in the same worlds."""
    first, *later = quantity.values
    ax.set_title(versus(list(quantity.values)), weight="normal")
    ax.set_ylabel("percentage points" if quantity.kind == "share" else quantity.unit)
    gaps = {name: quantity.values[name] - quantity.values[first] for name in later}
    edges = _curves(ax, quantity, gaps, colours)
    if not edges:
        blank(ax, NOBODY)
        return
    ax.axhline(0.0, color=colours[first], lw=1.4, zorder=1.9)
    ax.set_ylim(*limits([0.0, *edges], quantity.span / 10))
    _scale_up(ax, Ticks(quantity.kind, signed=True))
    zero = (ax.get_xlim()[1], 0.0, wrapped(first), colours[first])
    label_ends(ax, [*_ends(gaps, colours), zero])


def versus(strategies: Sequence[str]) -> str:
    """Heading of a panel of differences, cut where long names would not fit."""
    first, *later = (shown(name) for name in strategies)
    pair = len(later) == 1
    text = f"Difference: {later[0]} − {first}" if pair else f"Difference to {first}"
    return text if len(text) <= 36 else "Difference to the first strategy"


def _curves(
    ax: Axes, quantity: Quantity, values: Mapping[str, pd.DataFrame], colours: Mapping[str, str]
) -> list[float]:
    """Draw the curves and return what the limits have to hold."""
    months = max([1.0, *(_columns(frame).max(initial=0.0) for frame in values.values())])
    ax.set_xlim(0.0, months * 1.03 if quantity.steps else months)
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120) if months <= 6 * s), 240)
    ax.set_xticks(np.arange(0, months + 1e-9, step))
    ax.set_xlabel(quantity.x)
    edges: list[float] = []
    for place, (name, frame) in enumerate(values.items()):
        x, mean = _columns(frame), frame.mean().to_numpy(float)
        known = np.isfinite(mean)
        if not known.any():
            continue
        ax.plot(
            x, mean, color=colours[name], drawstyle="steps-post" if quantity.steps else "default",
            marker="o" if known.sum() == 1 else "", clip_on=known.sum() > 1, zorder=3,
            lw=min(3.2, 2.0 + 0.3 * (len(values) - 1 - place)),  # a twin below shows at the sides
        )  # fmt: skip
        edges += mean[known].tolist()
        if len(frame) > 1:
            low, high = (frame.quantile(q).to_numpy(float) for q in (0.05, 0.95))
            ax.fill_between(
                x, low, high, color=colours[name], alpha=0.16 if len(values) < 3 else 0.08, lw=0,
                step="post" if quantity.steps else None,
            )  # fmt: skip
            edges += [*low[known].tolist(), *high[known].tolist()]
    return edges


def _columns(frame: pd.DataFrame) -> NDArray[np.float64]:
    return frame.columns.to_numpy(float)


def _ends(
    values: Mapping[str, pd.DataFrame], colours: Mapping[str, str]
) -> list[tuple[float, float, str, str]]:
    """Where each curve ends, with its label."""
    ends = []
    for name, frame in values.items():
        mean = frame.mean().to_numpy(float)
        known = np.flatnonzero(np.isfinite(mean))
        if len(known):
            x = float(_columns(frame)[known[-1]])
            ends.append((x, float(mean[known[-1]]), wrapped(name), colours[name]))
    return ends


def _scale_up(ax: Axes, ticks: Ticks) -> None:
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(ticks)


def draw_strip(
    ax: Axes,
    rows: Sequence[tuple[str, str, pd.Series[float]]],
    kind: Kind,
    *,
    signed: bool = False,
    above: str | None = None,
) -> None:
    """Worlds as dots, one row per (label, colour, value by world); a diamond at the mean.

    `signed`: differences, with a line at zero; `above` colours the dots to its right.
    """
    known = [np.sort(series.dropna().to_numpy(float)) for _, _, series in rows]
    if not any(len(values) for values in known):
        blank(ax, NOBODY)
        return
    ax.set_xlim(*limits([*np.concatenate(known).tolist(), *([0.0] if signed else [])]))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks([])
    ax.grid(False, axis="y")
    scale_along(ax, Ticks(kind, signed))
    if signed:
        ax.axvline(0.0, color=INK, lw=1.2, zorder=1.9)
    tall = points_of(ax)[1] / len(rows)
    for place, ((_, colour, _), values) in enumerate(zip(rows, known, strict=True)):
        if not len(values):
            continue
        # In order of value, one below the other, so that each world can be counted.
        y = place + 0.76 * ((np.arange(len(values)) + 0.5) / len(values) - 0.5)
        size = float(np.clip(1.2 * tall / len(values), 3.0, 7.0)) ** 2
        dots = np.where(values > 0, above or colour, colour)
        ax.scatter(values, y, s=size, c=dots.tolist(), alpha=0.8, lw=0, zorder=3)
        mean = float(values.mean())
        ax.plot(mean, np.interp(mean, values, y), "D", color=INK, ms=7, mec="white", zorder=4)
    right = ax.get_xlim()[1]
    label_ends(ax, [(right, place, text, colour) for place, (text, colour, _) in enumerate(rows)])


def draw_items(
    ax: Axes,
    values: Mapping[str, pd.DataFrame],
    colours: Mapping[str, str],
    *,
    signed: bool = False,
) -> None:
    """One row per item (column), in it a dot and a line per strategy: mean, 5-95 % of worlds."""
    items = list(next(iter(values.values())).columns)
    edges = [0.0]
    for place, (name, frame) in enumerate(values.items()):
        y = np.arange(len(items)) + (place - (len(values) - 1) / 2) * 0.72 / len(values)
        low, mean, high = (
            column.to_numpy(float)
            for column in (frame.quantile(0.05), frame.mean(), frame.quantile(0.95))
        )
        ax.hlines(y, low, high, color=colours[name], lw=2.0, alpha=0.45)
        ax.plot(mean, y, "o", color=colours[name], ms=5.0)
        edges += [edge for edge in (*low.tolist(), *high.tolist()) if math.isfinite(edge)]
    ax.set_xlim(*limits(edges))
    ax.set_ylim(max(1, len(items)) - 0.5, -0.5)
    ax.axvline(0.0, color=INK, lw=1.2, zorder=1.9)
    between: Any = np.arange(len(items) - 1) + 0.5
    ax.set_yticks(between, [""] * len(between))
    ax.tick_params(axis="y", length=0)
    scale_along(ax, Ticks("money", signed))
    right = ax.get_xlim()[1]
    label_ends(ax, [(right, place, item, INK) for place, item in enumerate(items)])
