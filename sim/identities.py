"""What must hold of the books of a month and of the people behind them; checked where asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..agents.state import Offer, Totals
from .ledger import OWN, Books, Month


class Broken(AssertionError):
    """An identity of the books does not hold."""


def verify(books: Books, month: Month, revalued: int, people: Any, firm: int = 0) -> None:
    """Check the identities of a closed month of a company against every person; raises Broken, in
    words.

    `revalued` is what a change of the accrual rate added to the points owed; `people` maps fields
    to columns of all people, shape (people,), points (people, lots).
    """
    found = identities(books, month, revalued, people, firm)
    broken = [text for text, holds in found if not holds]
    if broken:
        raise Broken("; ".join(broken))


def identities(
    books: Books, month: Month, revalued: int, people: Any, firm: int = 0
) -> list[tuple[str, bool]]:
    """Each identity of company number `firm` in words, and whether it holds."""
    totals, balance, movement = month.totals, books.balance, month.movement
    # Whatever those have who never were customers would be an error of the home company.
    mine, dealt = (np.maximum(0, people[name]) == firm for name in ("firm", "dealt"))
    alive, listed, unseen = people["alive"], people["listed"], people["unseen"] == firm
    points = people["points"].sum(axis=1)
    outside = people["firm"] < 0
    own = sum(movement[account] for account in OWN) + revalued
    states = [people[name] for name in ("satisfaction", "trust", "engagement", "ties")]
    return [
        ("debits equal credits", sum(balance.values()) == 0),
        (
            "points owed are points outstanding at their rate",
            -balance["points_liability"] == totals.outstanding * month.offer.point_liability,
        ),
        ("points in the books are points held", books.points == totals.outstanding),
        ("points held are those of all people", totals.outstanding == int(points[mine].sum())),
        ("no points are owed to anybody below zero", int(people["points"].min(initial=0)) >= 0),
        ("customers of before, won and lost are those of now", books.listed == totals.listed),
        (
            "customers in the books are those listed",
            totals.listed == int(listed[mine].sum()) + int(unseen.sum()),
        ),
        ("customers in truth, won and left are those of now", books.alive == totals.alive),
        ("customers in truth are those alive", totals.alive == int(alive[mine].sum())),
        (
            "prospects are neither listed nor alive and hold no points",
            not (alive[outside].any() or listed[outside].any() or points[outside].any()),
        ),
        (
            "everybody in a relation is alive or listed",
            bool(((alive == 1) | (listed == 1))[~outside].all()),
        ),
        (
            "contacts of before, begun and served leave those waiting",
            books.backlog == totals.backlog,
        ),
        (
            "contacts waiting are those of all people",
            totals.backlog == int(people["backlog"][mine].sum()),
        ),
        ("every contact served is paid for once", totals.service == served(totals, month.offer)),
        (
            "offers to stay are those made to people",
            totals.offers == int((people["offered"][dealt] > 0).sum()),
        ),
        (
            "every message and offer to stay is paid for once",
            totals.marketing == marketed(totals, month.offer),
        ),
        ("revenue is what people spent", -movement["revenue"] == int(people["spend"][dealt].sum())),
        ("fees are what members paid", -movement["fees"] == int(people["fee"][dealt].sum())),
        (
            "members' discounts are what members saved",
            totals.member_discounts == int(people["saved"][dealt].sum()),
        ),
        (
            "rewards cost what those taken cost",
            totals.reward_cost == int(people["reward_cost"][dealt].sum()),
        ),
        (
            "the profit is what people contributed less the company's own costs",
            month.profit
            == int(people["contribution"][dealt].sum() + people["unseen_dues"][unseen].sum()) - own,
        ),
        ("cash moves by the profit and what is owed", _cash_moves(movement, month.profit)),
        (
            "states stay within their bounds",
            all(bool(((state >= 0.0) & (state <= 1.0)).all()) for state in states),
        ),
    ]


def between(books: Sequence[Books], months: Sequence[Month], people: Any) -> list[tuple[str, bool]]:
    """Each identity of all companies together in words, and whether it holds."""
    firm = people["firm"]
    customers = sum(own.alive for own in books)
    came, went = (sum(getattr(m.totals, f"{how}_over") for m in months) for how in ("came", "went"))
    return [
        (
            "customers of all companies and others are all people",
            customers + int((people["alive"] != 1).sum()) == len(firm),
        ),
        ("who has gone over has come over", came == went),
        (
            "everybody is with one of the companies or with none",
            bool(((firm >= -1) & (firm < len(books))).all()),
        ),
    ]


def verify_market(books: Sequence[Books], months: Sequence[Month], people: Any) -> None:
    """Check what holds between companies at a month's end; raises Broken, in words."""
    broken = [text for text, holds in between(books, months, people) if not holds]
    if broken:
        raise Broken("; ".join(broken))


def within_budget(months: Sequence[Month], limits: Sequence[int | None]) -> list[tuple[str, bool]]:
    """Each identity of the last year's programme spending in words, and whether it holds.

    `limits`: the yearly budget in force in each month, in millionths, None for none. Fixed costs
    are paid whatever the budget.
    """
    first = (len(months) - 1) // 12 * 12
    year, known = months[first:], [limit for limit in limits[first:] if limit is not None]
    spent = [month.budgeted for month in year]
    fixed = [month.movement["fixed"] for month in year]
    most = max(max(known, default=0), sum(fixed)) + max(spent)
    pauses = [
        amount == due for month, amount, due in zip(year, spent, fixed, strict=True)
        if month.offer.paused
    ]  # fmt: skip
    return [
        (
            "a year's programme exceeds its budget by one month's spending at most",
            len(known) < len(year) or sum(spent) <= most,
        ),
        ("a programme that pauses costs what is fixed", all(pauses)),
    ]


def verify_budget(months: Sequence[Month], limits: Sequence[int | None]) -> None:
    """Check a company's spending against its yearly budgets; raises Broken, in words."""
    broken = [text for text, holds in within_budget(months, limits) if not holds]
    if broken:
        raise Broken("; ".join(broken))


def served(totals: Totals, offer: Offer) -> int:
    """What the service of a month costs: contacts, what is done in them, those on duty, budget."""
    return (
        totals.contacts * offer.encounter_cost
        + totals.repairs * offer.recovery_cost
        + totals.surprises * offer.surprise_cost
        + totals.approaches * offer.proactive_cost
        + totals.served * (offer.service_cost + offer.service_invested + offer.staff_cost)
    )


def marketed(totals: Totals, offer: Offer) -> int:
    """What the marketing of a month costs: messages, offers to stay, budget."""
    return (
        totals.messaged * offer.message_cost
        + totals.offers * offer.save_cost
        + totals.served * (offer.marketing_cost + offer.marketing_invested)
    )


def _cash_moves(movement: Mapping[str, int], profit: int) -> bool:
    return movement["cash"] == profit - movement["points_liability"]
