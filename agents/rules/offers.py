"""Offers of a lower price: to those about to leave, and to those who have left (D5, D6)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import LeaveLuck, RivalLuck
from ..state import Offer, Person, World
from ..targeting import HELD_OUT
from .deals import coming_price
from .leaving import pull_of_rivals, renewal_chance


@rule
def save(customer: Person, offer: Offer, world: World, luck: LeaveLuck) -> None:
    """Who is about to leave at the renewal of a contract is offered a lower price (D5).

    They decide again with the same luck, at the price offered: it holds those whom rivals would not
    draw at that price (G2), and nobody else. No offer is made to the holdout group, nor to who has
    a promised price still. Whether it pays is a result: those most likely to leave need not be
    those whom an offer moves (Ascarza 2018).
    """
    if world.contractual == 0 or customer.promised_months > 0 or customer.spared == HELD_OUT:
        return
    customer.offered = 1
    usual = customer.leaning
    less = coming_price(customer, offer) * offer.save
    customer.leaning -= pull_of_rivals(customer, world) * less
    if luck.leave < renewal_chance(customer, world):
        customer.leaning = usual
        return
    customer.offered = 2
    customer.lapsing = 0
    customer.alive = 1
    customer.departing = 0.0


@rule
def promise(customer: Person, share: float, months: int) -> None:
    """A price is promised: a share in [0, 1) off it for so many months, from the next one on."""
    customer.promised = share
    customer.promised_months = months


@rule
def honour(customer: Person) -> None:
    """A month begins: one more at the promised price, or the first without it."""
    if customer.promised_months > 0:
        customer.promised_months -= 1
    else:
        customer.promised = 0.0


@rule
def is_addressed(customer: Person, offer: Offer, world: World) -> bool:
    """Whether the company that somebody left last contacts them this month, to win them back (D6).

    For `winback` months after its books closed the relation, if it knew them by name. Who has gone
    over to a named rival is no prospect.
    """
    return world.month - customer.ended <= offer.winback


@rule
def is_missed(customer: Person, offer: Offer, world: World) -> bool:
    """Whether the company contacts a member off its books who has only been silent (D6): it cannot
    tell them from those who are gone, and pays for both."""
    gone = customer.silence - world.inactivity_months
    return customer.member == 1 and 0 < gone <= offer.winback


@rule
def come_back(customer: Person, offer: Offer, world: World, luck: RivalLuck) -> bool:
    """Whether a former customer who is contacted comes back this month (D6).

    The more satisfied they were, and the lower the price, the more come: rr S exp(bA discount), at
    most 1, by their satisfaction when they left (form: Thomas, Blattberg & Fox 2004; Kumar, Bhagwat
    & Zhang 2015).
    """
    lure = math.exp(world.attraction * offer.winback_discount)
    return luck.back < min(1.0, world.return_chance * customer.satisfaction * lure)
