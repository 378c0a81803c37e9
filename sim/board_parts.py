"""Parts of the decision pictures: panels side by side, worlds as dots, bars with whiskers, rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from .drawing import (
    FAINT,
    INK,
    LABEL,
    WIDTH,
    Kind,
    Ticks,
    blank,
    colours_of,
    label_width,
    limits,
    number,
    points_of,
    scale_along,
    shown,
    wrapped,
)

if TYPE_CHECKING:
    from .findings import Findings

SMALL = 8.5
HALO = [withStroke(linewidth=2.5, foreground="white")]
UNIT = "currency per person in the market"
MOST = 400
"""Worlds up to which each is a dot; of more, so many equally likely ones are shown."""


class Sides(NamedTuple):
    """Who is better right of zero, and who left of it; with their colours."""

    right: str
    left: str
    colours: tuple[str, str]

    def colour(self, value: float) -> str:
        """The colour of whom a difference favours."""
        return FAINT if value == 0.0 else self.colours[0 if value > 0.0 else 1]


class Bar(NamedTuple):
    """A horizontal bar from zero; `low` and `high` are the ends of its whisker, nan for none."""

    value: float
    low: float
    high: float
    colour: str


class Swing(NamedTuple):
    """What one input does to a difference: what it is at the input's low and high end.

    The texts are the input's values there, `turns` where it turns the verdict, if it does. `errors`
    are half-widths of intervals at both ends; `exact`: there are none.
    """

    low: float
    high: float
    low_text: str
    high_text: str
    turns: str
    errors: tuple[float, float]
    exact: bool


def split(
    ax: Axes, widths: Sequence[float], left: Sequence[float], right: Sequence[float]
) -> list[Axes]:
    """Panels of relative `widths` in the place of one, with inches free to both sides of each."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    box = ax.get_position()
    ax.remove()
    usable = WIDTH - 0.4 - sum(left) - sum(right)
    panels, x = [], 0.22
    for share, before, after in zip(widths, left, right, strict=True):
        wide = usable * share / sum(widths)
        place = ((x + before) / WIDTH, box.y0, wide / WIDTH, box.height)
        panels.append(figure.add_axes(place))
        x += before + wide + after
    return panels


def money(value: float, scale: float, signed: bool = False) -> str:
    """An amount with the digits that make sense beside amounts as large as `scale`."""
    return number(value, 0 if scale >= 100.0 else 1 if scale >= 10.0 else 2, signed)


def percent(share: float) -> str:
    """A share in words, never 0 % of what does occur."""
    return "below 1%" if 0.0 < share < 0.01 else f"{share:.0%}"


def beside(
    ax: Axes,
    y: float,
    inches: float,
    text: str,
    *,
    right: bool = False,
    up: float = 0.0,
    **how: Any,
) -> None:
    """Text left of a panel, or `right` of it, beginning so many inches from it; `up` in points."""
    ax.annotate(
        text, (float(right), y), (72.0 * (inches if right else -inches), up),
        xycoords=("axes fraction", "data"), textcoords="offset points",
        **{"va": "center", "size": LABEL, "linespacing": 1.15, **how},
    )  # fmt: skip


def two_sides(ax: Axes, sides: Sides, texts: tuple[str, str], width: int) -> float:
    """Shade the losing side, rule a line at zero, say at the top who is better where.

    Set the limits along x before. `texts` follow the names. Returns the points taken at the top.
    """
    ax.axvspan(ax.get_xlim()[0], 0.0, color=sides.colours[1], alpha=0.09, lw=0, zorder=0.5)
    ax.axvline(0.0, color=INK, lw=1.2, zorder=1.9)
    labels = [
        wrapped(f"{sides.right} {texts[0]} →", width),
        wrapped(f"← {sides.left} {texts[1]}", width),
    ]
    for label, x, ha, colour in zip(
        labels, (1.0, 0.0), ("right", "left"), sides.colours, strict=True
    ):
        ax.annotate(
            label, (x, 1.0), (-4.0 if x else 4.0, -3.0), xycoords="axes fraction",
            textcoords="offset points", ha=ha, va="top", color=colour, size=LABEL, weight="bold",
            linespacing=1.1, path_effects=HALO,
        )  # fmt: skip
    return 8.0 + 1.2 * LABEL * (1 + max(label.count("\n") for label in labels))


