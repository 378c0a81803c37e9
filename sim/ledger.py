"""Money: what a person's month posts, and the double-entry books that close each month.

Money is an integer in millionths of the currency, rounded once per posting. Points are integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..agents.accelerate import rule
from ..agents.rules.deals import price_off, public_price_off
from ..agents.rules.satisfaction import actively_disengaged
from ..agents.rules.signals import identified
from ..agents.rules.talk import is_hostage
from ..agents.state import LOTS, Offer, Person, Totals, World

MICRO = 1_000_000


@rule
def post(customer: Person, offer: Offer, world: World, won_by: int, totals: Totals) -> None:
    """Post one person's month with a company: counts, money, states.

    Points are accrued: issuing raises the liability, redemption pays it, expiry releases it. What
    a company does for its customers it pays for everybody on its books, the silently lost too; a
    visit by somebody who is not on them costs nothing.
    """
    held = 0
    for lot in range(LOTS):
        held += customer.points[lot]
    recovered = customer.failures - customer.unrecovered
    discount = int(customer.spend * price_off(customer, offer) + 0.5)
    customer.saved = discount - int(customer.spend * public_price_off(customer, offer) + 0.5)
    goods = int(customer.spend * offer.goods + 0.5)
    rewards = (
        customer.issued - customer.redeemed - customer.expired
    ) * offer.point_liability + customer.reward_cost
    service = 0
    experts = 0
    marketing = 0
    community = 0
    data = 0
    served = customer.listed == 1 and won_by == 0
    if served:
        rewards += offer.points_cost
        service = (
            offer.service_cost
            + offer.service_invested
            + offer.staff_cost
            + customer.encounters * offer.encounter_cost
            + recovered * offer.recovery_cost
            + customer.surprises * offer.surprise_cost
            + customer.approached * offer.proactive_cost
        )
        experts = offer.expert_cost + customer.consulted * offer.appointment_cost
        marketing += offer.marketing_cost + offer.marketing_invested
        if customer.opted_out == 0 and customer.spared == 0:
            marketing += offer.message_cost
            totals.messaged += 1
        if customer.spared == 0 and identified(customer, world):
            totals.targeted += 1
        totals.held_out += customer.spared >> 1
        totals.served += 1
        totals.contacts += customer.encounters
        totals.repairs += recovered
        totals.appointments += customer.consulted
        totals.surprises += customer.surprises
        totals.approaches += customer.approached
        community += offer.community_cost + offer.community_invested
        data += offer.data_cost
    referral = 0
    if won_by > 0:
        totals.joined += 1
        if won_by == 2:
            totals.joined_by_talk += 1
        if customer.referred == 1:
            totals.referrals += 1
            referral = offer.referral_reward
    acts = customer.paid_praise * offer.sharing_cost + customer.subscribed * offer.subscribing_cost
    if served and customer.ambassador > 0:
        totals.ambassadors += 1
        community += offer.ambassador_cost
        acts += offer.ambassador_pay
    cost = discount + goods + rewards + service + experts + marketing + community + data + referral
    cost += acts
    customer.contribution = customer.spend + customer.fee - cost
    worth = customer.contribution / 1e6 * world.discount
    customer.value += worth
    if customer.base == 1:
        totals.base_value += worth
    totals.revenue += customer.spend
    totals.identified += customer.identified * customer.spend
    totals.fees += customer.fee
    totals.discounts += discount
    totals.member_discounts += customer.saved
    totals.goods += goods
    totals.rewards += rewards
    totals.service += service
    totals.experts += experts
    totals.marketing += marketing
    totals.community += community
    totals.data += data
    totals.referral_rewards += referral
    totals.acts += acts
    totals.contribution += customer.contribution
    totals.issued += customer.issued
    totals.redeemed += customer.redeemed
    totals.expired += customer.expired
    totals.outstanding += held
    totals.reward_cost += customer.reward_cost
    totals.listed += customer.listed
    totals.alive += customer.alive
    if customer.member == 1 and (customer.alive == 1 or customer.listed == 1):
        totals.members += 1
        totals.enrolled += 1 if customer.member_months == 0 else 0
        totals.active_members += 1 if customer.since_active < 12 else 0
    totals.purchases += customer.purchases
    totals.arrived += customer.arrived
    totals.encounters += customer.encounters
    totals.backlog += customer.backlog
    totals.requests += customer.seeking
    totals.consulted += customer.consulted
    totals.refused += customer.refused
    totals.failures += customer.failures
    totals.unrecovered += customer.unrecovered
    totals.complaints += customer.complaints
    totals.posts += customer.posts
    totals.praise += customer.praise
    totals.warnings += customer.warnings
    totals.paid_praise += customer.paid_praise
    totals.ideas += customer.ideas
    if customer.alive == 1:
        totals.told += 1 if customer.told > 0.0 else 0
        totals.multichannel += customer.multichannel
        totals.disengaged += 1 if actively_disengaged(customer) else 0
        totals.hostages += 1 if is_hostage(customer) else 0
        satisfied = customer.satisfaction >= 0.6
        totals.unengaged += 1 if satisfied and customer.engagement < world.engaged else 0
        totals.satisfaction += customer.satisfaction
        totals.trust += customer.trust
        totals.engagement += customer.engagement
        if customer.quiet < 12:
            totals.advocates += 1


ACCOUNTS = (
    "cash",
    "points_liability",
    "revenue",
    "fees",
    "discounts",
    "goods",
    "rewards",
    "service",
    "experts",
    "marketing",
    "community",
    "data",
    "referral_rewards",
    "acts",
    "ideas",
    "acquisition",
    "fixed",
    "switching",
)
OWN = ("ideas", "acquisition", "fixed", "switching")
"""The accounts of what a company spends on nobody in particular."""

RESULTS = ACCOUNTS[2:]
"""The accounts of revenue and fees (credit) and expenses (debit)."""


class Entry(NamedTuple):
    """One posting: `amount` (millionths, >= 0 or a reversal) from `credit` to `debit`."""

    debit: str
    credit: str
    amount: int


class Month(NamedTuple):
    """A closed month: movements by account (debit positive), and what they rest on."""

    movement: dict[str, int]
    totals: Totals
    offer: Offer

    @property
    def profit(self) -> int:
        """Contribution after all programme costs, millionths of the currency."""
        return -sum(self.movement[account] for account in RESULTS)


class Books:
    """The double-entry books of one company, closed month by month.

    Balances are debit minus credit; together they are zero at any time. Points outstanding are
    owed at the rate accrued for one point; a change of that rate revalues what is owed. What is
    owed at the start has been accrued before, against cash.
    """

    def __init__(
        self, listed: int = 0, alive: int = 0, points: int = 0, point_liability: int = 0
    ) -> None:
        owed = points * point_liability
        self.balance = dict.fromkeys(ACCOUNTS, 0) | {"cash": owed, "points_liability": -owed}
        self.listed = listed
        self.alive = alive
        self.points = points
        self.point_liability = point_liability
        self.backlog = 0
        """Contacts begun and not served yet; those of before month 0 are let go."""

    def close(self, totals: Totals, offer: Offer, prospects: int, switching: int = 0) -> Month:
        """Close a month. `prospects` were outside the books at its start: acquisition's target.

        `switching` is what new levers cost once, in millionths of the currency.
        """
        before = dict(self.balance)
        for entry in self._entries(totals, offer, prospects, switching):
            self.balance[entry.debit] += entry.amount
            self.balance[entry.credit] -= entry.amount
        self.point_liability = offer.point_liability
        self.points += totals.issued - totals.redeemed - totals.expired
        self.listed += totals.joined + totals.returned - totals.lost
        self.alive += totals.joined - totals.left
        self.backlog += totals.arrived - totals.encounters - totals.dropped
        movement = {account: self.balance[account] - before[account] for account in ACCOUNTS}
        return Month(movement, totals, offer)

    def _entries(self, totals: Totals, offer: Offer, prospects: int, switching: int) -> list[Entry]:
        paid = totals.reward_cost
        accrued = (totals.issued - totals.redeemed - totals.expired) * offer.point_liability
        revalued = self.points * (offer.point_liability - self.point_liability)
        return [
            Entry("cash", "revenue", totals.revenue),
            Entry("cash", "fees", totals.fees),
            Entry("discounts", "cash", totals.discounts),
            Entry("goods", "cash", totals.goods),
            Entry("rewards", "points_liability", accrued + revalued),
            Entry("rewards", "cash", paid),
            Entry("rewards", "cash", totals.rewards - accrued - paid),
            Entry("service", "cash", totals.service),
            Entry("experts", "cash", totals.experts),
            Entry("marketing", "cash", totals.marketing),
            Entry("community", "cash", totals.community),
            Entry("data", "cash", totals.data),
            Entry("referral_rewards", "cash", totals.referral_rewards),
            Entry("acts", "cash", totals.acts),
            Entry("ideas", "cash", ideas_read(totals, offer) * offer.idea_cost),
            Entry("acquisition", "cash", prospects * offer.acquisition_cost),
            Entry("fixed", "cash", offer.fixed_cost),
            Entry("switching", "cash", switching),
        ]


def ideas_read(totals: Totals, offer: Offer) -> int:
    """Ideas of a month that the company reads: at most its cap for each customer on the books."""
    return min(totals.ideas, int(offer.ideas * totals.listed))


class Broken(AssertionError):
    """An identity of the books does not hold."""


def verify(books: Books, month: Month, revalued: int, people: Any) -> None:
    """Check the identities of a closed month against every person; raises Broken, in words.

    `revalued` is what a change of the accrual rate added to the points owed; `people` maps fields
    to columns of all people, shape (people,), points (people, lots).
    """
    broken = [text for text, holds in identities(books, month, revalued, people) if not holds]
    if broken:
        raise Broken("; ".join(broken))


def identities(books: Books, month: Month, revalued: int, people: Any) -> list[tuple[str, bool]]:
    """Each identity in words, and whether it holds."""
    totals, balance, movement = month.totals, books.balance, month.movement
    firm, alive, listed = people["firm"], people["alive"], people["listed"]
    points = people["points"].sum(axis=1)
    outside = firm < 0
    own = sum(movement[account] for account in OWN) + revalued
    states = [people[name] for name in ("satisfaction", "trust", "engagement", "ties")]
    return [
        ("debits equal credits", sum(balance.values()) == 0),
        (
            "points owed are points outstanding at their rate",
            -balance["points_liability"] == totals.outstanding * month.offer.point_liability,
        ),
        ("points in the books are points held", books.points == totals.outstanding),
        ("points held are those of all people", totals.outstanding == int(points.sum())),
        ("no points are owed to anybody below zero", int(people["points"].min(initial=0)) >= 0),
        ("customers of before, won and lost are those of now", books.listed == totals.listed),
        ("customers in the books are those listed", totals.listed == int(listed.sum())),
        ("customers in truth, won and left are those of now", books.alive == totals.alive),
        ("customers in truth are those alive", totals.alive == int(alive.sum())),
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
            totals.backlog == int(people["backlog"].sum()),
        ),
        ("every contact served is paid for once", totals.service == served(totals, month.offer)),
        ("revenue is what people spent", -movement["revenue"] == int(people["spend"].sum())),
        ("fees are what members paid", -movement["fees"] == int(people["fee"].sum())),
        (
            "members' discounts are what members saved",
            totals.member_discounts == int(people["saved"].sum()),
        ),
        (
            "rewards cost what those taken cost",
            totals.reward_cost == int(people["reward_cost"].sum()),
        ),
        (
            "the profit is what people contributed less the company's own costs",
            month.profit == int(people["contribution"].sum()) - own,
        ),
        ("cash moves by the profit and what is owed", _cash_moves(movement, month.profit)),
        (
            "states stay within their bounds",
            all(bool(((state >= 0.0) & (state <= 1.0)).all()) for state in states),
        ),
    ]


def served(totals: Totals, offer: Offer) -> int:
    """What the service of a month costs: contacts, what is done in them, those on duty, budget."""
    return (
        totals.contacts * offer.encounter_cost
        + totals.repairs * offer.recovery_cost
        + totals.surprises * offer.surprise_cost
        + totals.approaches * offer.proactive_cost
        + totals.served * (offer.service_cost + offer.service_invested + offer.staff_cost)
    )


def _cash_moves(movement: Mapping[str, int], profit: int) -> bool:
    return movement["cash"] == profit - movement["points_liability"]
