"""A points programme and what members do with it (B2, E0-E5, E7, E10)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ShopLuck
from ..state import LOTS, Offer, Person, World
from .deals import price_off
from .involvement import involvement


@rule
def balance_of(customer: Person) -> int:
    """Points held, over all lots."""
    total = 0
    for lot in range(LOTS):
        total += customer.points[lot]
    return total


@rule
def lift(customer: Person, offer: Offer, world: World) -> float:
    """Factor on the purchase rate of a member (C4, E1, E3-E5, E7).

    Those with wallet elsewhere gain most (Liu 2007), and those to whom the category matters little;
    the lift wears off in part (Meyer-Waarden 2007), sooner forgotten than a reward, which renews it
    and gives two months of momentum (Dorotic et al. 2014); design, discounters and rivals'
    programmes shrink it (`offer.lift`). The goal gradient only moves purchases in time, centred on
    the member's own usual progress (Kivetz, Urminsky & Zheng 2006).
    """
    if customer.member == 0:
        return 1.0
    elsewhere = 1.0 - customer.wallet
    lasting = world.lift_lasting
    fresh = lasting + (1.0 - lasting) * math.exp(-customer.novelty / world.lift_erosion)
    gain = world.points_lift * elsewhere * fresh * offer.lift * 2.0 * (1.0 - involvement(customer))
    gradient = world.goal_gradient * (customer.progress - customer.usual_progress)
    factor = (1.0 + gain) * (1.0 + gradient * elsewhere)
    if 1 <= customer.since_reward <= 2:
        factor *= 1.0 + (world.reward_momentum - 1.0) * elsewhere
    return factor


@rule
def letdown(customer: Person, world: World) -> float:
    """Log-odds of leaving in the month after a reward, of those it does not engage (E3)."""
    let_down = customer.since_reward == 1 and customer.engagement < customer.engagement_home
    return world.reward_letdown if let_down else 0.0


@rule
def lock(customer: Person, offer: Offer, world: World) -> float:
    """Log-odds of staying by membership and by points at stake (B2; Verhoef 2003)."""
    if customer.member == 0 or offer.goal == 0:
        return 0.0
    stake = 1.0 - math.exp(-balance_of(customer) / offer.goal)
    return world.member_bond + world.points_lock * stake


@rule
def enrol(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """Join the programme, with a chance at each purchase: heavier buyers join earlier (E0, E5)."""
    if offer.points_per_unit <= 0.0 or customer.member == 1:
        return
    at_purchase = min(1.0, world.enrol_chance * (1.0 + offer.welcome_pull))
    stays_out = 1.0
    for _ in range(customer.purchases):
        stays_out *= 1.0 - at_purchase
    if offer.automatic == 1 or luck.enrol < 1.0 - stays_out:
        customer.member = 1
        customer.member_months = 0
        customer.novelty = 0.0
        customer.rewards = 0
        customer.year_spend = 0
        customer.points[0] += offer.welcome
        customer.issued += offer.welcome
        customer.progress = 0.0
        customer.usual_progress = 0.0


@rule
def earn(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """Points on the month's spend, if the card is shown; a contract's bill always counts (E0)."""
    if customer.member == 0 or offer.points_per_unit <= 0.0:
        return
    if world.contractual == 1 or luck.card < world.card_shown:
        paid = customer.spend * (1.0 - price_off(customer, offer))
        bonus = 1.0 + offer.tier_bonus * customer.tier
        points = int(paid * offer.points_per_unit * bonus / 1e6)
        customer.points[0] += points
        customer.issued += points


@rule
def redeem(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """Turn full rewards into goods by choice, oldest points first; then look at the goal (E0)."""
    if customer.member == 0 or offer.goal == 0:
        return
    held = balance_of(customer)
    if held >= offer.goal and luck.redeem < world.redeem_chance:
        due = held // offer.goal * offer.goal
        customer.redeemed += due
        customer.rewards += 1
        customer.since_reward = 0
        customer.novelty *= 1.0 - world.reward_renewal
        held -= due
        for step in range(LOTS):
            lot = LOTS - 1 - step
            taken = min(due, customer.points[lot])
            customer.points[lot] -= taken
            due -= taken
    start = 0.0
    if customer.rewards == 0 and world.with_endowed_progress == 1:
        start = offer.endowed * offer.goal
    customer.progress = min(1.0, (held + start) / (offer.goal + start))
    customer.usual_progress += (customer.progress - customer.usual_progress) / 6.0


@rule
def expire(customer: Person, offer: Offer, world: World) -> None:
    """Points expire by age, a lot at a time, and all of them by inactivity (E10).

    Each of the four lots gathers points for a quarter of the period, so that points expire at an
    age between three quarters and the whole of it. Once a closed programme's time to redeem is
    over, all is lost and nobody is a member any more (E0).
    """
    if customer.member == 0:
        return
    customer.member_months += 1
    customer.novelty += 1.0
    customer.since_reward += 1
    if offer.goal == 0:
        void(customer)
        customer.member = 0
        customer.shaken += world.closure_hurt
        return
    customer.shaken += world.devaluation_hurt * offer.devalued
    if world.with_expiry == 0:
        return
    if customer.silence >= offer.points_inactivity:
        void(customer)
    elif customer.member_months % offer.lot_months == 0:
        customer.expired += customer.points[LOTS - 1]
        for step in range(LOTS - 1):
            lot = LOTS - 1 - step
            customer.points[lot] = customer.points[lot - 1]
        customer.points[0] = 0


@rule
def void(customer: Person) -> None:
    """All points are lost."""
    for lot in range(LOTS):
        customer.expired += customer.points[lot]
        customer.points[lot] = 0