def rows_down(ax: Axes, places: Sequence[float], head: float = 0.0) -> None:
    """Rows from top to bottom at `places`, one apart; `head` points are left free above them."""
    count = max(places) - min(places) + 1.0
    free = head * count / (points_of(ax)[1] - head)
    ax.set_ylim(max(places) + 0.5, min(places) - 0.5 - free)
    ax.set_yticks([])
    ax.grid(False, axis="y")


def dots_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The dots that stand for worlds: all, or equally likely ones where there are too many."""
    if len(values) <= MOST:
        return np.sort(values)
    return np.asarray(np.quantile(values, (np.arange(MOST) + 0.5) / MOST))


def draw_worlds(ax: Axes, values: NDArray[np.float64], sides: Sides) -> None:
    """Worlds as dots heaped on a line, each where its difference is, the losing side shaded."""
    if not values.any():
        blank(ax, "no difference in any world")
        ax.set_xticks([])
        return
    count, better = len(values), int((values > 0.0).sum())
    worse = int((values < 0.0).sum())
    scale_along(ax, Ticks("money", signed=True))
    texts = (f"better: {better} of {count} worlds", f"better: {worse} of {count} worlds")
    head = two_sides(ax, sides, texts, 44)
    wide, tall = points_of(ax)
    low, high = ax.get_xlim()
    dots = dots_of(values)
    at = (dots - low) / (high - low) * wide
    for size in np.arange(18.0, 1.4, -0.5):
        levels = _heaped(at, size)
        if (levels.max() + 1.0) * size <= tall - head:
            break
    colours = [sides.colour(value) for value in dots]
    ax.scatter(dots, (levels + 0.5) * size, s=(0.9 * size) ** 2, c=colours, lw=0, zorder=3)
    ax.set_ylim(0.0, tall)
    ax.set_yticks([])
    ax.grid(False, axis="y")


def _heaped(at: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """The lowest level on which each dot does not lie on one before it; `at` ascends, in points."""
    ends: list[float] = []
    levels = np.zeros(len(at))
    for k, x in enumerate(at.tolist()):
        level = next((j for j, end in enumerate(ends) if x - end >= size), len(ends))
        ends[level : level + 1] = [x]
        levels[k] = level
    return levels


def draw_mean(ax: Axes, mean: float, low: float, high: float) -> None:
    """The mean over worlds with its interval, said in words beside it."""
    ax.axvline(0.0, color=INK, lw=1.2, zorder=1.9)
    ax.plot([low, high], [-0.5, -0.5], color=INK, lw=3.0, zorder=3)
    ax.plot(mean, -0.5, "D", color=INK, ms=7, mec="white", zorder=4)
    ax.set_ylim(-1.0, 1.0)
    ax.set_yticks([])
    ax.grid(False, axis="y")
    scale_along(ax, Ticks("money", signed=True))
    if low == high == 0.0:
        ax.set_xticks([])
    scale = max(abs(low), abs(high))
    words = (money(x, scale, signed=True) for x in (mean, low, high))
    text = "mean {}, 90% interval {} to {}".format(*words)
    left, right = ax.get_xlim()
    half = 36.0 * label_width([text]) / points_of(ax)[0]
    x = float(np.clip((mean - left) / (right - left), half, 1.0 - half))
    ax.text(x, 0.42, text, transform=ax.get_yaxis_transform(), size=LABEL, va="center",
            ha="center", path_effects=HALO)  # fmt: skip


def draw_bars(ax: Axes, bars: Sequence[Bar], kind: Kind, *, top: float | None = None) -> None:
    """Bars from zero, one a row, with whiskers."""
    known = [x for bar in bars for x in bar[:3] if math.isfinite(x)]
    low, high = limits([0.0, *known])
    ax.set_xlim(low if min(known, default=0.0) < 0.0 else 0.0, top or high)
    places = np.arange(len(bars))
    ax.barh(places, [b.value for b in bars], 0.56, color=[b.colour for b in bars], lw=0, zorder=2)
    for place, bar in enumerate(bars):
        if math.isfinite(bar.low):
            whisker(ax, place, bar.low, bar.high)
    rows_down(ax, places.tolist())
    ax.axvline(0.0, color=INK, lw=1.2, zorder=2.1)
    scale_along(ax, Ticks(kind))


def whisker(ax: Axes, y: float, low: float, high: float) -> None:
    """A thin line with ends, over a white one, so that it is seen on any bar."""
    for colour, width in (("white", 3.0), (INK, 1.1)):
        ax.plot([low, high], [y, y], "|-", color=colour, lw=width, ms=6, mew=width, zorder=3)


def draw_swings(ax: Axes, rows: Sequence[Swing], sides: Sides) -> list[float]:
    """What moves the difference: a bar from one end of an input to its other, cut at zero.

    Returns the rows' places.
    """
    ends = [
        x + s * e
        for r in rows
        for x, e in zip((r.low, r.high), r.errors, strict=True)
        for s in (-1, 1)
    ]
    low, high = limits([0.0, *ends])
    wide = points_of(ax)[0]
    air = (high - low) * 40.0 / (wide - 80.0)  # for the labels of the ends
    ax.set_xlim(low - air, high + air)
    head = two_sides(ax, sides, ("ahead", "ahead"), 15)
    places = [float(k) for k in range(len(rows))]
    rows_down(ax, places, head)
    scale_along(ax, Ticks("money", signed=True))
    for place, row in zip(places, rows, strict=True):
        lower, upper = sorted((row.low, row.high))
        for start, end in ((lower, min(upper, 0.0)), (max(lower, 0.0), upper)):
            if end > start:
                colour = sides.colour(start + end)
                look: Any = (
                    {"color": colour, "lw": 0} if row.exact
                    else {"fc": colour + "45", "ec": colour, "hatch": "////", "lw": 0.8}
                )  # fmt: skip
                ax.barh(place, end - start, 0.4, left=start, zorder=2, **look)
        for x, text, error in zip(
            (row.low, row.high), (row.low_text, row.high_text), row.errors, strict=True
        ):
            after = x == upper
            if error:
                ax.plot([x - error, x + error], [place, place], color=INK, lw=1.0, zorder=3)
            ax.annotate(
                text, (x + error if after else x - error, place), (4.0 if after else -4.0, 0.0),
                textcoords="offset points", size=SMALL, va="center",
                ha="left" if after else "right", path_effects=HALO,
            )  # fmt: skip
        if row.turns:
            ax.plot(0.0, place, "D", color="white", mec=INK, mew=1.3, ms=6, zorder=4)
            ax.annotate(
                row.turns, (0.0, place - 0.2), (0.0, 1.0), textcoords="offset points", size=SMALL,
                va="bottom", ha="center", weight="bold", zorder=5, path_effects=HALO,
            )  # fmt: skip
    return places


def draw_costs(ax: Axes, rows: Sequence[Any], colours: Sequence[str]) -> None:
    """What each programme costs (dot) and could cost to draw level (bar on a thin line)."""
    known = [r[k] for r in rows for k in ("cost", "break_even", "low", "high")]
    known = [x for x in known if math.isfinite(x)]
    if not known:
        blank(ax, "no customers,\nnothing to show")
        return
    low, high = limits([0.0, *known])
    ax.set_xlim(low if min(known) < 0.0 else 0.0, high)
    rows_down(ax, [float(k) for k in range(len(rows))])
    scale_along(ax, Ticks("money"))
    if min(known) < 0.0:
        ax.axvline(0.0, color=INK, lw=1.2, zorder=1.9)
    for place, (row, colour) in enumerate(zip(rows, colours, strict=True)):
        if not math.isfinite(row["cost"]):
            continue
        now, level = row["cost"], row["break_even"]
        ax.plot([now, level], [place, place], color=colour, lw=1.2, ls=(0, (2, 2)), zorder=2)
        if math.isfinite(row["low"]):
            ax.plot([row["low"], row["high"]], [place, place], color=colour, lw=5.0, alpha=0.45,
                    solid_capstyle="butt", zorder=2.5)  # fmt: skip
        ax.plot(level, place, "|", color=colour, ms=17, mew=2.6, zorder=3)
        ax.plot(now, place, "o", color=colour, ms=8, zorder=4)


def draw_shares(
    ax: Axes, places: Sequence[float], right: Sequence[float], left: Sequence[float], sides: Sides
) -> None:
    """Shares to both sides of zero, one row each, written at their ends."""
    most = max(0.001, *right, *left)
    room = 44.0 / points_of(ax)[0] * 2.0
    ax.set_xlim(-most * (1.0 + 2.0 * room), most * (1.0 + 2.0 * room))
    head = two_sides(ax, sides, ("keeps", "would keep"), 16)
    rows_down(ax, places, head)
    scale_along(ax, _Both("share"))
    for sign, shares, colour in ((1, right, sides.colours[0]), (-1, left, sides.colours[1])):
        ax.barh(places, [sign * share for share in shares], 0.66, color=colour, lw=0, zorder=2)
        for place, share in zip(places, shares, strict=True):
            ax.annotate(
                f"{share:.1%}", (sign * share, place), (4.0 * sign, 0.0), size=SMALL, va="center",
                textcoords="offset points", ha="left" if sign > 0 else "right", color=colour,
            )  # fmt: skip


class _Both(Ticks):
    """Shares to both sides of zero."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        return super().format_ticks([abs(value) for value in values])


