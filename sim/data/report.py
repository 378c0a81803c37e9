"""The picture of a fit: the data beside the model, what was held out, and what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..drawing import (
    COLOURS,
    FAINT,
    INK,
    Kind,
    Ticks,
    blank,
    label_ends,
    label_width,
    limits,
    number,
    sheet,
    styled,
)

if TYPE_CHECKING:
    from .fit import Fit

MODEL, DATA, HELD_OUT = COLOURS[0], INK, COLOURS[1]
SHADE = "#F4F1EA"
NAMES = ("data", "held-out\ndata", "model")


def fit_figure(fit: Fit) -> Figure:
    """Data against model on one sheet, under the verdict."""
    with styled():
        return _leaving(fit) if fit.model == "sbg" else _buying(fit)


def _leaving(fit: Fit) -> Figure:
    figure, ((survival, retention, left_over),) = _sheet(fit, (3.3,), (1.25, 1, 1), _estimates(fit))
    frame = _rows(fit, "survival")
    _points(survival, frame, "share", "Customers still there", "period", "share of customers")
    survival.set_ylim(0.0, 1.03)
    _ends(survival, frame)
    frame = _rows(fit, "retention rate")
    _points(retention, frame, "share", "Renewing, of those there", "period", "share of the period")
    retention.set_xlim(0.4, float(frame["at"].max()) + 0.6)
    shown = frame[["data", "model"]].to_numpy(float).ravel().tolist()
    bottom, top = limits([*shown, *frame["low"].tolist(), *frame["high"].tolist()])
    retention.set_ylim(max(bottom, 0.0), min(top, 1.005))
    _ends(retention, frame)
    _residuals(left_over, _rows(fit, "survival"))
    return figure


def _buying(fit: Fit) -> Figure:
    figure, ((total, counts), (later, spend)) = _sheet(fit, (2.7, 2.7), (1, 1), _estimates(fit))
    frame = _rows(fit, "cumulative repeats")
    _points(total, frame, "number", "Repeat purchases, all customers", "week", "purchases so far")
    total.set_ylim(0.0, 1.04 * float(frame[["data", "high"]].max().max()))
    _ends(total, frame)
    _counts(counts, _rows(fit, "repeat counts"))
    frame = _rows(fit, "hold-out repeats by calibration repeats")
    if frame.empty:
        later.set_title("Purchases after the cut")
        blank(later, "nothing was held out:\nset population.fit_until")
    else:
        _conditional(later, frame)
    _spend(spend, _rows(fit, "amount"))
    return figure


def _sheet(
    fit: Fit, heights: tuple[float, ...], widths: tuple[float, ...], estimates: str
) -> tuple[Figure, list[list[Axes]]]:
    verdict = str(fit.checks["verdict"])
    band = "Band: 90% of data under the model."
    note = f"{fit.source}: {fit.customers:,} customers. {estimates} {band} {' '.join(fit.notes)}"
    return sheet(verdict, note, heights, widths, label_width(NAMES))


def _estimates(fit: Fit) -> str:
    """The estimates in words, with their intervals."""
    rows = fit.estimates.set_index("parameter")
    names = {"mean churn": "mean churn", "leaving_a": "a", "leaving_b": "b"}
    if fit.model == "bg_nbd":
        names = {
            "mean purchases while active": "purchases a month while active",
            "mean dropout": "dropout after a repeat purchase",
            "basket": "basket",
        }
    said = []
    for name, word in names.items():
        value, low, high = (float(rows[column][name]) for column in ("estimate", "low", "high"))
        digits = max(0, 2 - int(np.floor(np.log10(max(abs(value), 1e-9)))))
        interval = f" ({number(low, digits)} to {number(high, digits)})" if low == low else ""
        said.append(f"{word} {number(value, digits)}{interval}")
    return f"With 90% intervals: {', '.join(said)}."


def _rows(fit: Fit, curve: str) -> pd.DataFrame:
    return fit.table[fit.table["curve"] == curve].astype({"held_out": bool}).sort_values("at")


def _points(ax: Axes, frame: pd.DataFrame, kind: Kind, title: str, x: str, y: str) -> None:
    """Data as dots, model as a line in its band, what was held out on a shade."""
    ax.set_title(title)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    once = frame.drop_duplicates("at")
    at = once["at"].to_numpy(float)
    ax.set_xlim(float(at.min()), float(at.max()) * 1.02)
    ax.fill_between(at, once["low"], once["high"], color=MODEL, alpha=0.16, lw=0)
    ax.plot(at, once["model"], color=MODEL, zorder=3)
    size = float(np.clip(150.0 / len(at), 2.2, 5.0))
    for held_out, colour in ((False, DATA), (True, HELD_OUT)):
        part = frame[frame["held_out"] == held_out]
        ax.plot(part["at"], part["data"], "o", ms=size, color=colour, zorder=4, clip_on=False)
    _shade(ax, frame)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(Ticks(kind))


def _shade(ax: Axes, frame: pd.DataFrame) -> None:
    held_out, fitted = frame[frame["held_out"]], frame[~frame["held_out"]]
    if held_out.empty or held_out["at"].min() <= fitted["at"].max():
        return
    edge = (float(fitted["at"].max()) + float(held_out["at"].min())) / 2.0
    ax.axvspan(edge, ax.get_xlim()[1], color=SHADE, lw=0, zorder=0)
    place = ax.get_xaxis_transform()
    ax.text(edge, 0.985, " held out", transform=place, va="top", color=FAINT, size=8.5)


def _ends(ax: Axes, frame: pd.DataFrame) -> None:
    """The names of what is drawn, at the ends of it."""
    last = frame[~frame["held_out"]].iloc[-1]
    ends = [(float(frame["at"].iloc[-1]), float(frame["model"].iloc[-1]), NAMES[2], MODEL)]
    ends.append((float(last["at"]), float(last["data"]), NAMES[0], DATA))
    held_out = frame[frame["held_out"]]
    if not held_out.empty:
        last = held_out.iloc[-1]
        ends[1] = (float(last["at"]), float(last["data"]), NAMES[1], HELD_OUT)
    label_ends(ax, ends)


def _residuals(ax: Axes, frame: pd.DataFrame) -> None:
    frame = frame[frame["at"] > 0]
    at, points = frame["at"].to_numpy(float), 100.0 * frame["residual"].to_numpy(float)
    ax.set_title("Left over: data − model", weight="normal")
    ax.set_xlabel("period")
    ax.set_ylabel("percentage points of survival")
    ax.set_xlim(float(at.min()) - 0.6, float(at.max()) + 0.6)
    low, high = (100.0 * (frame[side] - frame["model"]).to_numpy(float) for side in ("low", "high"))
    ax.fill_between(at, low, high, color=MODEL, alpha=0.16, lw=0)
    ax.axhline(0.0, color=MODEL, lw=1.4)
    colours = np.where(frame["held_out"], HELD_OUT, DATA).tolist()
    ax.vlines(at, 0.0, points, colors=colours, lw=1.6)
    ax.scatter(at, points, s=22, c=colours, zorder=4)
    ax.set_ylim(*limits([0.0, *points, *low, *high], 1.0))
    _shade(ax, frame)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    ax.yaxis.set_major_formatter(Ticks("number", signed=True))


def _bins(at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[str]:
    """Names of cells that begin at these counts; the last is open."""
    tops = [*(at[1:] - 1).tolist(), None]
    return [
        f"{low}+" if top is None else f"{low}" if top <= low else f"{low}–{top}"
        for low, top in zip(at.tolist(), tops, strict=True)
    ]


def _counts(ax: Axes, frame: pd.DataFrame) -> None:
    ax.set_title("Customers by repeat purchases, as fitted")
    ax.set_xlabel("repeat purchases")
    ax.set_ylabel("customers")
    place = np.arange(len(frame))
    ax.bar(place, frame["data"], 0.62, color=DATA, alpha=0.55, lw=0, zorder=2)
    _dots(ax, place, frame)
    ax.set_xticks(place, _bins(frame["at"].to_numpy(np.int64)))
    ax.grid(False, axis="x")
    ax.set_xlim(-0.6, len(frame) - 0.4)
    ax.set_ylim(0.0, 1.06 * float(frame[["data", "high"]].max().max()))
    ax.yaxis.set_major_formatter(Ticks("number"))
    last = frame.iloc[-1]
    ends = [(place[-1], float(last["model"]), NAMES[2], MODEL)]
    label_ends(ax, [*ends, (place[-1] + 0.31, 0.5 * float(last["data"]), NAMES[0], DATA)])


def _dots(ax: Axes, place: np.ndarray[tuple[int], np.dtype[np.int64]], frame: pd.DataFrame) -> None:
    """The model with the band of the data, at each place."""
    ax.vlines(place, frame["low"], frame["high"], color=MODEL, lw=4.0, alpha=0.35, zorder=3)
    ax.plot(place, frame["model"], "D", ms=5.5, color=MODEL, mec="white", zorder=4)


def _conditional(ax: Axes, frame: pd.DataFrame) -> None:
    ax.set_title("Purchases after the cut, by those before")
    ax.set_xlabel("repeat purchases before the cut")
    ax.set_ylabel("mean purchases after it")
    place = np.arange(len(frame))
    ax.bar(place, frame["data"], 0.62, color=HELD_OUT, alpha=0.55, lw=0, zorder=2)
    _dots(ax, place, frame)
    ax.set_xticks(place, _bins(frame["at"].to_numpy(np.int64)))
    ax.grid(False, axis="x")
    ax.set_xlim(-0.6, len(frame) - 0.4)
    ax.set_ylim(0.0, 1.06 * float(frame[["data", "high"]].max().max()))
    ax.yaxis.set_major_formatter(Ticks("number"))
    last = frame.iloc[-1]
    ends = [(place[-1], float(last["model"]), NAMES[2], MODEL)]
    ends.append((place[-1] + 0.31, 0.5 * float(last["data"]), NAMES[1], HELD_OUT))
    label_ends(ax, ends)


def _spend(ax: Axes, frame: pd.DataFrame) -> None:
    ax.set_title("Amount of a purchase")
    ax.set_xlabel("percent of purchases that are smaller")
    ax.set_ylabel("currency")
    ax.plot(frame["at"], frame["model"], color=MODEL, zorder=3)
    ax.plot(frame["at"], frame["data"], "o", ms=4.5, color=DATA, zorder=4)
    ax.set_xlim(0.0, 100.0)
    ax.set_ylim(0.0, 1.06 * float(frame[["data", "model"]].max().max()))
    ax.yaxis.set_major_formatter(Ticks("number"))
    _ends(ax, frame)
