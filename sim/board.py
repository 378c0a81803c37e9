"""The decision in pictures for those who decide: how sure, why not surer, what turns it, for whom.

Two doubts are kept apart in all of them: dots and ranges are what is not known, and more worlds do
not narrow them; intervals (90 %) are that worlds are few, and more worlds do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .board_parts import (
    MOST,
    SMALL,
    UNIT,
    Bar,
    beside,
    differs,
    draw_bars,
    draw_mean,
    draw_worlds,
    drawn,
    money,
    percent,
    sides_of,
    split,
    undrawn,
)
from .board_reasons import flips, individuals
from .decision import SETTLED, SURE
from .drawing import FAINT, colours_of, label_ends, label_width, limits, sheet, shown, wrapped
from .panels import draw_strip
from .quantities import CLV_UNIT
from .statistics import share_better

if TYPE_CHECKING:
    from .findings import Findings

SOURCES = {
    "luck": ("luck", "who fails, meets, leaves when", "more customers, nothing else"),
    "behaviour": ("how customers behave", "strength of effects, the market",
                  "measure it, or run an experiment"),
    "costs": ("what programmes cost", "budgets, contacts, rewards, recruiting",
              "ask suppliers and finance"),
}  # fmt: skip
"""Sources of doubt in words: what each is, what it means, what makes it less."""

INSET = 0.2
"""Inches free at the left of scales that do not begin at zero."""

MEASURES = {
    "equity": ("Customer equity", UNIT),
    "clv": ("Customer lifetime value", CLV_UNIT),
    "churn_rate_true": ("Churn per year", "share of customers lost a year, less is better"),
}


def board_of(comparison: Findings) -> dict[str, Figure]:
    """The decision pictures, by name; only those that there is something to show in.

    One strategy has none. One world cannot say how sure it is: it has that of individuals alone.
    Where the first two come to the same in every world, nothing turns it and nobody gains.
    """
    figures: dict[str, Figure] = {}
    if "runner_up" not in comparison.decision:
        return figures
    if comparison.decision["worlds"] > 1:
        figures["difference"] = difference(comparison)
        figures["doubt"] = doubt(comparison)
    if not differs(comparison):
        return figures
    if comparison.decision["worlds"] > 1:
        figures["flips"] = flips(comparison)
    if len(comparison.effects):
        figures["individuals"] = individuals(comparison)
    return figures


def difference(comparison: Findings) -> Figure:
    """What the winner is ahead of the runner-up, world by world, and on average."""
    decision, size = comparison.decision, comparison.scenario.population.size
    sides, colours = sides_of(comparison), colours_of(comparison.strategies)
    table = comparison.summary.pivot(index="world", columns="strategy", values="equity") / size
    winner, runner_up = decision["winner"], decision["runner_up"]
    gap = (table[winner] - table[runner_up]).to_numpy(float)
    mean, low, high = (decision[name] / size for name in ("difference", "low", "high"))
    better, scale = int((gap > 0.0).sum()), max(abs(low), abs(high))
    regret = {row["strategy"]: row["regret"] / size for row in decision["ranking"]}
    costly = max(regret[winner], regret[runner_up])
    title = (
        f"{_verdict(comparison)} ahead in {better} of {len(gap)} worlds, by "
        f"{money(mean, scale)} {UNIT} on average"
    )
    title = title if differs(comparison) else _verdict(comparison)
    note = (
        f"A world is one draw of all that is not known{'' if drawn(comparison) else ': here luck'}."
        f" Chance that {sides.right} is better: {decision['p']:.0%} (90% interval "
        f"{decision['p_low']:.0%} to {decision['p_high']:.0%}, as worlds are few). Regret, what a "
        f"choice costs on average against the best in each world: {money(regret[winner], costly)} "
        f"a person with {sides.right}, {money(regret[runner_up], costly)} with {sides.left}. "
        f"{undrawn(comparison)}"
    )
    others = [row["strategy"] for row in decision["ranking"][2:]]
    heights = (2.2, 0.6, 0.55 * len(others)) if others else (2.2, 0.6)
    figure, rows = sheet(title, note, heights, (1.0,), 0.0)
    worlds, average, *rest = (row[0] for row in rows)
    (worlds,), (average,) = (split(ax, (1.0,), (INSET,), (0.1,)) for ax in (worlds, average))
    many = f"for {len(gap) / MOST:,.3g} worlds" if len(gap) > MOST else "a world"
    worlds.set_title(f"What is not known: one dot {many}")
    average.set_title("What more worlds would narrow: their mean, with its 90% interval")
    for ax in (worlds, average):
        ax.set_xlim(*limits([0.0, low, high, *gap.tolist()]))
        ax.set_xlabel(f"difference in customer equity, {UNIT}, customers or not")
    draw_worlds(worlds, gap, sides)
    draw_mean(average, mean, low, high)
    for ax in rest:
        gaps = {name: table[winner] - table[name] for name in others}
        strip = [
            (f"{wrapped(shown(name), 26)}\nbehind in {share_better(of)[0]:.0%}, by "
             f"{money(float(of.mean()), abs(float(of.mean())))}", colours[name], of)
            for name, of in gaps.items()
        ]  # fmt: skip
        (ax,) = split(ax, (1.0,), (INSET,), (label_width([text for text, _, _ in strip]),))
        ax.set_title("The other strategies: how far each is behind, world by world")
        draw_strip(ax, strip, "money", signed=True, above=colours[winner])
        ax.set_xlabel(f"{UNIT}, {sides.right[:40]} less each")
    return figure


def doubt(comparison: Findings) -> Figure:
    """Where the doubt comes from, how the strategies rank in it, and by which measure."""
    decision, size = comparison.decision, comparison.scenario.population.size
    parts = decision["doubt"] if drawn(comparison) and decision["doubt"]["luck"]["sd"] else {}
    parts = dict(sorted(parts.items(), key=lambda part: -part[1]["share"]))
    many, sides = len(comparison.strategies) > 2, sides_of(comparison)
    title, note = f"By customer equity, {sides.right} is best", ""
    if parts:
        (first, most), (second, next_) = list(parts.items())[:2]
        hangs, shares = SOURCES[first][0], f"{most['share']:.0%}"
        if next_["high"] > most["low"]:  # too close to be told apart
            hangs, shares = (
                f"{hangs} and {SOURCES[second][0]}",
                f"{shares} and {next_['share']:.0%}",
            )
        title = (
            f"Whether {sides.right} beats {sides.left} hangs most on {hangs} ({shares} of the "
            "doubt)"
        )
        note = (
            "±: how far worlds would lie apart were it the only doubt (one standard deviation, "
            "currency per person). "
        )
    note += "Whiskers: 90% intervals, as worlds are few. " if parts or many else ""
    note += undrawn(comparison)
    others: dict[str, list[str]] = {}
    for row in decision["measures"]:
        if row["best"] != decision["winner"]:
            words = MEASURES[row["metric"]][0].removesuffix(" per year").lower()
            others.setdefault(row["best"], []).append(words)
    for name, by in others.items():
        title += f". By {' and '.join(by)}, {shown(name)} is best"
    tall = max(0.9, 0.36 * len(comparison.strategies))
    heights = [*([1.8] if parts else []), *([tall] if many else []), tall]
    figure, rows = sheet(title, note, heights, (1.0,), 0.0)
    panels = [row[0] for row in rows]
    if parts:
        _sources(panels[0], parts, size)
    if many:
        _ranking(panels[-2], comparison)
    _measures(panels[-1], comparison)
    return figure


def _sources(ax: Axes, parts: dict[str, Any], size: int) -> None:
    (ax,) = split(ax, (1.0,), (2.85,), (3.5,))
    bars = [Bar(p["share"], p["low"], p["high"], "#8A8A8A") for p in parts.values()]
    draw_bars(ax, bars, "share", top=1.0)
    ax.set_title("Where the doubt comes from")
    ax.set_xlabel("share of the variance of the difference between worlds")
    scale = max(p["sd"] for p in parts.values()) / size
    for place, (name, part) in enumerate(parts.items()):
        words, meaning, less = SOURCES[name]
        beside(ax, place, 2.85, words, up=7.0, weight="bold")
        beside(ax, place, 2.85, meaning, up=-7.0, color=FAINT, size=SMALL)
        alone = f"{part['share']:.0%}, ±{money(part['sd'] / size, scale)} a person"
        beside(ax, place, 0.22, alone, right=True, up=7.0, weight="bold")
        beside(
            ax, place, 0.22, f"to lessen it: {less}", right=True, up=-7.0, color=FAINT, size=SMALL
        )


def _ranking(ax: Axes, comparison: Findings) -> None:
    ranking, size = comparison.decision["ranking"], comparison.scenario.population.size
    colours = colours_of(comparison.strategies)
    scale = max(row["regret"] for row in ranking) / size
    texts = [
        [f"{wrapped(row['strategy'], 26)}: {percent(row['p_best'])}" for row in ranking],
        [
            f"{wrapped(row['strategy'], 26)}: {money(row['regret'] / size, scale)}"
            for row in ranking
        ],
    ]
    panels = split(ax, (1.0, 1.0), (0.0, 0.45), [label_width(labels) for labels in texts])
    for panel, name, per, labels in zip(panels, ("p", "regret"), (1, size), texts, strict=True):
        value = "p_best" if name == "p" else name
        bars = [
            Bar(row[value] / per, row[f"{name}_low"] / per, row[f"{name}_high"] / per,
                colours[row["strategy"]])
            for row in ranking
        ]  # fmt: skip
        draw_bars(panel, bars, "share" if name == "p" else "money")
        _label(panel, labels, [bar.colour for bar in bars])
    panels[0].set_title("Chance to be the best of all")
    panels[0].set_xlabel("share of worlds", loc="left")
    panels[1].set_title("Regret: what choosing each costs on average")
    panels[1].set_xlabel(f"{UNIT}, against the best in each world", loc="left")


def _measures(ax: Axes, comparison: Findings) -> None:
    """Equity, lifetime value and churn of each strategy, the best by each said to be so."""
    decision, size = comparison.decision, comparison.scenario.population.size
    colours, order = colours_of(comparison.strategies), [r["strategy"] for r in decision["ranking"]]
    columns = []
    for row in decision["measures"]:
        means = {"equity": lambda x: x / size, "churn_rate_true": lambda x: 1.0 - (1.0 - x) ** 12}
        values = {name: means.get(row["metric"], float)(row["means"][name]) for name in order}
        scale = max(abs(value) for value in values.values())
        churn = row["metric"] == "churn_rate_true"
        labels = []
        for name, value in values.items():
            text = f"{value:.1%}" if churn else money(value, scale)
            best = f"\nbest in {percent(row['p_best'])} of worlds" if name == row["best"] else ""
            labels.append(f"{wrapped(name, 20)}: {text}{best}")
        columns.append((row["metric"], values, labels))
    free = [label_width(labels) for *_, labels in columns]
    before = INSET if min(columns[0][1].values()) < 0.0 else 0.0
    panels = split(ax, [1.0] * len(columns), [before, 0.3, 0.3][: len(columns)], free)
    for panel, (metric, values, labels) in zip(panels, columns, strict=True):
        bars = [Bar(value, math.nan, math.nan, colours[name]) for name, value in values.items()]
        draw_bars(panel, bars, "share" if metric == "churn_rate_true" else "money")
        _label(panel, labels, [bar.colour for bar in bars])
        panel.set_title(MEASURES[metric][0])
        panel.set_xlabel(MEASURES[metric][1], loc="left")


def _label(ax: Axes, labels: list[str], colours: list[str]) -> None:
    right = ax.get_xlim()[1]
    pairs = zip(labels, colours, strict=True)
    label_ends(ax, [(right, float(k), text, colour) for k, (text, colour) in enumerate(pairs)])


def _verdict(comparison: Findings) -> str:
    """Who is better, no surer than the worlds are many."""
    decision, sides = comparison.decision, sides_of(comparison)
    if not differs(comparison):
        return f"{sides.right} and {sides.left} come to the same in every world"
    if decision["p"] < SETTLED:
        return f"Not settled whether {sides.right} or {sides.left} is better: {sides.right} is"
    if decision["p_low"] < 0.5:
        return f"Too few worlds to be sure that {sides.right} beats {sides.left}: it is"
    return f"{sides.right} {'' if decision['p'] >= SURE else 'probably '}beats {sides.left}:"
