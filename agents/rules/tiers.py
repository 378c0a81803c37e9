"""Tiers of a programme: promotion, review, demotion, and the compulsion to keep one (E9, I9)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..state import Offer, Person, World
from .arithmetic import clip01
from .deals import price_off
from .points import balance_of


@rule
def review(customer: Person, offer: Offer, world: World) -> None:
    """Rise as soon as the year's spend reaches a tier; fall by one at most at the yearly review.

    Demotion hurts more than promotion pleases, and makes leave for three months (Wagner,
    Hennig-Thurau & Rudolph 2009).
    """
    if customer.demoted > 0:
        customer.demoted -= 1
    if customer.member == 0 or offer.tiers == 0:
        customer.tier = 0
        return
    customer.year_spend += int(customer.spend * (1.0 - price_off(customer, offer)) + 0.5)
    reached = 0
    while reached < offer.tiers and customer.year_spend >= offer.thresholds[reached] * 1e6:
        reached += 1
    if reached > customer.tier:
        customer.tier = reached
        customer.engagement = clip01(customer.engagement + world.promotion)
    if customer.member_months > 0 and customer.member_months % 12 == 0:
        if reached < customer.tier:
            customer.tier -= 1
            customer.engagement = clip01(customer.engagement - world.demotion)
            customer.demoted = 3
        customer.year_spend = 0


@rule
def compulsion(customer: Person, offer: Offer, world: World) -> float:
    """Felt pressure in [0, 1]: spend needed to keep a tier or points, against the usual, less 1.

    Points press by their stake only, and when they are about to expire for want of a purchase (I9).
    """
    if customer.member == 0 or world.with_compulsion == 0:
        return 0.0
    pressure = 0.0
    usual = customer.basket * (1.0 if world.contractual == 1 else customer.rate)
    if customer.tier > 0 and offer.tiers > 0:
        missing = offer.thresholds[customer.tier - 1] - customer.year_spend / 1e6
        left = 12.0 - customer.member_months % 12
        pressure = missing / left / usual - 1.0
    soon = 4 * customer.silence >= 3 * offer.points_inactivity
    if soon and world.contractual == 0 and offer.goal > 0 and world.with_expiry == 1:
        held = balance_of(customer)
        if held > 0:
            stake = 1.0 - math.exp(-held / offer.goal)
            needed = 1.0 / (offer.points_inactivity * customer.rate) - 1.0
            pressure = max(pressure, stake * min(1.0, needed))
    return clip01(pressure)


@rule
def demotion_ratio(customer: Person, world: World) -> float:
    """Ratio on the hazard after a demotion (E9)."""
    return world.demotion_hazard if customer.demoted > 0 else 1.0


@rule
def recognised(customer: Person, offer: Offer) -> float:
    """Recognition that this customer gets: a tier's, if that is more; an ambassador's is full."""
    if customer.ambassador > 0:
        return 1.0
    if customer.tier > 0:
        return max(offer.recognition, offer.tier_recognition)
    return offer.recognition
