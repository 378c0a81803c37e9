"""The stage of a customer's journey (I14)."""

from __future__ import annotations

from ..accelerate import rule
from ..state import Person, World

PROSPECT, FIRST_TIME, REPEAT, LOYAL, ADVOCATE, AT_RISK, LAPSED = 0, 1, 2, 3, 4, 5, 6
STAGES = ("prospect", "first_time", "repeat", "loyal", "advocate", "at_risk", "lapsed")


@rule
def stage(customer: Person, world: World) -> int:
    """Where a person stands: a number of `STAGES`, the first that holds.

    A prospect has never been a customer; who was one and is none has lapsed, until they join
    again. At risk: odds of leaving doubled (log-odds above .7), or silent for twice the usual time.
    Loyal: a year, or four purchases without contract; an advocate is loyal and has recommended,
    unpaid, within half a year. Repeat: has stayed a month and bought more than once. First-time:
    everybody else.
    """
    if customer.firm < 0 and customer.spell == 0:
        return PROSPECT
    if customer.firm < 0 or customer.alive == 0:
        return LAPSED
    silent = world.contractual == 0 and customer.silence * customer.rate > 2.0
    if customer.leaning > 0.7 or silent:
        return AT_RISK
    if customer.tenure >= 12 or (world.contractual == 0 and customer.bought >= 4):
        return ADVOCATE if customer.quiet < 6 else LOYAL
    return REPEAT if customer.tenure >= 1 and customer.bought > 1 else FIRST_TIME


@rule
def meant_for(customer: Person, wanted: int, world: World) -> bool:
    """Whether a lever meant for the stage `wanted` (0: all) reaches a customer: not if spared."""
    return customer.spared == 0 and (wanted == 0 or stage(customer, world) == wanted)
