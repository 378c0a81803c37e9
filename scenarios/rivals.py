"""Rivals: the other companies of a market, each with a programme of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import Field, field_validator

from .levers import Levers, Strategy
from .parameter import Frozen, Months, Part

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")

HOME = "home"
"""What the company is called whose programmes are tried."""

MOST = 7
"""Rivals at most: with the home company, those that people can hold a belief about."""

Schedule = list[tuple[int, Levers]]


class Rival(Frozen):
    """One named rival. Who is a customer of nobody named belongs to the rest of the market."""

    name: str = Field(description="what it is called; `home` is the company itself")
    strategy: Strategy = Field(Strategy(), description="its programme: a preset, a file or levers")
    share: Part = Field(
        gt=0.0, lt=1.0,
        description="share of people who are its customers at the start, and its mean belief; of "
        "one that enters later, what its marketing is made for",
    )  # fmt: skip
    enters: Months = Field(
        0, ge=0, le=1200, description="month in which it enters, without customers; 0: is there"
    )
    copies: Months | None = Field(
        None, ge=1, le=1200,
        description="months after which it copies the home company's points; empty: never",
    )  # fmt: skip

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if name == HOME or not NAME.fullmatch(name):
            raise ValueError(
                f"got the name {name!r}, allowed are letters, digits and _, at most 40, a letter "
                f"first, and not {HOME}"
            )
        return name

    @field_validator("strategy")
    @classmethod
    def _reinvests_nothing(cls, strategy: Strategy) -> Strategy:
        shares = [levers.flywheel.reinvested for _, levers in strategy.schedule()]
        if max(shares) > 0.0:
            raise ValueError(
                f"flywheel.reinvested: got {max(shares):.6g}, allowed for a rival is 0: what it "
                "would have earned without its programme is not known"
            )
        return strategy

    def schedule(self, home: Sequence[tuple[int, Levers]]) -> Schedule:
        """Its levers as (first month, levers), in order of month, the first at month 0.

        Where it copies, its points are those that the `home` company had so many months ago.
        """
        own = self.strategy.schedule()
        if self.copies is None or not home:
            return own
        copied = [(month + self.copies, levers) for month, levers in home]
        months = sorted({month for month, _ in [*own, *copied]})
        steps = []
        for month in months:
            levers = in_force(own, month)
            if month >= self.copies:
                levers = levers.model_copy(update={"points": in_force(copied, month).points})
            steps.append((month, levers))
        return steps


def in_force(schedule: Sequence[tuple[int, Levers]], month: int) -> Levers:
    """The levers of a schedule in a month, the first ones before all."""
    begun = [levers for first, levers in schedule if first <= month]
    return begun[-1] if begun else schedule[0][1]


def check(rivals: Sequence[Rival], customer_share: float, horizon: int) -> None:
    """Raise ValueError, in one line, for rivals that do not go together."""
    names = [rival.name for rival in rivals]
    for number, rival in enumerate(rivals):
        if rival.name in names[:number]:
            raise ValueError(
                f"market.rivals[{number}].name: got {rival.name!r} twice, allowed is one company "
                "of a name"
            )
        if rival.enters >= horizon:
            raise ValueError(
                f"market.rivals[{number}].enters: got {rival.enters}, allowed are 0 to "
                f"{horizon - 1} (horizon)"
            )
    shares = sum(rival.share for rival in rivals)
    if customer_share + shares > 1.0 + 1e-9:
        raise ValueError(
            f"market.rivals: got shares of {shares:.6g} in all, allowed are at most "
            f"{1.0 - customer_share:.6g} (1 - population.customer_share)"
        )
