"""Co-creation: ideas of customers, and what the company makes of them (C8)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ServeLuck
from ..state import Offer, Person, World
from .involvement import involvement
from .talk import would_recommend

FULL = 0.002
"""Ideas read per customer and month at which the pool of used ideas fills at full speed: about what
an involved category submits at the defaults (judgement)."""


@rule
def suggest(customer: Person, offer: Offer, world: World, luck: ServeLuck) -> None:
    """Submit an idea: those who are involved, engaged, and would stand behind the company."""
    if offer.ideas == 0.0:
        return
    chance = world.idea_rate * involvement(customer) * customer.engagement
    if luck.idea < chance and would_recommend(customer):
        customer.ideas = 1


@rule
def pooled(pool: float, submitted: float, cap: float) -> float:
    """The pool of used ideas a month later; `submitted` and `cap` per customer and month.

    It fills by what is read and ages by 3 % a month. It depends on ideas per customer, never on
    how many customers there are.
    """
    return pool + min(1.0, min(submitted, cap) / FULL) - 0.03 * pool


@rule
def improvement(pool: float, world: World) -> float:
    """Performance added by the pool of used ideas, saturating (Nishikawa et al. 2013)."""
    return world.idea_gain * (1.0 - math.exp(-pool / 12.0))
