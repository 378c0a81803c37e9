"""Coupons, deep deals, what a reward is taken as, the price thought fair (D3, D4, E0, I10)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ShopLuck
from ..state import Offer, Person, World
from .signals import aimed

DEEP = 0.2
"""Share of the price from which a coupon is a deep deal."""

FELT = 0.5
"""Share of the value of points that is felt as money off (I10)."""

FADING = 0.5 ** (1.0 / 12.0)
"""A month's fading of what a deal does to later purchases, which lasts up to two years (D3)."""


@rule
def price_off(customer: Person, offer: Offer) -> float:
    """Share of the list price that this customer does not pay this month."""
    off = public_price_off(customer, offer)
    if customer.member == 0 or offer.member_discount == 0.0:
        return off
    return 1.0 - (1.0 - off) * (1.0 - offer.member_discount)


@rule
def public_price_off(customer: Person, offer: Offer) -> float:
    """The same, before the price that members alone get; what one has been promised counts."""
    off = offer.discount
    if customer.couponed == 1:
        off = 1.0 - (1.0 - off) * (1.0 - offer.coupon)
    if customer.promised > 0.0:
        off = 1.0 - (1.0 - off) * (1.0 - customer.promised)
    return off


@rule
def usual_price(customer: Person, offer: Offer) -> float:
    """Price without a coupon, the market's reference 1; members have their own, and so has who was
    promised one."""
    return own_price(customer, offer) * (1.0 - customer.promised)


@rule
def coming_price(customer: Person, offer: Offer) -> float:
    """The usual price from next month on: a promise that runs out with this one is none."""
    if customer.promised_months > 0:
        return usual_price(customer, offer)
    return own_price(customer, offer)


@rule
def own_price(customer: Person, offer: Offer) -> float:
    """The usual price of who was promised nothing."""
    return offer.price * (1.0 - offer.member_discount * customer.member)


@rule
def proneness(customer: Person) -> float:
    """Proneness to deals in [0, 1]: one's own, and what deals have taught (D3, D4)."""
    return min(1.0, customer.deal_prone + customer.deal_habit)


@rule
def prefers_experience(customer: Person, world: World) -> bool:
    """Whether pleasure, Vh, counts for more than a discount, d, in choosing a reward (E0)."""
    if world.with_reward_choice == 0:
        return False
    return customer.hedonic >= world.discount_pull * proneness(customer)


@rule
def deal(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """The deal-prone redeem a relevant coupon (D4); a deep deal changes later purchases (D3).

    It brings newcomers back more often; the established have bought ahead, and learn to wait for
    deals (Anderson & Simester 2004). What is paid becomes the price thought fair (I10); a reward
    that is taken as an experience is no part of a price.
    """
    customer.deal_mood *= FADING
    customer.deal_habit *= FADING
    offered = offer.coupon > 0.0 and customer.spared == 0
    if customer.purchases > 0 and offered and world.with_coupons == 1:
        if luck.coupon < proneness(customer) * aimed(customer, offer, world):
            customer.couponed = 1
            if offer.coupon >= DEEP:
                if customer.bought <= customer.purchases:
                    customer.deal_mood += math.log(world.deal_newcomers)
                else:
                    customer.deal_mood += math.log(world.deal_established)
                    customer.deal_habit += world.deal_habit
    paid = offer.list_price * (1.0 - price_off(customer, offer))
    if customer.member == 1 and not (offer.experience == 1 and prefers_experience(customer, world)):
        paid -= FELT * paid * offer.points_value
    customer.reference_price += 0.1 * (paid - customer.reference_price)


@rule
def dearness(customer: Person, offer: Offer, world: World) -> float:
    """Performance lost because the price is above the one thought fair (I10)."""
    price = usual_price(customer, offer)
    return world.cheapening * max(0.0, price - customer.reference_price) / price
