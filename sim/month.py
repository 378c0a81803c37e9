"""One month, in nine events. This file owns their order; the rules own what happens in them.

1. *Shocks* strike; scheduled changes of levers take effect.
2. *Companies plan*: levers become this month's offers.
3. *Customers shop*: purchases, spend, points; the need for service arises.
4. *Service happens*: companies turn load into waiting; encounters, failures, recovery.
5. *Customers feel*: one appraisal of all encounters: satisfaction, trust, engagement.
6. *Customers speak*: praise, warnings, complaints, public posts, ideas; former ones still warn.
7. *Others hear*: neighbours update what they believe.
8. *Customers stay, leave or join*.
9. *The books close*.

Events 1, 2, the waiting of 4, and 9 are steps of companies (`live`); the others are three passes
over people, written once for both engines: `shop` (3), `serve` (4-6), `decide` (7-9). A pass sees
one person, the offers, the world and what neighbours *said*; nobody writes into anybody else, so
no result depends on the order of people or of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..agents.accelerate import rule
from ..agents.company import Company
from ..agents.luck import RivalLuck
from ..agents.operations import meet
from ..agents.rivalry import compete
from ..agents.rules import Rules
from ..agents.rules.joining import claims, end
from ..agents.rules.offers import honour, is_addressed, is_missed, promise
from ..agents.rules.points import void
from ..agents.rules.queue import abandon
from ..agents.state import Offer, Person, Said, Totals, World
from .generator import Draws, Key, luck_of_targets
from .ledger import keep, post, welcome
from .signs import (
    CUSTOMER,
    DEFENDS,
    SEEN,
    SPOKE,
    ended_of_late,
    introducer,
    publish,
    tell_apart,
)
from .world import Path


class People(Protocol):
    """An engine: it runs the three passes over everybody, whose luck goes by its `key`."""

    key: Key

    def shop(self, offers: Sequence[Offer], world: World) -> list[Totals]:
        """Event 3; returns needs for service, by company."""

    def serve(self, offers: Sequence[Offer], world: World) -> None:
        """Events 4 to 6."""

    def tend(self, offers: Sequence[Offer], world: World) -> None:
        """Events 3 to 6 at once, person by person, where nobody's need keeps others waiting."""

    def decide(self, offers: Sequence[Offer], world: World) -> list[Totals]:
        """Events 7 to 9; returns the month's totals, by company."""

    def by_cohort(self, horizon: int, companies: int = 1) -> NDArray[np.int64]:
        """Customers in their first relation with their company, by company and month of joining:
        -1 (the base of the home company) to `horizon`.

        Who was dormant at the start is of no cohort.
        """

    def stages(self, world: World) -> NDArray[np.int64]:
        """Where everybody stands on the journey: numbers of `agents.rules.journey.STAGES`."""

    def column(self, name: str) -> NDArray[Any]:
        """One field of everybody."""

    def gather(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Some fields of everybody, each in an array of its own."""

    def mark(self, name: str, values: NDArray[Any], among: NDArray[np.bool_]) -> None:
        """Set one field of those `among` everybody."""

    def columns(self) -> NDArray[np.void]:
        """Everybody, as records."""


def live(
    people: People, companies: Sequence[Company], world: World, path: Path, month: int
) -> list[Totals]:
    """One month of a market; returns what it added up to, by company."""
    path.enter(world, month)
    offers = [company.plan(month, world) for company in companies]
    compete(companies, offers, world)
    for number, company in enumerate(companies):
        company.target(people, number, world, luck_of_targets(people.key, number))
    world.freed = int(any(offer.freed for offer in offers))
    desks = [company.levers(month).service.desks for company in companies]
    if not any(desks):
        people.tend(offers, world)
    else:
        needs = people.shop(offers, world)
        for offer, staffed, need in zip(offers, desks, needs, strict=True):
            meet(offer, staffed, need)
        people.serve(offers, world)
    totals = people.decide(offers, world)
    for number, (company, total) in enumerate(zip(companies, totals, strict=True)):
        company.learn(total, world)
        company.observe(people, number, world)
    return totals


class Passes(NamedTuple):
    """The three passes over people. `serve` returns the person's sign; `decide` whether they are to
    be visited next month: the others are outside any relation, so `shop` and `serve` would do
    nothing."""

    shop: Callable[..., None]
    serve: Callable[..., int]
    decide: Callable[..., bool]


def passes(rules: Rules, draws: Draws) -> Passes:
    """The passes of a month made of these rules, with luck from these draws."""
    shop_luck, serve_luck, encounter_luck = draws.shop, draws.serve, draws.encounter
    hear_luck, leave_luck, spell_luck = draws.hear, draws.leave, draws.spell
    rival_luck = draws.rival
    expire, renew, visit, buy = rules.expire, rules.renew, rules.visit, rules.buy
    deal, adopt_channel, need, queue = rules.deal, rules.adopt_channel, rules.need, rules.queue
    enrol, earn, review, redeem = rules.enrol, rules.earn, rules.review, rules.redeem
    attend, approach, cut_off = rules.attend, rules.approach, rules.cut_off
    encounter, escalate = rules.encounter, rules.escalate
    appraise, shake, trust, engage = rules.appraise, rules.shake, rules.trust, rules.engage
    accept, drift, opt_out = rules.accept, rules.drift, rules.opt_out
    speak, act = rules.speak, rules.act
    suggest, tell, wish, linger = rules.suggest, rules.tell, rules.wish, rules.linger
    fade, notice, hear = rules.fade, rules.notice, rules.hear
    leaning, leave, join, begin = rules.leaning, rules.leave, rules.join, rules.begin
    go_over, save, come_back = rules.go_over, rules.save, rules.come_back

    @rule
    def shop(
        customer: Person, offers: Sequence[Offer], world: World, key: Key, totals: Sequence[Totals]
    ) -> None:
        if customer.firm < 0:
            if ended_of_late(customer) or customer.contribution != 0 or customer.expired != 0:
                clear(customer)  # the last flows of a relation that is over
            return
        clear(customer)
        if customer.promised > 0.0:
            honour(customer)
        offer = offers[customer.firm]
        expire(customer, offer, world)
        renew(customer, offer, world)
        if customer.alive == 1:
            special = offer.coupon > 0.0 or customer.seeking == 1
            luck = shop_luck(key, customer.id, world.month, special)
            visit(customer, offer, world, luck)
            buy(customer, offer, world, luck)
            deal(customer, offer, world, luck)
            adopt_channel(customer, offer, world, luck)
            need(customer, offer, world, luck)
            queue(customer, offer)
            enrol(customer, offer, world, luck)
            earn(customer, offer, world, luck)
            review(customer, offer, world)
            redeem(customer, offer, world, luck)
        else:
            customer.silence += 1
        totals[customer.firm].listed += customer.listed
        totals[customer.firm].encounters += customer.encounters

    @rule
    def serve(customer: Person, offers: Sequence[Offer], world: World, key: Key, said: Said) -> int:
        if customer.alive == 1:
            offer = offers[customer.firm]
            luck = serve_luck(key, customer.id, world.month, offer.active == 1)
            attend(customer, offer, luck)
            approach(customer, offer, world, luck)
            cut_off(customer, offer, luck)
            special = offer.surprise > 0.0 or offer.concierge > 0.0
            special = special or offer.repeats == 1 or offer.path > 0.0
            for turn in range(customer.encounters):
                met = encounter_luck(key, customer.id, world.month, turn, special)
                before = customer.returning
                encounter(customer, offer, world, met)
                if offer.path > 0.0 and customer.returning == before:
                    escalate(customer, offer, world, met)
            appraise(customer, offer, world)
            shake(customer, offer, luck)
            trust(customer, offer, world)
            accept(customer, offer, world)
            engage(customer, offer, world)
            drift(customer, world, luck)
            opt_out(customer, offer, world, luck)
            speak(customer, offer, world, luck)
            act(customer, offer, world, luck)
            suggest(customer, offer, world, luck)
            tell(customer, offer, world, luck)
            wish(customer, offer, world, luck)
        elif ended_of_late(customer):
            customer.since_left += 1
            if ended_of_late(customer) and world.former_talk > 0.0:
                linger(customer, world, serve_luck(key, customer.id, world.month, False))
        return publish(customer, said)

    @rule
    def decide(
        customer: Person,
        offers: Sequence[Offer],
        world: World,
        key: Key,
        said: Sequence[Said],
        signs: Sequence[int],
        starts: Sequence[int],
        neighbours: Sequence[int],
        totals: Sequence[Totals],
    ) -> bool:
        involved = customer.firm >= 0
        fade(customer, world)
        first = starts[customer.id]
        degree = starts[customer.id + 1] - first
        departed, customers, defenders, won = 0.0, 0, 0, 0
        for slot in range(first, first + degree):
            near = neighbours[slot]
            sign = signs[near]
            customers += sign & CUSTOMER
            defenders += (sign & DEFENDS) >> 3
            if sign & SEEN == 0:
                continue
            heard = said[near]
            if world.rivals == 0 or customer.firm < 0 or heard.left == customer.firm:
                departed += heard.departed
            won += int(heard.referrer == customer.id)
            if sign & SPOKE:
                listening = hear_luck(key, customer.id, world.month, near)
                hear(customer, heard, starts[near + 1] - starts[near], world, listening)
        notice(customer, departed, customers, defenders, won, world)
        if world.rivals > 0:
            tell_apart(customer, signs, neighbours, first, degree, world)
        if customer.referrer >= 0:
            active = said[customer.referrer].firm == customer.firm
            customer.referrer_active = 1 if active else 0
        won_by, goes = 0, -1
        if customer.alive == 1:
            customer.leaning = leaning(customer, offers[customer.firm], world)
            customer.since_referral += 1
            if world.settling == 0:
                customer.tenure += 1
                luck = leave_luck(key, customer.id, world.month)
                leave(customer, offers[customer.firm], world, luck)
                if customer.alive == 0 and offers[customer.firm].save > 0.0:
                    save(customer, offers[customer.firm], world, luck)
                if customer.alive == 0:
                    totals[customer.firm].dropped += abandon(customer)
                    customer.past = customer.firm
                    customer.since_left = 0
                    if world.rivals > 0:
                        goes = go_over(customer, world, rival_luck(key, customer.id, world.month))
        elif customer.firm < 0 and world.settling == 0:
            luck = leave_luck(key, customer.id, world.month)
            choice = UNDECIDED
            past = customer.past
            former = past >= 0 and is_addressed(customer, offers[past], world)
            if world.rivals > 0 or former:
                choice = rival_luck(key, customer.id, world.month)
            won = join(customer, offers, degree, world, luck, choice)
            if former:
                totals[past].addressed += 1
                if won == 0 and come_back(customer, offers[past], world, choice):
                    won = 2 * past + 1
            if won > 0:
                firm = (won - 1) // 2
                won_by = won - 2 * firm
                drawn = spell_luck(key, customer.id, customer.spell + 1)
                begin(customer, firm, world.month + 1, world, drawn)
                customer.won_by_talk = 1 if won_by == 2 else -1
                if former and firm == past:
                    promise(customer, offers[firm].winback_discount, offers[firm].winback_months)
                    totals[firm].won_back += 1
                if won_by == 2:
                    customer.referrer = introducer(
                        customer, signs, neighbours, first, degree, world, luck.neighbour
                    )
                    customer.referrer_active = 1
                    customer.referred = 1 if claims(offers[firm], world, drawn) else 0
                    if firm == 0 and customer.base == 0 and customer.back == 0:
                        customer.winner = customer.referrer  # nobody is credited for winning back
                        customer.rewarded = customer.referred
        if customer.firm >= 0:
            strike_off(customer, world, totals[customer.firm])
            if customer.listed == 0 and customer.alive == 1:
                if is_missed(customer, offers[customer.firm], world):
                    totals[customer.firm].addressed += 1
            over = customer.alive == 0 and customer.listed == 0
            if over or goes >= 0:
                void(customer)
            post(customer, offers[customer.firm], world, won_by, totals[customer.firm])
            if customer.offered == 2:  # what was bought this month had its price already
                promise(customer, offers[customer.firm].save, offers[customer.firm].save_months)
            unseen = customer.firm if customer.listed == 1 else -1
            silence = customer.silence
            if over or goes >= 0:
                end(customer, world)
            if goes >= 0:
                drawn = spell_luck(key, customer.id, customer.spell + 1)
                begin(customer, goes, world.month + 1, world, drawn)
                totals[customer.past].went_over += 1
                welcome(customer, world, totals[goes])
                if customer.unseen >= 0:
                    totals[customer.unseen].lost += 1
                customer.unseen = unseen
                customer.unseen_silence = silence
                customer.unseen_dues = 0
        if world.rivals > 0 and goes < 0 and customer.unseen >= 0:
            keep(customer, offers[customer.unseen], world, totals[customer.unseen])
        seen = signs[customer.id] != 0 or ended_of_late(customer)
        return customer.firm >= 0 or involved or seen

    return Passes(shop, serve, decide)


UNDECIDED = RivalLuck(0.0, 0.0, 1.0)
"""The luck of choosing where there is no choice."""


@rule
def clear(customer: Person) -> None:
    """The flows of a month start at zero."""
    customer.lapsing = 0
    customer.shaken = 0.0
    customer.couponed = 0
    customer.approached = 0
    customer.offered = 0
    customer.cut_off = 0
    customer.purchases = 0
    customer.spend = 0
    customer.issued = 0
    customer.redeemed = 0
    customer.expired = 0
    customer.reward_cost = 0
    customer.identified = 0
    customer.saved = 0
    customer.fee = 0
    customer.arrived = 0
    customer.encounters = 0
    customer.consulted = 0
    customer.advised = 0
    customer.refused = 0
    customer.failures = 0
    customer.unrecovered = 0
    customer.complaints = 0
    customer.posts = 0
    customer.surprises = 0
    customer.delight = 0.0
    customer.praise = 0
    customer.paid_praise = 0
    customer.subscribed = 0
    customer.ambassador = 0
    customer.ideas = 0
    customer.warnings = 0
    customer.referrals = 0
    customer.performance_sum = 0.0
    customer.gap_sum = 0.0
    customer.good_sum = 0.0
    customer.poor_sum = 0.0
    customer.customers_near = 0
    customer.contribution = 0


@rule
def strike_off(customer: Person, world: World, totals: Totals) -> None:
    """Keep the list of customers: a contract ends at once, a buyer after long silence.

    Counted by the books (joined, returned, lost) and by the truth (left).
    """
    listed = customer.alive
    if world.contractual == 0:
        listed = 1 if customer.silence < world.inactivity_months else 0
    if world.settling == 1:
        listed = customer.listed
    if listed < customer.listed:
        totals.lost += 1
    elif listed > customer.listed:
        totals.returned += 1
    if customer.alive == 0 and customer.lapsing == 1:
        totals.left += 1
    customer.listed = listed
