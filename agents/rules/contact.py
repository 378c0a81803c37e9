"""Contact: how much, and how much is too much: messages (B5, D1), self-service (A8)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ServeLuck, ShopLuck
from ..state import Offer, Person, World
from .arithmetic import poisson
from .signals import identified


@rule
def need(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """The need for service arises: a Poisson number of encounters in the month."""
    customer.encounters = poisson(luck.encounters, world.encounter_rate)


@rule
def message_load(
    messages: float, channels: int, aligned: float, relevance: float, world: World
) -> float:
    """x = m / m*: messages a month against the ideal, which falls with channels beyond two.

    Alignment and relevance in [0, 1] raise the ideal (D1; Godfrey, Seiders & Voss 2011).
    """
    ideal = (
        world.ideal_messages
        * math.exp(-0.15 * max(0, channels - 2))
        * (1.0 + 0.25 * aligned)
        * (1.0 + 0.5 * (relevance - world.neutral_relevance))
    )
    return messages / ideal


@rule
def message_response(load: float, personal: float, world: World) -> float:
    """m_comm: purchases relative to no messages; rises to the ideal, falls beyond it (D1).

    What messages win is multiplied by how `personal` ones are taken (B5), 1 where none is.
    """
    lift = world.message_lift
    if load <= 2.0:
        return 1.0 + lift * load * (2.0 - load) * personal
    floor = world.message_floor
    return floor + (1.0 - floor) * math.exp(-lift * load * (load - 2.0) / (1.0 - floor))


@rule
def personal_response(personalisation: float, control: float, world: World) -> float:
    """Response to messages as personal as this, relative to impersonal ones, at least .3 (B5).

    Doubled where customers have full control over their data, and undone where they have none
    (Tucker 2014); both levers in [0, 1].
    """
    return max(0.3, 1.0 + world.personal_response * personalisation * (2.0 * control - 1.0))


@rule
def response(customer: Person, offer: Offer, world: World) -> float:
    """The response to messages of this customer, neutral 1."""
    if customer.opted_out == 1 or customer.spared > 0:
        return offer.response_unheard
    return offer.response_known if identified(customer, world) else offer.response


@rule
def overload(customer: Person, offer: Offer, world: World) -> float:
    """Contact beyond twice the ideal, in ideals (D1): what is relevant is borne more of."""
    if customer.spared > 0:
        return 0.0
    return offer.overload_known if identified(customer, world) else offer.overload


@rule
def opt_out(customer: Person, offer: Offer, world: World, luck: ServeLuck) -> None:
    """Overloaded customers end all messages, with a chance that rises with the overload (D1)."""
    if luck.opt_out < world.opt_out * overload(customer, offer, world):
        customer.opted_out = 1


@rule
def self_service_strain(customer: Person, offer: Offer, world: World) -> float:
    """Log-odds of leaving by the self-service share: a U that fades with tenure (A8)."""
    now = offer.self_service - world.best_self_service
    usual = world.neutral_self_service - world.best_self_service
    strain = world.self_service_curve * (now * now - usual * usual)
    return 0.0 if strain == 0.0 else strain * math.exp(-customer.tenure / 18.0)
