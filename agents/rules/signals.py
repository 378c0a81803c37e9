"""What customers let be known: wishes to buy (I3), and what they tell of themselves (I7)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ServeLuck
from ..state import Offer, Person, World
from .involvement import involvement


@rule
def told(customer: Person) -> float:
    """How much of a person is known from what they told, in [0, 1]: three times tell most."""
    return 0.0 if customer.told == 0.0 else 1.0 - math.exp(-customer.told / 3.0)


@rule
def identified(customer: Person, world: World) -> bool:
    """Whether the company can tell this customer apart: a member or a holder of a contract (E0)."""
    return world.contractual == 1 or customer.member == 1


@rule
def aimed(customer: Person, offer: Offer, world: World) -> float:
    """Relevance of what the company makes relevant by itself: more to those whom it knows (H5)."""
    return offer.relevance_known if identified(customer, world) else offer.relevance


@rule
def relevance(customer: Person, offer: Offer, world: World) -> float:
    """Relevance of what this customer is sent: data given freely add to it (I7)."""
    return min(1.0, aimed(customer, offer, world) + world.told_relevance * told(customer))


@rule
def wish(customer: Person, offer: Offer, world: World, luck: ServeLuck) -> None:
    """A wish to buy arises, is seen in a contact or the community, and is answered next month.

    Only those who can be told apart are seen: members, or holders of a contract (I3).
    """
    customer.wishing = 0
    if offer.timing == 0.0:
        return
    known = identified(customer, world)
    seen = customer.encounters > 0 or offer.community > 0.0
    chance = world.signal_base + world.signal_involved * involvement(customer)
    if known and seen and luck.wish < chance and luck.answer < offer.timing:
        customer.wishing = 1


@rule
def wish_factor(customer: Person, offer: Offer, world: World) -> float:
    """Factor on the purchase rate by an offer in time with a wish (I3)."""
    if customer.wishing == 0:
        return 1.0
    return 1.0 + world.signal_lift * relevance(customer, offer, world)


@rule
def tell(customer: Person, offer: Offer, world: World, luck: ServeLuck) -> None:
    """Tell of oneself freely: the involved who trust and keep control, when listened to (I7)."""
    if offer.listening == 0.0:
        return
    chance = world.telling * involvement(customer) * customer.trust * offer.control
    if luck.tell < chance * offer.listening:
        customer.told += 1.0
