"""Emotional engagement: a set-point of its own, moved by experience and levers (C4, C5, C7)."""

from __future__ import annotations

from ..accelerate import rule
from ..state import Offer, Person, World
from .arithmetic import balance, clip01
from .satisfaction import effort


@rule
def involvement(customer: Person) -> float:
    """V in [0, 1]: the mean of rational and hedonic involvement (C4)."""
    return 0.5 * (customer.rational + customer.hedonic)


@rule
def engage(customer: Person, offer: Offer, world: World) -> None:
    """One month of engagement: a bounded balance of appraisal, hurt and set-point (C7).

    Each term of the appraisal is signed and zero at neutral. No term contains points: they move
    behaviour, not attitude (E6; Belli et al. 2022).
    """
    participation = offer.community * customer.hedonic * clip01(0.4 + customer.engagement)
    customer.ties += 0.05 * participation * (1.0 - customer.ties) - 0.03 * customer.ties
    appraisal = involvement(customer) * (
        world.from_satisfaction * (customer.satisfaction - world.satisfaction_bar)
        + world.from_trust * (customer.trust - world.trust_bar)
    )
    appraisal += customer.hedonic * (
        world.from_human * (offer.human - world.neutral_human)
        + world.from_participation * participation
        + world.from_ties * customer.ties
        + world.from_recognition * offer.recognition * customer.engagement
        + world.from_surprise * offer.surprise
    )
    appraisal += customer.rational * (
        world.from_relevance * (offer.relevance - world.neutral_relevance)
        - world.from_effort * (effort(offer) - world.neutral_effort)
    )
    appraisal -= world.reactance * max(offer.pressure - customer.engagement, 0.0)
    if customer.opted_out == 0:
        appraisal -= 0.1 * offer.overload
    up = world.engagement_speed * max(appraisal, 0.0)
    down = (
        world.engagement_speed * max(-appraisal, 0.0)
        + world.engagement_hurt * world.learning * customer.unrecovered
    )
    customer.engagement = balance(
        customer.engagement, customer.engagement_home, world.engagement_return, up, down
    )
