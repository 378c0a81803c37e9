"""The figures of a comparison: each curve with its band over worlds, and the paired difference."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .board import board_of
from .drawing import colours_of, label_width, sheet, shown, styled, wrapped
from .panels import draw_differences, draw_items, draw_levels, draw_strip, versus
from .quantities import (
    CLV_UNIT,
    COSTS,
    Quantity,
    accounts_of,
    advocates_of,
    churn_of,
    clv_of,
    feeling_of,
    lasting,
    profit_of,
    talk_of,
)
from .statistics import share_better

if TYPE_CHECKING:
    from .findings import Findings

Panel = Callable[[Axes], None]


def figures_of(comparison: Findings) -> dict[str, Figure]:
    """All figures of a comparison, by name; also of one strategy or one world."""
    with styled():
        return {
            "overview": overview(comparison),
            "churn": churn(comparison),
            "retention": retention(comparison),
            "clv": clv(comparison),
            "advocacy": advocacy(comparison),
            "feelings": feelings(comparison),
            "money": money(comparison),
            **board_of(comparison),
        }


def overview(comparison: Findings) -> Figure:
    """The answer at a glance."""
    contractual = comparison.scenario.market.setting == "contractual"
    quantities = [
        churn_of(comparison, "churn_rate" if contractual else "churn_rate_true"),
        clv_of(comparison, "Customer lifetime value to date"),
        advocates_of(comparison),
        feeling_of(comparison, "engagement"),
        profit_of(comparison),
    ]
    colours = colours_of(comparison.strategies)
    names = [wrapped(name) for name in comparison.strategies]
    verdict = _verdict(comparison)
    free = [label_width(names), label_width(names), label_width([*names, *(v[0] for v in verdict)])]
    figure, rows = sheet(*_answer(comparison), (2.5, 2.5), (1, 1, 1), free)
    *panels, last = (ax for row in rows for ax in row)
    for ax, quantity in zip(panels, quantities, strict=True):
        draw_levels(ax, quantity, colours)
    unit = "currency, all people of the market"
    if len(names) == 1:
        last.set_title("Customer equity")
        draw_strip(last, verdict, "money")
    else:
        winner = comparison.decision["winner"]
        last.set_title("Difference in customer equity")
        draw_strip(last, verdict, "money", signed=True, above=colours[winner])
        unit += (
            f"\nright of the line: {shown(winner) if len(winner) < 21 else 'the one ahead'} better"
        )
    last.set_xlabel(unit)
    return figure


def churn(comparison: Findings) -> Figure:
    """Customers lost; without contracts by the books and in truth, for only the books are known."""
    title = "How many customers leave"
    if comparison.scenario.market.setting == "contractual":
        return _stacked(comparison, title, [churn_of(comparison)])
    books = churn_of(comparison, title="Churn per year, by the books")
    truth = churn_of(comparison, "churn_rate_true", "Churn per year, in truth")
    silence = comparison.scenario.market.inactivity_months
    note = f"Nobody gives notice: the books call a buyer lost after {silence} months of silence."
    return _stacked(comparison, title, [books, truth], note)


def retention(comparison: Findings) -> Figure:
    """Share of customers still there, of those of the start and of those who joined later."""
    frame = comparison.retention[comparison.retention["company"] == 0]
    first = -1 if comparison.scenario.population.start == "base" else 0
    begun, joined = frame[frame["cohort"] == first], frame[frame["cohort"] > first]
    quantities = [
        lasting(comparison, begun, "Customers of the start", "months since the start"),
        lasting(comparison, joined, "Customers who joined later", "months since they joined"),
    ]
    note = "First relations only, in truth; all months of joining together, each counting alike."
    return _stacked(comparison, "How long customers stay", quantities, note)


def clv(comparison: Findings) -> Figure:
    """Customer lifetime value: to date by month, and with the expected rest, world by world."""
    colours = colours_of(comparison.strategies)
    table = comparison.summary.pivot(index="world", columns="strategy", values="clv")

    def levels(ax: Axes) -> None:
        ax.set_title("With all that is still expected")
        rows = [(wrapped(name), colours[name], table[name]) for name in comparison.strategies]
        draw_strip(ax, rows, "money")
        ax.set_xlabel(CLV_UNIT)

    def differences(ax: Axes) -> None:
        first, *later = comparison.strategies
        ax.set_title(versus(comparison.strategies), weight="normal")
        rows = [(wrapped(name), colours[name], table[name] - table[first]) for name in later]
        draw_strip(ax, rows, "money", signed=True)
        ax.set_xlabel(CLV_UNIT)

    return _stacked(
        comparison,
        "What a customer of the start is worth",
        [clv_of(comparison, "Earned to date, discounted")],
        "Right: one dot a world, the diamond their mean.",
        beside=(levels, differences),
    )


def advocacy(comparison: Findings) -> Figure:
    """Who recommends, and what is said."""
    quantities = [
        advocates_of(comparison),
        talk_of(comparison, "wom_positive", "Recommendations"),
        talk_of(comparison, "wom_negative", "Warnings and bad posts"),
    ]
    note = "What is said: mean of three months."
    return _stacked(comparison, "How many speak up for the company", quantities, note)


def feelings(comparison: Findings) -> Figure:
    """Satisfaction, trust and engagement."""
    names = ("satisfaction", "trust", "engagement")
    return _stacked(comparison, "What customers feel", [feeling_of(comparison, n) for n in names])


def money(comparison: Findings) -> Figure:
    """Profit by month; costs by kind, and where the difference in profit comes from."""
    colours, months = colours_of(comparison.strategies), comparison.scenario.horizon
    accounts = accounts_of(comparison)
    unit = "currency per month" + (f", mean of {months} months" if months > 1 else "")

    def levels(ax: Axes) -> None:
        ax.set_title("Cost by kind")
        costs = {name: frame.iloc[:, 1:-1] for name, frame in accounts.items()}
        draw_items(ax, costs, colours)
        ax.set_xlabel(unit)

    def differences(ax: Axes) -> None:
        ax.set_title("What the difference in profit is made of", weight="normal")
        first, *later = accounts
        gaps = {name: accounts[name] - accounts[first] for name in later}
        for gap in gaps.values():
            gap.iloc[:, 1:-1] *= -1.0
        draw_items(ax, gaps, colours, signed=True)
        ax.set_xlabel(unit)

    return _stacked(
        comparison,
        "What it costs and what it brings",
        [profit_of(comparison)],
        "Right: dot and line are mean and 5–95% of worlds; gross margin: revenue, fees less goods.",
        beside=(levels, differences),
        items=list(COSTS.values()),
        heights=(3.1, 3.1),
    )


def _stacked(
    comparison: Findings,
    title: str,
    quantities: Sequence[Quantity],
    note: str = "",
    *,
    beside: tuple[Panel, Panel] | None = None,
    items: Sequence[str] = (),
    heights: tuple[float, float] = (3.0, 2.1),
) -> Figure:
    """Levels above, differences below; `beside` draws one more column, its rows named `items`."""
    first, *later = comparison.strategies
    names, colours = [wrapped(name) for name in comparison.strategies], colours_of((first, *later))
    free, widths = [label_width(names)] * len(quantities), [1.0] * len(quantities)
    if beside:
        free.append(label_width(items or names))
        widths.append(0.8)
    below = f"Below: the difference to {shown(first)} in the same worlds." if later else ""
    notes = " ".join(filter(None, (_band(comparison), below, note)))
    figure, rows = sheet(title, notes, heights if later else heights[:1], widths, free)
    for row, draw in zip(rows, (draw_levels, draw_differences), strict=False):
        for ax, quantity in zip(row, quantities, strict=False):
            draw(ax, quantity, colours)
    for row, panel in zip(rows, beside or (), strict=False):
        panel(row[-1])
    return figure


def _band(comparison: Findings) -> str:
    worlds = comparison.summary["world"].nunique()
    return f"Line: mean of {worlds} worlds; band: 5–95% of them." if worlds > 1 else "One world."


def _answer(comparison: Findings) -> tuple[str, str]:
    """Heading and note of the overview."""
    scenario, decision = comparison.scenario, comparison.decision
    note = f"{scenario.population.size:,} people, {scenario.horizon} months. {_band(comparison)}"
    if "runner_up" not in decision:
        return f"What {shown(comparison.strategies[0])} comes to", note
    title = re.split(",? by ", decision["sentence"])[0]
    if decision["worlds"] > 1:
        title += f", in {decision['p']:.0%} of {decision['worlds']} worlds"
    note = f"{decision['sentence']} {note} Last panel: one dot a world, the diamond their mean."
    for name in comparison.strategies:
        title, note = (re.sub(rf"\b{name}\b", shown(name), text) for text in (title, note))
    return title, note


def _verdict(comparison: Findings) -> list[tuple[str, str, pd.Series[float]]]:
    """Customer equity of the winner minus each other, world by world, as rows of a strip."""
    equity = comparison.summary.pivot(index="world", columns="strategy", values="equity")
    colours = colours_of(comparison.strategies)
    best = comparison.decision["winner"]
    others = [name for name in comparison.strategies if name != best]
    if not others:
        return [(wrapped(best), colours[best], equity[best])]
    gaps = {name: equity[best] - equity[name] for name in others}
    return [
        (f"{wrapped(f'{name} behind', 14)}\nin {share_better(gap)[0]:.0%}", colours[name], gap)
        for name, gap in gaps.items()
    ]
