"""Purchases and spend: what satisfaction, engagement and points move (C2, C3; the bridge, 1.2)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ShopLuck
from ..state import Offer, Person, World
from .arithmetic import normal, poisson
from .channels import channel_factor
from .contact import response
from .leaving import dropout
from .points import lift
from .signals import wish_factor


@rule
def mood(customer: Person, world: World) -> float:
    """Log purchase rate by how one feels, against one's own neutral level (C2, C3)."""
    return world.spend_satisfaction * (
        customer.satisfaction - customer.satisfaction_norm
    ) + world.spend_engagement * (customer.engagement - customer.engagement_norm)


@rule
def rate_factor(customer: Person, offer: Offer, world: World) -> float:
    """M: purchase rate relative to the customer's own neutral one; its neutral mean is 1 (1.2)."""
    factor = math.exp(mood(customer, world) + customer.deal_mood) / world.rate_norm
    factor *= lift(customer, offer, world) * response(customer, offer, world)
    factor *= channel_factor(customer, offer, world) * wish_factor(customer, offer, world)
    if customer.since_referral < 12:
        factor *= 1.0 + world.referrer_spend
    return factor


@rule
def buy(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """The month's purchases and their amount.

    Contractual: one bill, of which the discretionary share follows M. Noncontractual: a Poisson
    number at rate lam * M, cut short when the customer drops out after one of them, as in BG/NBD
    (Fader, Hardie & Lee 2005); the purchase with which a relation begins comes on top and is no
    occasion to drop out, nor is one at an expert's appointment (I5), which with a bill is as much
    as its discretionary share. The season of the market moves both; dropout goes with purchases.
    In a recession a share `slump` of M is gone, and with M held off zero nobody drops out by that.
    The mean of n lognormal amounts is drawn as one lognormal.
    """
    factor = rate_factor(customer, offer, world)
    if offer.slump > 0.0:
        factor *= max(0.001, 1.0 - offer.slump)
    seasonal = factor * world.season
    bought = 0
    if world.contractual == 1:
        customer.purchases = 1
        amount = customer.basket * (1.0 - world.discretionary + world.discretionary * seasonal)
        if customer.advised == 1:
            amount += customer.basket * world.discretionary
    else:
        bought = poisson(luck.purchases, min(60.0, customer.rate * seasonal))
        last = dropout(customer, world, luck.lapse, factor)
        if bought >= last:
            bought = last
            customer.lapsing = 1
        customer.purchases = bought + (1 if customer.tenure == 0 else 0) + customer.advised
        amount = customer.basket * customer.purchases
        if customer.purchases > 0:
            spread = world.basket_sd_within / math.sqrt(float(customer.purchases))
            amount *= math.exp(spread * normal(luck.amount) - 0.5 * spread * spread)
    if customer.referred == 1:
        amount *= 1.0 + world.referred_premium * math.exp(-customer.tenure / 10.0)
    customer.bought += customer.purchases
    customer.spend = int(amount * offer.list_price * 1e6 + 0.5)
    customer.silence = 0 if customer.purchases > 0 else customer.silence + 1
