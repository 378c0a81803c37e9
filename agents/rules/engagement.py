"""Emotional engagement: a set-point, moved by experience and levers (C5-C7, I2)."""

from __future__ import annotations

from ..accelerate import rule
from ..state import Offer, Person, World
from .arithmetic import balance, clip01
from .contact import overload
from .escalation import hurts
from .involvement import involvement
from .satisfaction import company_in_contacts, effort_of_contacts
from .signals import relevance
from .tiers import compulsion, recognised


@rule
def engage(customer: Person, offer: Offer, world: World) -> None:
    """One month of engagement: a bounded balance of appraisal, hurt and set-point (C7).

    Each term of the appraisal is signed and zero at neutral. No term contains points: they move
    behaviour, not attitude (E6; Belli et al. 2022); a programme acts by compulsion and recognition
    only (I9, I2). To be recognised is worth less the more are.
    """
    participation = offer.community * customer.hedonic * clip01(0.4 + customer.engagement)
    customer.ties += 0.05 * participation * (1.0 - customer.ties) - 0.03 * customer.ties
    appraisal = involvement(customer) * (
        world.from_satisfaction * (customer.satisfaction - world.satisfaction_bar)
        + world.from_trust * (customer.trust - world.trust_bar)
    )
    appraisal += customer.hedonic * (
        world.from_human * (company_in_contacts(offer, world) - world.neutral_human)
        + world.from_participation * participation
        + world.from_ties * customer.ties
        + world.from_recognition
        * recognised(customer, offer)
        * (1.0 - offer.recognition)
        * customer.engagement
        + world.from_surprise * customer.delight
    )
    appraisal += customer.rational * (
        world.from_relevance * (relevance(customer, offer, world) - world.neutral_relevance)
        - world.from_effort * (effort_of_contacts(offer, world) - world.neutral_effort)
    )
    pressure = max(offer.pressure, compulsion(customer, offer, world))
    appraisal -= world.reactance * max(pressure - customer.engagement, 0.0)
    if customer.opted_out == 0:
        appraisal -= world.message_irritation * overload(customer, offer, world)
    up = world.engagement_speed * max(appraisal, 0.0)
    down = world.engagement_speed * max(
        -appraisal, 0.0
    ) + world.engagement_hurt * world.learning * hurts(customer)
    customer.engagement = balance(
        customer.engagement, customer.engagement_home, world.engagement_return, up, down
    )
