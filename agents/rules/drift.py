"""Needs change: the match of customer and company drifts (I8)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import ServeLuck
from ..state import Person, World
from .arithmetic import normal
from .signals import told


@rule
def drift(customer: Person, world: World, luck: ServeLuck) -> None:
    """One month of drift, pulled back so that the spread of matches stays as it is.

    Who tells of themselves is followed: a share of the drift does not part them from the company.
    """
    if world.drift_sd == 0.0:
        return
    share = world.drift_sd / world.match_sd
    step = world.drift_sd * normal(luck.drift) * (1.0 - world.drift_tracked * told(customer))
    match = math.sqrt(1.0 - share * share) * customer.match + step
    customer.match = min(0.5, max(-0.5, match))
