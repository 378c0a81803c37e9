"""The engagement score: a company's own formula over what it has seen its customers do.

No single measure of engagement suits all, so each company writes its own. It counts interactions of
identified customers only: those under contract, and members of a programme. What people feel, or
say in private, it cannot count.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..scenarios.formula import Term
    from .state import World

Column = NDArray[np.float64]
Columns = Mapping[str, NDArray[Any]]
"""Fields of everybody, each of shape (people,), by name."""
Mask = NDArray[np.bool_]

KEPT = 11.0 / 12.0
"""Of a count, what is kept from one month to the next, so that it stands for about a year."""


class People(Protocol):
    """Everybody: what a company reads of its customers, and whom it marks."""

    def gather(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Some fields of everybody, each in an array of its own."""

    def mark(self, name: str, values: NDArray[Any], among: Mask) -> None:
        """Set one field of those `among` them."""


class Seen(NamedTuple):
    """How an interaction is seen: the field it is read from, and what is made of it."""

    field: str
    of: Callable[[NDArray[Any]], NDArray[Any]] = lambda column: column
    counted: bool = True
    """Over a year; else as it stands today."""
    by_card: bool = False
    """Without a contract, seen only in months in which the card was shown."""


SEEN = {
    "purchases": Seen("purchases", by_card=True),
    "spend": Seen("spend", lambda column: column / 1e6, by_card=True),
    "contacts": Seen("encounters"),
    "complaints": Seen("complaints"),
    "posts": Seen("posts"),
    "ideas": Seen("ideas"),
    "shares": Seen("paid_praise"),
    "referrals": Seen("referrals"),
    "coupons": Seen("couponed"),
    "rewards": Seen("redeemed", lambda column: column > 0),
    "wishes": Seen("wishing"),
    "told": Seen("told", counted=False),
    "channels": Seen("multichannel", lambda column: 1 + column, counted=False),
    "subscribed": Seen("opted_out", lambda column: 1 - column, counted=False),
    "tier": Seen("tier", counted=False),
}
"""How each interaction that a formula may name is seen."""


def _ratio(one: Any, other: Any) -> Any:
    """A division, by zero zero."""
    none = np.equal(other, 0.0)
    return np.where(none, 0.0, np.divide(one, np.where(none, 1.0, other)))


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": _ratio,
    "min": np.minimum, "max": np.maximum,
}  # fmt: skip


def scores(term: Term, seen: Mapping[str, Column], people: int) -> Column:
    """What a formula comes to for each of `people`; where that is no number, 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        found: Column = np.nan_to_num(np.broadcast_to(_worked_out(term, seen), (people,)))
    return found


def _worked_out(term: Term, seen: Mapping[str, Column]) -> Any:
    match term:
        case float():
            return term
        case str():
            return seen[term]
        case (operation, parts):
            return functools.reduce(
                OPERATIONS[operation], [_worked_out(part, seen) for part in parts]
            )


def named(term: Term) -> set[str]:
    """The interactions in a formula."""
    match term:
        case float():
            return set()
        case str():
            return {term}
        case (_, parts):
            return set().union(*map(named, parts))


def read_by(term: Term) -> set[str]:
    """The fields of people that counting the interactions of a formula reads."""
    own = {"firm", "dealt", "listed", "member", "identified"}
    return own | {SEEN[name].field for name in named(term)}


class Sight:
    """What one company has seen of its identified customers, month after month.

    A count starts when somebody is first identified, and is forgotten when they no longer are.
    """

    def __init__(self) -> None:
        self.months = 0
        self.counts: dict[str, Column] = {}

    def note(
        self, column: Columns, firm: int, world: World, term: Term
    ) -> tuple[dict[str, Column], Mask]:
        """Count a month of company number `firm`: the interactions of a formula as they stand now,
        shape (people,), and who is identified; of others they are 0. `column`: `read_by` it."""
        names = sorted(named(term))
        known = (column["firm"] == firm) & (column["dealt"] == firm) & (column["listed"] == 1)
        if not world.contractual:
            known = known & (column["member"] == 1)
        shown = known & (column["identified"] == 1)
        now: dict[str, Column] = {}
        for name in names:
            how = SEEN[name]
            now[name] = np.where(shown if how.by_card else known, how.of(column[how.field]), 0.0)
            if how.counted and name in self.counts:
                now[name] += np.where(known, KEPT * self.counts[name], 0.0)
        self.counts = {name: now[name] for name in now if SEEN[name].counted}
        self.months += 1
        return now, known


def ask(people: People, ours: Mask, found: Column, known: Mask, share: float) -> None:
    """Ask the best `share` of the identified customers of a company, and nobody else of `ours`."""
    people.mark("asked", best(found, known, share), ours)


def best(found: Column, known: Mask, share: float) -> Mask:
    """The `share` of those known with the highest scores, to the nearest number; of equals, those
    with the lowest id."""
    wanted = math.floor(share * int(known.sum()) + 0.5)
    chosen = np.zeros(len(found), dtype=bool)
    if wanted == 0:
        return chosen
    among = found[known]
    last = np.partition(among, len(among) - wanted)[len(among) - wanted]
    chosen[known & (found > last)] = True
    equals = np.flatnonzero(known & (found == last))
    chosen[equals[: wanted - int(chosen.sum())]] = True
    return chosen
