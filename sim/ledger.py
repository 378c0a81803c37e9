"""Money: what a person's month posts, and the double-entry books that close each month.

Money is an integer in millionths of the currency, rounded once per posting. Points are integers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..agents.accelerate import rule
from ..agents.rules.deals import price_off, public_price_off
from ..agents.rules.satisfaction import actively_disengaged
from ..agents.rules.signals import identified
from ..agents.rules.talk import is_hostage
from ..agents.state import LOTS, Offer, Person, Totals, World

MICRO = 1_000_000

Counts = NDArray[np.int64]


@rule
def post(customer: Person, offer: Offer, world: World, won_by: int, totals: Totals) -> None:
    """Post one person's month with a company: counts, money, states.

    Points are accrued: issuing raises the liability, redemption pays it, expiry releases it. What
    a company does for its customers it pays for everybody on its books, the silently lost too; a
    visit by somebody who is not on them costs nothing.
    """
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
    if customer.offered > 0:
        marketing = offer.save_cost
        totals.offers += 1
        totals.kept += customer.offered - 1
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
    customer.dealt = customer.firm
    worth = customer.contribution / 1e6 * world.discount
    if world.rivals == 0 or customer.firm == 0:
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
    totals.reward_cost += customer.reward_cost
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
    count(customer, world, totals)


@rule
def welcome(customer: Person, world: World, totals: Totals) -> None:
    """Put somebody on the books who has come over from another company. What they did this month
    was done there."""
    totals.joined += 1
    totals.came_over += 1
    count(customer, world, totals)


@rule
def keep(customer: Person, offer: Offer, world: World, totals: Totals) -> None:
    """Keep somebody on the books who has gone over without a word, until they are missed: what the
    company does for its customers it pays for them too."""
    customer.unseen_silence += 1
    customer.unseen_dues = 0
    if customer.unseen_silence >= world.inactivity_months:
        customer.unseen = -1
        totals.lost += 1
        return
    service = offer.service_cost + offer.service_invested + offer.staff_cost
    marketing = offer.marketing_cost + offer.marketing_invested + offer.message_cost
    community = offer.community_cost + offer.community_invested
    cost = offer.points_cost + service + offer.expert_cost + marketing + community
    cost += offer.data_cost
    customer.unseen_dues = -cost
    if customer.unseen == 0:
        worth = -cost / 1e6 * world.discount
        customer.value += worth
        if customer.base == 1:
            totals.base_value += worth
    totals.listed += 1
    totals.served += 1
    totals.messaged += 1
    totals.rewards += offer.points_cost
    totals.service += service
    totals.experts += offer.expert_cost
    totals.marketing += marketing
    totals.community += community
    totals.data += offer.data_cost
    totals.contribution -= cost


@rule
def count(customer: Person, world: World, totals: Totals) -> None:
    """Count one person as they stand with a company at the month's end."""
    for lot in range(LOTS):
        totals.outstanding += customer.points[lot]
    totals.listed += customer.listed
    totals.alive += customer.alive
    if customer.member == 1 and (customer.alive == 1 or customer.listed == 1):
        totals.members += 1
        totals.enrolled += 1 if customer.member_months == 0 else 0
        totals.active_members += 1 if customer.since_active < 12 else 0
    if customer.alive == 1:
        totals.told += 1 if customer.told > 0.0 else 0
        totals.multichannel += customer.multichannel
        totals.disengaged += 1 if actively_disengaged(customer) else 0
        totals.hostages += 1 if is_hostage(customer, world) else 0
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

PROGRAMME = (
    "discounts",
    "rewards",
    "service",
    "experts",
    "marketing",
    "community",
    "data",
    "referral_rewards",
    "acts",
    "ideas",
    "fixed",
    "switching",
)
"""The accounts of what is spent on customers beyond goods and winning them."""

RESULTS = ACCOUNTS[2:]
"""The accounts of revenue and fees (credit) and expenses (debit)."""


@rule
def note_cohort(customer: Person, count: Counts) -> None:
    """Count a customer in their first relation with their company; shape (companies, horizon + 2),
    the base of the home company first. Who was dormant at the start is of no cohort."""
    early = customer.spell == 1 if len(count) == 1 else customer.back == 0
    if customer.alive == 1 and early and (customer.base == 1 or customer.cohort >= 0):
        if customer.cohort + 1 < count.shape[1]:
            count[customer.firm, customer.cohort + 1] += 1


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

    @property
    def programme(self) -> int:
        """Spending beyond what neutral management would spend on the same contacts and customers,
        millionths of the currency; below 0 where that is saved. Acquisition is no part of it."""
        usual = self.totals.contacts * self.offer.usual_encounter_cost
        usual += self.totals.messaged * self.offer.usual_message_cost
        return sum(self.movement[account] for account in PROGRAMME) - usual

    @property
    def budgeted(self) -> int:
        """Of the programme, what a yearly budget is for: neither new levers, nor, where it pauses,
        the points that were owed and the prices that were promised before."""
        apart = self.movement["switching"]
        if self.offer.paused:
            apart += self.movement["rewards"] + self.movement["discounts"]
        return self.programme - apart


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
            Entry("acquisition", "cash", totals.addressed * offer.winback_cost),
            Entry("fixed", "cash", offer.fixed_cost),
            Entry("switching", "cash", switching),
        ]


def ideas_read(totals: Totals, offer: Offer) -> int:
    """Ideas of a month that the company reads: at most its cap for each customer on the books."""
    return min(totals.ideas, int(offer.ideas * totals.listed))
