"""A points programme and what members do with it (E0, E1, E4, E5, E10)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ShopLuck
from ..state import LOTS, Offer, Person, World


@rule
def balance_of(customer: Person) -> int:
    """Points held, over all lots."""
    total = 0
    for lot in range(LOTS):
        total += customer.points[lot]
    return total


@rule
def lift(customer: Person, world: World) -> float:
    """Factor on the purchase rate of a member (E1, E4, E5).

    Those with wallet elsewhere gain most (Liu 2007); the lift erodes to 30 % (Meyer-Waarden 2007);
    the goal gradient only moves purchases in time, centred on the member's own usual progress
    (Kivetz, Urminsky & Zheng 2006).
    """
    if customer.member == 0:
        return 1.0
    elsewhere = 1.0 - customer.wallet
    fresh = 0.3 + 0.7 * math.exp(-customer.member_months / world.lift_erosion)
    gradient = world.goal_gradient * (customer.progress - customer.usual_progress)
    return (1.0 + world.points_lift * elsewhere * fresh) * (1.0 + gradient * elsewhere)


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
        paid = customer.spend * (1.0 - offer.discount)
        points = int(paid * offer.points_per_unit / 1e6)
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
        held -= due
        for step in range(LOTS):
            lot = LOTS - 1 - step
            taken = min(due, customer.points[lot])
            customer.points[lot] -= taken
            due -= taken
    customer.progress = min(1.0, held / offer.goal)
    customer.usual_progress += (customer.progress - customer.usual_progress) / 6.0


@rule
def expire(customer: Person, offer: Offer) -> None:
    """Points expire by age, a lot at a time, and all of them by inactivity (E10).

    Each of the four lots gathers points for a quarter of the period, so that points expire at an
    age between three quarters and the whole of it. Once a closed programme's time to redeem is
    over, all is lost and nobody is a member any more (E0).
    """
    if customer.member == 0:
        return
    customer.member_months += 1
    if offer.goal == 0:
        void(customer)
        customer.member = 0
        customer.bereft = 1
    elif customer.silence >= offer.points_inactivity:
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
