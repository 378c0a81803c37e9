"""A points programme and what members do with it (B2, E0-E5, E7, E10)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ShopLuck
from ..state import LOTS, Offer, Person, World
from .deals import prefers_experience, price_off, usual_price
from .involvement import involvement

USUAL_PRONENESS = 1.0 / 6.0
"""Proneness to deals of a panel's mean household (D4), at which the lift is the published one."""


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

    Those with wallet elsewhere gain most (Liu 2007), those to whom the category matters little, and
    those who look for a good price (Kopalle et al. 2012); the lift wears off in part
    (Meyer-Waarden 2007), sooner forgotten than a reward, which renews it and gives two months of
    momentum (Dorotic et al. 2014); design, discounters and rivals' programmes shrink it
    (`offer.lift`). The goal gradient only moves purchases in time, centred on the member's own
    usual progress (Kivetz, Urminsky & Zheng 2006). Membership without points has none of this.
    """
    if customer.member == 0 or offer.goal == 0:
        return 1.0
    elsewhere = 1.0 - customer.wallet
    lasting = world.lift_lasting
    fresh = lasting + (1.0 - lasting) * math.exp(-customer.novelty / world.lift_erosion)
    priced = 1.0 + world.price_orientation * (customer.deal_prone / USUAL_PRONENESS - 1.0)
    gain = world.points_lift * elsewhere * fresh * offer.lift * 2.0 * (1.0 - involvement(customer))
    gradient = world.goal_gradient * (customer.progress - customer.usual_progress)
    factor = (1.0 + gain * priced) * (1.0 + gradient * elsewhere)
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
    if customer.member == 0 or (offer.goal == 0 and offer.member_discount == 0.0):
        return 0.0
    if offer.goal == 0:
        return world.member_bond
    stake = 1.0 - math.exp(-balance_of(customer) / offer.goal)
    return world.member_bond + world.points_lock * stake


@rule
def earn(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """Points on the month's spend, if the card is shown; a contract's bill always counts (E0).

    Who buys under a contract, or with the card, is identified. A members' price is had with the
    card alone, so all members show it.
    """
    if world.contractual == 1:
        customer.identified = 1
    if customer.member == 0 or (offer.points_per_unit <= 0.0 and offer.member_discount <= 0.0):
        return
    needed = world.contractual == 1 or offer.member_discount > 0.0
    if customer.spend > 0 and (needed or luck.card < world.card_shown):
        customer.identified = 1
        paid = customer.spend * (1.0 - price_off(customer, offer))
        points = int(paid * offer.points_per_unit * bonus(customer, offer) / 1e6)
        customer.points[0] += points
        customer.issued += points
        if points > 0:
            customer.since_active = 0


@rule
def bonus(customer: Person, offer: Offer) -> float:
    """Factor on the points that this member earns, by tier."""
    return 1.0 + offer.tier_bonus * customer.tier


@rule
def best_goal(held: int, offer: Offer) -> int:
    """The number of the best reward that so many points reach, 0 for the first one or none."""
    best = 0
    while best + 1 < offer.goal_count and held >= offer.goals[best + 1]:
        best += 1
    return best


@rule
def goal_in_view(customer: Person, held: int, offer: Offer, world: World) -> int:
    """The number of the reward that a member with so many points waits for (E0).

    The next better one, where it is within `world.saving_months` at one's own pace.
    """
    best = best_goal(held, offer)
    if held < offer.goal or best + 1 >= offer.goal_count:
        return best
    pace = customer.basket * usual_price(customer, offer) * offer.points_per_unit
    pace *= bonus(customer, offer)
    if world.contractual == 0:
        pace *= customer.rate * card_chance(offer, world)
    near = offer.goals[best + 1] - held <= world.saving_months * pace
    return best + 1 if near else best


@rule
def card_chance(offer: Offer, world: World) -> float:
    """Chance that a member shows the card at a purchase."""
    return 1.0 if offer.member_discount > 0.0 else world.card_shown


@rule
def cost_of_point(customer: Person, goal: int, offer: Offer, world: World) -> int:
    """What a point costs in the reward of this number, as this member would have it, micro."""
    if prefers_experience(customer, world):
        return offer.experience_costs[goal]
    return offer.point_costs[goal]


@rule
def redeem(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """Turn full rewards into goods by choice, oldest points first; then look at the goal (E0).

    A reward that is reached is taken now, or forgotten until another month; who is near to a better
    one saves for it. What is paid out unasked is neither forgotten nor saved.
    """
    if customer.member == 0 or offer.goal == 0:
        return
    held = balance_of(customer)
    best = best_goal(held, offer)
    aim = goal_in_view(customer, held, offer, world)
    now = aim == best and luck.redeem < world.redeem_chance
    if held >= offer.goal and (now or offer.payout == 1):
        due = held // offer.goals[best] * offer.goals[best]
        customer.redeemed += due
        customer.reward_cost += due * cost_of_point(customer, best, offer, world)
        customer.since_active = 0
        aim = 0
        customer.rewards += 1
        customer.since_reward = 0
        customer.novelty *= 1.0 - world.reward_renewal
        held -= due
        for step in range(LOTS):
            lot = LOTS - 1 - step
            taken = min(due, customer.points[lot])
            customer.points[lot] -= taken
            due -= taken
    start, goal = 0.0, offer.goals[aim]
    if customer.rewards == 0 and world.with_endowed_progress == 1:
        start = offer.endowed * goal
    customer.progress = min(1.0, (held + start) / (goal + start))
    customer.usual_progress += (customer.progress - customer.usual_progress) / 6.0


@rule
def expire(customer: Person, offer: Offer, world: World) -> None:
    """Points expire by age, a lot at a time, and all of them by inactivity (E10).

    Each of the four lots gathers points for a quarter of the period, so that points expire at an
    age between three quarters and the whole of it. Once a closed programme's time to redeem is
    over, all is lost and nobody is a member any more, but for a members' price (E0).
    """
    if customer.member == 0:
        return
    customer.member_months += 1
    customer.novelty += 1.0
    customer.since_reward += 1
    customer.since_active += 1
    if offer.goal == 0:
        lost = balance_of(customer)
        void(customer)
        if offer.member_discount == 0.0:
            customer.member = 0
        if customer.member == 0 or lost > 0:
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
