"""Named rivals: what they are to people, and who goes over to them (G2, F3)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import RivalLuck
from ..state import Person, World


@rule
def appeal(customer: Person, firm: int, world: World) -> float:
    """How much a company appeals: the belief in it, by its price against the reference (F3, G2).

    Belief stands where satisfaction would, for others are known by hearsay only. Who has never
    heard of a company is not drawn by its price.
    """
    return customer.belief[firm] * world.tempting[firm]


@rule
def gain_elsewhere(customer: Person, world: World) -> float:
    """What has become better elsewhere than in a neutral market, in log-odds (G2).

    The log-sum of all the appeal there is beside one's own company (Ben-Akiva & Lerman 1985): named
    rivals by belief and price, the unnamed rest as ever; against the same at neutral beliefs and
    prices, so that its mean is 0 there. If all others take as much off their prices, it is as much
    as one's own company putting it on.
    """
    others = world.unnamed
    for firm in range(world.rivals + 1):
        if firm != customer.firm:
            others += appeal(customer, firm, world)
    return math.log(max(1e-9, others)) - world.usual_appeal[customer.firm]


@rule
def go_over(customer: Person, world: World, luck: RivalLuck) -> int:
    """The company that somebody goes to who has just left another: -1 for none.

    A share stays in the category; of those, each company wins by its appeal, the unnamed rest too.
    By inversion of one uniform, in order of the companies.
    """
    if luck.go >= world.staying_in_category:
        return -1
    others = world.unnamed
    for firm in range(world.rivals + 1):
        if firm != customer.past:
            others += appeal(customer, firm, world)
    at = luck.which * others
    for firm in range(world.rivals + 1):
        if firm != customer.past:
            at -= appeal(customer, firm, world)
            if at < 0.0:
                return firm
    return -1
