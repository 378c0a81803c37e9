"""The reasons of a decision in pictures: what would turn it, and who gains and who is harmed."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .board_parts import (
    SMALL,
    UNIT,
    Sides,
    Swing,
    beside,
    draw_costs,
    draw_shares,
    draw_swings,
    draw_values,
    drawn,
    money,
    percent,
    sides_of,
    split,
    undrawn,
)
from .decision import FEWEST
from .doubt import SCORE
from .drawing import FAINT, INK, colours_of, sheet, shown, wrapped
from .inputs import meanings
from .statistics import mean_interval

if TYPE_CHECKING:
    from .findings import Findings

INPUTS = 10
"""The most inputs that are shown."""

RARE = 0.05
"""A chance below which it is said to be unlikely that an input turns the verdict."""


def flips(comparison: Findings) -> Figure:
    """The inputs that move the difference, where they turn it, and what programmes may cost."""
    decision = comparison.decision
    sides, inputs = sides_of(comparison), shown_inputs(comparison)
    turning = sorted(
        (row for row in inputs if row["turns_at"] is not None), key=lambda row: -row["p_turns"]
    )
    if turning:
        known = meanings(comparison.scenario)
        named = [_turned(row, _meaning(known, row)[0]) for row in turning[:2]]
        more = f" ({len(turning) - 2} more could do it)" if len(turning) > 2 else ""
        rare = "Unlikely, but enough: " if turning[0]["p_turns"] < RARE else ""
        title = f"{rare}{sides.right} falls behind {sides.left} if {', or '.join(named)}{more}"
    elif inputs:
        title = f"No input alone would put {sides.right} behind {sides.left} on average"
    else:
        row = next(row for row in decision["break_even"] if row["strategy"] == decision["winner"])
        level, now = (money(row[name], 1.0) for name in ("break_even", "cost"))
        title = (
            f"{sides.right} may cost up to {level} per customer and month, now {now}, before "
            f"{sides.left} draws level"
        )
        if not math.isfinite(row["cost"]):
            title = f"Nobody is a customer of {sides.right}: what it may cost cannot be said"
    note = f"{undrawn(comparison)} What would turn the verdict cannot be seen without that."
    if inputs:
        note = (
            "Bars: the mean difference from one end of an input's range to the other, all else as "
            "uncertain as it is. Solid: prices, exact. Hatched: estimated over worlds, thin lines "
            "are 90% intervals. Worth knowing: what certainty would add, currency per person in "
            f"the market. {decision['judgement']['inputs']} inputs are uncertain; those not shown "
            "move it less, or too little to be seen."
        )
    elif drawn(comparison):
        few = f"{decision['worlds']} worlds are too few to say which inputs move the difference."
        note = few if decision["worlds"] < FEWEST else "No input is seen to move the difference."
    levels = max(0.8, 0.5 * len(decision["break_even"]))
    heights = (0.56 * len(inputs) + 0.5, levels) if inputs else (levels,)
    figure, rows = sheet(title, note, heights, (1.0,), 0.0)
    if inputs:
        _swings(rows[0][0], comparison, inputs, sides)
    _levels(rows[-1][0], comparison)
    return figure


def shown_inputs(comparison: Findings) -> list[dict[str, Any]]:
    """The inputs by the value of knowing them, then by swing, without those too small to see."""
    size = comparison.scenario.population.size
    rows = comparison.decision["inputs"]
    widest = max((abs(row["difference_high"] - row["difference_low"]) for row in rows), default=0.0)
    return sorted(
        (
            row
            for row in rows
            if row["turns_at"] is not None
            or abs(row["difference_high"] - row["difference_low"]) > 0.02 * widest
        ),
        key=lambda row: (
            -round(row["value"] / size, 2), -abs(row["difference_high"] - row["difference_low"])
        ),
    )[:INPUTS]  # fmt: skip


def _swings(ax: Axes, comparison: Findings, inputs: list[dict[str, Any]], sides: Sides) -> None:
    (ax,) = split(ax, (1.0,), (2.9,), (1.9,))
    size, known = comparison.scenario.population.size, meanings(comparison.scenario)
    rows = []
    for row in inputs:
        error = 1.645 * row["slope_error"]  # a 90 % interval's half
        centre = (
            row["low"] + (comparison.decision["difference"] - row["difference_low"]) / row["slope"]
        )
        rows.append(
            Swing(
                low=row["difference_low"] / size,
                high=row["difference_high"] / size,
                low_text=_value(row, row["low"]),
                high_text=_value(row, row["high"]),
                turns=f"turns at {_value(row, row['turns_at'])}" if row["turns_at"] else "",
                errors=(
                    error * abs(row["low"] - centre) / size,
                    error * abs(row["high"] - centre) / size,
                ),
                exact=row["kind"] == "costs",
            )
        )
    places = draw_swings(ax, rows, sides)
    ax.set_title("What moves the difference, one input at a time")
    ax.set_xlabel(f"mean difference in customer equity, {UNIT}")
    top = ax.get_ylim()[1]
    for inches, head in ((0.2, "chance\nit turns"), (1.05, "worth\nknowing")):
        beside(ax, top, inches, head, right=True, up=-12.0, color=FAINT, size=SMALL)
    for place, row in zip(places, inputs, strict=True):
        meaning, key = _meaning(known, row)
        lines = textwrap.wrap(meaning, 37)
        beside(ax, place, 2.9, "\n".join(lines), up=4.5)
        beside(ax, place, 2.9, key, up=-5.9 * len(lines), color=FAINT, size=7.5)
        worth = row["value"] / size
        texts = (
            percent(row["p_turns"]) if row["p_turns"] else "none",
            money(worth, worth) if worth >= 0.005 else "nothing",
        )
        for inches, text in zip((0.2, 1.05), texts, strict=True):
            colour = FAINT if text in ("none", "nothing") else INK
            beside(ax, place, inches, text, right=True, color=colour)


def _levels(ax: Axes, comparison: Findings) -> None:
    """What each programme costs now, and at what cost it would draw level, in words beside it."""
    rows, colours = comparison.decision["break_even"], colours_of(comparison.strategies)
    (ax,) = split(ax, (1.0,), (2.9,), (3.3,))
    ax.set_title("What each costs now (dot), and the cost at which it would draw level (bar)")
    ax.set_xlabel(
        "currency per customer and month, discounted: programme, contacts, rewards, recruiting"
    )
    draw_costs(ax, rows, [colours[row["strategy"]] for row in rows])
    for place, row in enumerate(rows):
        colour = colours[row["strategy"]]
        beside(ax, place, 2.9, wrapped(row["strategy"], 20), color=colour, weight="bold")
        if math.isfinite(row["cost"]):
            now, level, low, high = (
                money(row[name], 1.0) for name in ("cost", "break_even", "low", "high")
            )
            ahead = row["break_even"] >= row["cost"]
            text = (
                f"may rise from {now} to {level}"
                if ahead
                else f"would have to fall from {now} to {level}"
            )
            if row["break_even"] < 0.0:
                text = f"would not draw level even for free (now {now})"
            rival = shown(row["versus"])
            against = rival if len(rival) < 21 else "the best other"
            interval = f"90% interval {low} to {high}, against {against}"
            beside(ax, place, 0.2, text, right=True, up=6.5)
            beside(ax, place, 0.2, interval, right=True, up=-7.0, color=FAINT, size=SMALL)


def _meaning(known: dict[str, tuple[str, str]], row: dict[str, Any]) -> tuple[str, str]:
    if row["kind"] == "data":
        name = row["input"].removeprefix(SCORE)
        return f"fit to your data: {shown(name)}", "from low to high estimate"
    return known[row["input"]]


def _value(row: dict[str, Any], value: float) -> str:
    """The value of an input as it is written in a picture; a factor on a price with a times."""
    if row["kind"] == "data":
        return f"{value:+.1f} s.e.".replace("-", "−")
    return ("×" if row["kind"] == "costs" else "") + f"{value:,.3g}".replace("-", "−")


def _turned(row: dict[str, Any], meaning: str) -> str:
    """`price factor on messages is below ×0.62`: where an input turns the verdict."""
    rises = row["difference_high"] > row["difference_low"]
    return f"{meaning} is {'below' if rises else 'above'} {_value(row, row['turns_at'])}"


def individuals(comparison: Findings) -> Figure:
    """Whom the winner keeps and whom it loses against the runner-up, and what they are worth."""
    sides, worlds = sides_of(comparison), comparison.decision["worlds"]
    effects = effects_between(comparison)
    groups = list(dict.fromkeys(zip(effects["segment"], effects["group"], strict=True)))
    means = effects.groupby(["segment", "group"], sort=False).mean(numeric_only=True).loc[groups]
    scale = float(means["value"].abs().max())
    over = f"Means over {worlds} worlds" if worlds > 1 else "One world: chance is not told apart"
    note = (
        "Every customer of the start against their twin: the same person with the same luck under "
        f"the other strategy. Harmed: more leave who would have stayed under {sides.left} than the "
        f"reverse. Right: dot, the mean customer; line, the middle 90% of customers. {over}."
    )
    places, at = [], 0.0
    for k, (segment, _) in enumerate(groups):
        at += 0.0 if not k else 1.0 if segment == groups[k - 1][0] else 1.5
        places.append(at)
    figure, rows = sheet(
        _who(effects, groups, sides, scale), note, (0.27 * (at + 1.0) + 0.6,), (1.0,), 0.0
    )
    shares, values = split(rows[0][0], (1.0, 1.25), (2.0, 0.35), (0.0, 0.85))
    shares.set_title("Who stays under one of them only")
    shares.set_xlabel("share of the group's customers")
    draw_shares(shares, places, means["kept"].tolist(), means["lost"].tolist(), sides)
    values.set_title("What a customer is worth to the company, difference")
    values.set_xlabel("currency per customer of the start, discounted")
    mean, low, high = (means[name].tolist() for name in ("value", "value_p05", "value_p95"))
    draw_values(values, places, mean, low, high, sides)
    for place, key, value in zip(places, groups, means["value"], strict=True):
        weight = "bold" if key[0] == "all" else "normal"
        beside(shares, place, 2.0, _group(*key), weight=weight)
        beside(values, place, 0.15, money(value, scale, signed=True), right=True, weight=weight)
    beside(values, values.get_ylim()[1], 0.15, "mean", right=True, up=-9.0, color=FAINT, size=SMALL)
    return figure


def effects_between(comparison: Findings) -> pd.DataFrame:
    """Effects of the winner against the runner-up, one row per group and world.

    Effects are those of a later strategy against an earlier one; if the winner is the earlier, who
    is kept is who is lost, and values change their sign.
    """
    decision, effects = comparison.decision, comparison.effects
    winner, runner_up = decision["winner"], decision["runner_up"]
    columns = ["segment", "group", "world", "kept", "lost", "value", "value_p05", "value_p95"]
    of, against = effects["strategy"], effects["versus"]
    found: pd.DataFrame = effects.loc[(of == winner) & (against == runner_up), columns]
    if found.empty:
        found = effects.loc[(of == runner_up) & (against == winner), columns]
        found = found.assign(**{name: -found[name] for name in columns[-3:]})
        turned = {"kept": "lost", "value_p05": "value_p95"}
        found = found.rename(columns=turned | {new: old for old, new in turned.items()})
    return found


def _group(segment: str, group: str) -> str:
    if segment == "all":
        return "all customers"
    return f"{segment} {group}" if segment == "tenure" else f"{group} {segment}"


def _who(effects: pd.DataFrame, groups: list[tuple[str, str]], sides: Sides, scale: float) -> str:
    """Who is worth more and who less, and who is harmed: of whom more leave than are kept."""
    effects = effects.assign(net=effects["kept"] - effects["lost"])
    signs: dict[str, dict[tuple[str, str], int]] = {"value": {}, "net": {}}
    for (segment, group), of in effects.groupby(["segment", "group"], sort=False):
        key = str(segment), str(group)
        for name, sign in signs.items():
            mean, low, high = mean_interval(of[name])
            one = not math.isfinite(low)
            sign[key] = int((mean if one else low) > 0.0) - int((mean if one else high) < 0.0)
    all_of = effects[effects["segment"] == "all"]
    value, whole = float(all_of["value"].mean()), ("all", "all")
    less = "more" if value >= 0.0 else "less"
    gap = f"{money(abs(value), scale)} currency {less}"
    title = f"{sides.right} earns {gap} per customer than {sides.left}"
    parts = [key for key in groups if key != whole]
    against = [_group(*key) for key in parts if signs["value"][key] * value < 0.0]
    if against:
        title += f", but {'less' if value >= 0.0 else 'more'} with {_listed(against)}"
    harmed = [_group(*key) for key in parts if signs["net"][key] < 0]
    if harmed and len(harmed) == len(parts):
        lost, kept = all_of["lost"].mean(), all_of["kept"].mean()
        return (
            f"{title}. Every group is harmed: {lost:.1%} leave who would have stayed under "
            f"{sides.left}, {kept:.1%} the reverse"
        )
    if harmed:
        return f"{title}. Harmed: {_listed(harmed)}"
    return f"{title}. No group is seen to be harmed"


def _listed(names: list[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:3])} and {len(names) - 3} more groups"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
