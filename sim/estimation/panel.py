"""Panels: what every person did, month by month, under a strategy or in a trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...agents.company import Company
from ...agents.rules import Rules
from ...agents.state import World
from ...scenarios.levers import Strategy
from ..calibration import BEFORE
from ..course import Start
from ..kernel import PERSON, CompiledPeople
from ..month import live

Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]

TRAITS = ("member", "ties", "engagement", "hedonic", "opted_out", "multichannel")
"""Fields kept month by month beside purchases, where a person has them."""


@dataclass(frozen=True)
class Panel:
    """What every person did in every month; all arrays have shape (months, people).

    `spend` in currency at list price; `purchases` a month (of a contract: bills); `alive` and
    `listed` at the month's end, in truth and on the books; `traits` by name of the person's field.
    """

    spend: Matrix
    purchases: Matrix
    alive: Mask
    listed: Mask
    traits: dict[str, Matrix]


def panel(start: Start, strategy: Strategy, rules: Rules, months: int) -> Panel:
    """Everybody's months under a strategy, from a world's start."""
    return lived(start, [strategy], np.zeros(len(start.people), dtype=int), rules, months)


def lived(
    start: Start,
    strategies: Sequence[Strategy],
    arms: NDArray[Any],
    rules: Rules,
    months: int,
    first: int = 0,
) -> Panel:
    """A trial in one market: from month `first` on each person lives under the strategy of their
    arm, shape (people,); before, everybody lives under the first of the strategies.

    The model knows whose customer somebody is, so an arm is a company that deals with its own
    people only. What is heard of any arm is heard of the one company that people see.
    """
    scenario = start.scenario
    before = (BEFORE, scenario.baseline.schedule()[0][1])
    companies = [Company([before, *one.schedule()], scenario.market) for one in strategies]
    people = start.people.copy()
    engine = CompiledPeople(
        people, start.ties, start.key, World(**vars(start.neutral.world)), rules
    )
    world = World(**vars(start.neutral.world))
    traits = [name for name in TRAITS if name in (PERSON.names or ())]
    names = ("spend", "purchases", "alive", "listed", *traits)
    seen = {name: np.empty((months, len(people))) for name in names}
    belief = people["belief"]
    for month in range(months):
        arm = arms if month >= first else 0
        people["firm"] = np.where(people["firm"] >= 0, arm, -1)  # newcomers begin with the first
        believed = belief[:, 0].copy()
        belief[:, 1:] = believed[:, None]
        live(engine, companies, world, start.neutral.path, month)
        moved = (belief[:, 1 : len(companies)] - believed[:, None]).sum(axis=1)
        belief[:, 0] = np.clip(belief[:, 0] + moved, 0.0, 1.0)
        for name in names:
            seen[name][month] = people[name]
    return Panel(
        spend=seen["spend"] / 1e6,
        purchases=seen["purchases"],
        alive=seen["alive"] == 1,
        listed=seen["listed"] == 1,
        traits={name: seen[name] for name in traits},
    )


def mixed(one: Panel, other: Panel, chosen: Mask) -> Panel:
    """The panel in which the people `chosen`, shape (people,), lived `one` and the rest `other`.

    Luck belongs to people. Where nobody affects anybody else (no network, no capacity), this is
    what a market would have shown in which just these people had been treated.
    """
    return replace(
        one,
        spend=np.where(chosen, one.spend, other.spend),
        purchases=np.where(chosen, one.purchases, other.purchases),
        alive=np.where(chosen, one.alive, other.alive),
        listed=np.where(chosen, one.listed, other.listed),
        traits={
            name: np.where(chosen, values, other.traits[name])
            for name, values in one.traits.items()
        },
    )