def draw_values(
    ax: Axes,
    places: Sequence[float],
    mean: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    sides: Sides,
) -> None:
    """A dot at the mean customer and a line over the range of customers, one row each."""
    ax.set_xlim(*limits([0.0, *low, *high]))
    head = two_sides(ax, sides, ("earns more", "earns more"), 16)
    rows_down(ax, places, head)
    scale_along(ax, Ticks("money", signed=True))
    ax.hlines(places, low, high, color="#A8A8A8", lw=2.2, zorder=2)
    colours = [sides.colour(value) for value in mean]
    ax.scatter(mean, places, s=42.0, c=colours, lw=0.8, ec="white", zorder=3)


def sides_of(comparison: Findings) -> Sides:
    """The winner on the right, the runner-up on the left."""
    winner, runner_up = (comparison.decision[name] for name in ("winner", "runner_up"))
    colours = colours_of(comparison.strategies)
    return Sides(shown(winner), shown(runner_up), (colours[winner], colours[runner_up]))


def drawn(comparison: Findings) -> bool:
    """Whether worlds differ in more than luck."""
    return bool(comparison.decision["judgement"]["drawn"])


def differs(comparison: Findings) -> bool:
    """Whether winner and runner-up differ in any world."""
    equity = comparison.summary.pivot(index="world", columns="strategy", values="equity")
    winner, runner_up = (comparison.decision[name] for name in ("winner", "runner_up"))
    return bool((equity[winner] != equity[runner_up]).any())


def undrawn(comparison: Findings) -> str:
    """What to say where only luck differs between worlds, else nothing."""
    if drawn(comparison):
        return ""
    inputs = comparison.decision["judgement"]["inputs"]
    return (
        f"Only luck differs between these worlds: {inputs} uncertain inputs stood at their "
        "defaults, so the true doubt is greater; uncertainty=all draws them."
    )
