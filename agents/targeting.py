"""Whom a company addresses: a share of its identified customers, and a group held out to measure.

What is targeted are messages, coupons, surprises and proactive contacts. A company can pick among
those whom it can tell apart; all others get what goes to everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .score import Column, Columns, Mask, People, Sight, best, read_by, scores

if TYPE_CHECKING:
    from ..scenarios.formula import Term
    from ..scenarios.levers import Levers
    from .state import World

LET_BE, LEFT_OUT, HELD_OUT = 0, 1, 2
"""Why somebody is spared: not picked this month, or in the holdout group for good; else 0."""
READ = {"firm", "listed", "member", "purchases", "identified", "silence", "dealt"}
"""Fields of people by which some are picked."""
MEASURED = {"firm", "listed", "identified", "purchases", "spend"}
"""Fields by which it is told what picking has brought."""

COUNTED: dict[str, Term] = {"frequency": "purchases", "value": "spend", "signal": "wishes"}
"""What somebody is picked by, counted over about a year."""

Draw = Callable[[int, int], Column]
"""Uniforms of so many people, shape (people,): of a month, or of the holdout group at -1."""


class Tally(NamedTuple):
    """What a group of identified customers has done, as far as the company sees."""

    months: int = 0
    purchases: int = 0
    spend: int = 0
    lost: int = 0

    def __add__(self, other: tuple[int, ...]) -> Tally:  # type: ignore[override]
        return Tally(*(one + more for one, more in zip(self, other, strict=True)))


class Targeting:
    """Whom one company targets, month after month, and what that has brought."""

    def __init__(self) -> None:
        self.sight = Sight()
        self.last: Column | None = None
        """Month of the last purchase that the company has seen; -inf for strangers."""
        self.known: Mask | None = None
        """Who was identified when last picked; None while nobody is left out."""
        self.held: Mask | None = None
        """Who of them is held out."""
        self.targeted, self.untouched = Tally(), Tally()
        self.lots: Column | None = None
        """What decides who is held out, drawn once."""

    def pick(self, people: People, firm: int, levers: Levers, world: World, draw: Draw) -> None:
        """Pick who is targeted this month, from what was seen up to the last one.

        The best share by (score, id) of those identified and not held out. With everybody targeted
        and nobody held out nothing is marked.
        """
        target, holdout = levers.marketing.target, levers.marketing.holdout
        if target.share == 1.0 and holdout == 0.0:
            if self.known is not None:
                ours = people.gather(("firm",))["firm"] == firm
                people.mark("spared", np.full(len(ours), LET_BE), ours)
                self.known = self.held = None
            return
        term = levers.formula() if target.by == "score" else COUNTED.get(target.by, 0.0)
        column = people.gather(READ | read_by(term))
        seen, _ = self.sight.note(column, firm, world, term)
        known = _identified(column, firm, world)
        last = self._look(column, firm, known, world)
        size = len(known)
        if holdout > 0.0 and self.lots is None:
            self.lots = draw(-1, size)
        held = np.zeros(size, dtype=bool) if self.lots is None else known & (self.lots < holdout)
        if target.by == "random":
            found = draw(world.month, size)
        elif target.by == "recency":
            found = np.where(known, last, 0.0)
        else:
            found = scores(term, seen, size)
        chosen = best(found if target.order == "high" else -found, known & ~held, target.share)
        spared = np.where(held, HELD_OUT, np.where(known & ~chosen, LEFT_OUT, LET_BE))
        people.mark("spared", spared, column["firm"] == firm)
        self.known, self.held = known, held

    def measure(self, people: People, firm: int, world: World) -> None:
        """Take down what those held out, and all others identified, have done this month."""
        if self.held is None or self.known is None or not self.held.any():
            return
        column = people.gather(MEASURED)
        shown = column["identified"] == 1
        stayed = (column["firm"] == firm) & (column["listed"] == 1)

        def tally(group: Mask) -> Tally:
            seen = group & shown
            return Tally(
                int(np.count_nonzero(group)),
                int(column["purchases"].sum(where=seen)),
                int(column["spend"].sum(where=seen)),
                int(np.count_nonzero(group & ~stayed)),
            )

        self.untouched += tally(self.held)
        self.targeted += tally(self.known & ~self.held)

    def effect(self) -> dict[str, float]:
        """What targeting has brought by the holdout: all others identified less those held out.

        Per customer and month: purchases, spend at list price in currency, and the share that
        stays; empty without both groups.
        """
        one, other = self.targeted, self.untouched
        if not (one.months and other.months):
            return {}

        def per_month(tally: Tally) -> tuple[float, float, float]:
            months = tally.months
            return tally.purchases / months, tally.spend / 1e6 / months, 1.0 - tally.lost / months

        names = ("campaign_purchases", "campaign_spend", "campaign_retention")
        pairs = zip(names, per_month(one), per_month(other), strict=True)
        return {name: reached - held for name, reached, held in pairs}

    def _look(self, column: Columns, firm: int, known: Mask, world: World) -> Column:
        """Note the purchases seen last month; of those newly known, what the books say."""
        before = float(world.month - 1)
        last = np.full(len(known), -np.inf) if self.last is None else self.last
        last = np.where(known & np.isinf(last), before - column["silence"], last)
        bought = (column["purchases"] > 0) & (column["identified"] == 1) & (column["dealt"] == firm)
        self.last = np.where(known, np.where(bought, before, last), -np.inf)
        return self.last


def _identified(column: Columns, firm: int, world: World) -> Mask:
    """Whom company number `firm` can tell apart as a month begins, newcomers too."""
    ours = (column["firm"] == firm) & (column["listed"] == 1)
    return np.asarray(ours if world.contractual else ours & (column["member"] == 1))
