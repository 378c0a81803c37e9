"""Membership: who enrols, finds it worth a fee, and what becomes of it when that is due (E0)."""

from __future__ import annotations

from ..accelerate import rule
from ..luck import ShopLuck
from ..state import Offer, Person, World
from .deals import FELT
from .points import void


@rule
def enrol(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """Join the programme, with a chance at each purchase: heavier buyers join earlier (E0, E5).

    Where membership has a fee, only those join who find it worth paying, and they pay at once.
    """
    open_to_all = offer.points_per_unit > 0.0 or offer.member_discount > 0.0
    if customer.member == 1 or not open_to_all or not pays(customer, offer, world):
        return
    at_purchase = min(1.0, world.enrol_chance * (1.0 + offer.welcome_pull))
    stays_out = 1.0
    for _ in range(customer.purchases):
        stays_out *= 1.0 - at_purchase
    if offer.automatic == 1 or luck.enrol < 1.0 - stays_out:
        customer.member = 1
        customer.member_months = 0
        customer.since_active = 0
        customer.fee = offer.fee
        customer.novelty = 0.0
        customer.rewards = 0
        customer.year_spend = 0
        customer.points[0] += offer.welcome
        customer.issued += offer.welcome
        customer.progress = 0.0
        customer.usual_progress = 0.0


@rule
def benefit(customer: Person, offer: Offer, world: World) -> float:
    """What membership saves a customer a month at their own usual spend, in currency, >= 0.

    The members' price in full, of points the half that is felt as money off (I10).
    """
    spend = customer.basket * offer.price * (1.0 if world.contractual == 1 else customer.rate)
    off = offer.member_discount
    return spend * (off + (1.0 - off) * FELT * offer.points_value)


@rule
def pays(customer: Person, offer: Offer, world: World) -> bool:
    """Whether a customer finds membership worth its fee: all do where it is free.

    The benefit expected over the time that a fee is paid for, against `world.fee_worth` fees: above
    1 where people shy at paying ahead, below 1 where they count on more use than they make of it
    (DellaVigna & Malmendier 2006).
    """
    if offer.fee == 0:
        return True
    expected = benefit(customer, offer, world) * offer.fee_months
    return expected >= world.fee_worth * offer.fee / 1e6


@rule
def renew(customer: Person, offer: Offer, world: World) -> None:
    """A fee is due: it is paid again, or membership ends, and the points with it.

    Nobody who has left pays again.
    """
    if customer.member == 0 or offer.fee == 0:
        return
    if customer.member_months % offer.fee_months == 0:
        if customer.alive == 1 and pays(customer, offer, world):
            customer.fee = offer.fee
        else:
            void(customer)
            customer.member = 0
