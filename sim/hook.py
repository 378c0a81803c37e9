"""A strategy that decides each month, by a function of the user's, from what a company can see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import ValidationError

from ..agents.score import SEEN, People, Sight, read_by
from ..agents.state import World
from ..scenarios.errors import BadInput, shown
from ..scenarios.levers import Change, Levers, Strategy

BOOKS = (
    "month", "customers", "churn_rate", "engagement_score", "joined", "returned", "lost",
    "offers", "kept", "addressed", "won_back", "members",
    "enrolled", "purchases", "arrived", "encounters", "backlog", "requests", "consulted", "refused",
    "complaints", "posts", "referrals", "approaches", "targeted", "held_out", "paid_praise",
    "ideas", "ideas_used", "ambassadors", "issued", "redeemed", "expired", "outstanding", "revenue",
    "fees", "discounts", "member_discounts", "goods", "rewards", "service", "experts", "marketing",
    "community", "data", "referral_rewards", "acts", "idea_costs", "acquisition", "fixed",
    "switching", "invested", "reinvested", "liability", "deferred_revenue", "active_rate",
    "identified", "redemption_rate", "breakage", "reward_share", "profit", "programme", "cac",
    "cash", "paused",
)  # fmt: skip
"""The curves that a company knows: what it books and counts, and nothing of what people feel."""


class View(NamedTuple):
    """What a company can see as a month begins; copies, so that nothing is changed by changing it.

    `books`: the curves that it knows, one row per month so far. `customers`: one row per identified
    customer, by number, with what has been counted of each (the interactions of a score), over
    about a year or as it stands. `levers`: those in force last.
    """

    books: pd.DataFrame
    customers: pd.DataFrame
    levers: Levers


Decide = Callable[[int, View], Mapping[str, Any] | None]
"""From the month and the view, the levers that change from now on (dotted), or nothing."""


class Watch:
    """What a company has counted of its identified customers, for its own use."""

    def __init__(self) -> None:
        self._sight = Sight()

    def customers(self, people: People, world: World) -> pd.DataFrame:
        """One row per identified customer as a month begins; to be asked for every month."""
        term = ("+", tuple(SEEN))
        seen, known = self._sight.note(people.gather(read_by(term)), 0, world, term)
        index = pd.Index(np.flatnonzero(known), name="customer_id")
        return pd.DataFrame({name: seen[name][known] for name in SEEN}, index=index)


def changed(strategy: Strategy, month: int, changes: object) -> Strategy:
    """A strategy with levers changed from a month on, as a scheduled change would do.

    Raises BadInput for what is no change of levers, and where reinvesting would begin.
    """
    place = f"decide, month {month}"
    if not isinstance(changes, Mapping) or not all(isinstance(key, str) for key in changes):
        raise BadInput(f"{place}: got {shown(changes)}, allowed is {{lever: value}}, or nothing")
    try:
        change = Change(month=month, set=dict(changes))
        found = strategy.model_copy(update={"changes": (*strategy.changes, change)})
        schedule = found.schedule()
    except ValidationError:
        raise BadInput(f"{place}: got {shown(changes)}, allowed are some levers") from None
    except ValueError as error:
        raise BadInput(f"{place}: {str(error).removeprefix(f'changes, month {month}: ')}") from None
    if _reinvests(schedule) and not _reinvests(strategy.schedule()):
        raise BadInput(
            f"{place}: flywheel.reinvested: got a share, allowed only where the strategy itself "
            "reinvests at some time"
        )
    return found


def _reinvests(schedule: list[tuple[int, Levers]]) -> bool:
    return any(step.flywheel.reinvested > 0.0 for _, step in schedule)
