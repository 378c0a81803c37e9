"""Companies among each other: what a month's offers of all are to the people of each.

Nothing here acts where no rival has a name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .state import COMPANIES, Offer, World

if TYPE_CHECKING:
    from .company import Company


def compete(companies: Sequence[Company], offers: Sequence[Offer], world: World) -> None:
    """Enter a month's offers of all companies into the world: who is there, how they tempt, and
    what is usual in the category (G2, A3)."""
    if world.rivals == 0:
        return
    there = [company.in_market(world.month) for company in companies]
    tempting, standing = [0.0] * COMPANIES, [0.0] * COMPANIES
    for firm, (company, offer) in enumerate(zip(companies, offers, strict=True)):
        if there[firm]:
            standing[firm] = company.standing
            tempting[firm] = math.exp(-world.attraction * (offer.price - 1.0))
    world.standing, world.tempting = standing, tempting
    world.usual_appeal = [_usual_appeal(companies, firm, world) for firm in range(COMPANIES)]
    rivals = [offer.performance for offer, is_in in zip(offers, there, strict=True) if is_in][1:]
    if world.month > 0 and rivals:
        usual = sum(rivals) / len(rivals)
        world.category_norm += world.norm_drift * (usual - world.category_norm)


def _usual_appeal(companies: Sequence[Company], firm: int, world: World) -> float:
    """Mean log-sum of the appeal of all others in the neutral market of the start.

    Beliefs differ from person to person, so the mean of the logarithm is below that of the mean, by
    half their relative variance.
    """
    others = [c.standing for k, c in enumerate(companies) if k != firm and c.enters == 0]
    mean = world.unnamed + world.belief * sum(others)
    spread = world.belief_variance * sum(others)
    return float(math.log(max(1e-9, mean)) - 0.5 * spread / max(1e-9, mean * mean))
