"""Coupons, deep deals and the price thought fair (D3, D4, I10)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ShopLuck
from ..state import Offer, Person, World
from .signals import aimed

DEEP = 0.2
"""Share of the price from which a coupon is a deep deal."""

FADING = 0.5 ** (1.0 / 12.0)
"""A month's fading of what a deal does to later purchases, which lasts up to two years (D3)."""


@rule
def price_off(customer: Person, offer: Offer) -> float:
    """Share of the list price that this customer does not pay this month."""
    if customer.couponed == 0:
        return offer.discount
    return 1.0 - (1.0 - offer.discount) * (1.0 - offer.coupon)


@rule
def proneness(customer: Person) -> float:
    """Proneness to deals in [0, 1]: one's own, and what deals have taught (D3, D4)."""
    return min(1.0, customer.deal_prone + customer.deal_habit)


@rule
def deal(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """The deal-prone redeem a relevant coupon (D4); a deep deal changes later purchases (D3).

    It brings newcomers back more often; the established have bought ahead, and learn to wait for
    deals (Anderson & Simester 2004). What is paid becomes the price thought fair (I10).
    """
    customer.deal_mood *= FADING
    customer.deal_habit *= FADING
    if customer.purchases > 0 and offer.coupon > 0.0 and world.with_coupons == 1:
        if luck.coupon < proneness(customer) * aimed(customer, offer, world):
            customer.couponed = 1
            if offer.coupon >= DEEP:
                if customer.bought <= customer.purchases:
                    customer.deal_mood += math.log(world.deal_newcomers)
                else:
                    customer.deal_mood += math.log(world.deal_established)
                    customer.deal_habit += world.deal_habit
    paid = offer.list_price * (1.0 - price_off(customer, offer))
    if customer.member == 1:
        paid -= 0.5 * paid * offer.points_value
    customer.reference_price += 0.1 * (paid - customer.reference_price)


@rule
def dearness(customer: Person, offer: Offer, world: World) -> float:
    """Performance lost because the price is above the one thought fair (I10)."""
    return world.cheapening * max(0.0, offer.price - customer.reference_price) / offer.price
