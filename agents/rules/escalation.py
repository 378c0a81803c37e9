"""The path from a search to an expert's appointment (I5; all judgement)."""

from __future__ import annotations

from ..accelerate import rule
from ..luck import EncounterLuck, ShopLuck
from ..state import Offer, Person, World
from .satisfaction import effort

REFUSED = 0.5
"""A refused appointment, in failures not made good (I5)."""


@rule
def next_step(offer: Offer, world: World) -> float:
    """Chance to go on to the next step of the path: .5 (1 - e), the effort in [0, 1] (I5)."""
    return 0.5 * (1.0 - effort(offer, world))


@rule
def escalate(customer: Person, offer: Offer, world: World, luck: EncounterLuck) -> None:
    """A search, or a look into the forum, may lead to a chat, an expert, and an appointment.

    One uniform for three steps. `offer.path` is the share of contacts in which people search: those
    by self-service. The chat is one more contact with the staff, next month (I5).
    """
    step = next_step(offer, world)
    chat = offer.path * step
    if luck.step < chat:
        customer.returning += 1
        if luck.step < chat * step * step:
            customer.seeking = 1


@rule
def visit(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """The appointment asked for last month takes place, or is refused where none is left (I5).

    It adds `world.appointment_sale` to the probability of a purchase.
    """
    if customer.seeking == 0:
        return
    customer.seeking = 0
    if luck.booking < offer.booking:
        customer.consulted = 1
        customer.advised = 1 if luck.advice < world.appointment_sale else 0
    else:
        customer.refused = 1


@rule
def hurts(customer: Person) -> float:
    """Failures of the month not made good, a refused appointment counted as half of one (I5)."""
    return customer.unrecovered + REFUSED * customer.refused
