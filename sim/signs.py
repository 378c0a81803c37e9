"""What neighbours can know of each other: what was said, and a sign to be seen at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from ..agents.accelerate import rule
from ..agents.rules.talk import defends
from ..agents.state import Person, Said, World

CUSTOMER, SPOKE, ELSE, DEFENDS, ADVOCATE = 1, 2, 4, 8, 16
COMPANY = 5
"""The bit from which on a customer's sign says whose customer they are."""

SEEN = SPOKE | ELSE
"""What there is to see of a person at a glance: is a customer, spoke, did something else that
neighbours look at (left, was won), defends the company, has recommended it within a year: those
are who win others, if there are any nearby. A person of whom there is nothing to see has the sign
0."""


LINGERING = 6
"""Months for which former customers go on talking (F2)."""


@rule
def publish(customer: Person, said: Said) -> int:
    """What neighbours can know of this person this month; returns their sign."""
    said.departed = customer.departing
    said.left = customer.past
    customer.departing = 0.0
    said.firm = customer.firm if customer.alive == 1 else -1
    said.about = customer.firm if customer.alive == 1 else customer.past
    said.paid = customer.paid_praise
    said.praise = min(255, customer.praise)
    said.warnings = min(255, customer.warnings)
    said.posts = min(255, customer.posts)
    newly_won = customer.referred == 1 and customer.tenure == 0
    said.ambassador = customer.ambassador
    said.referrer = customer.referrer if newly_won else -1
    sign = CUSTOMER if customer.alive == 1 else 0
    if sign == CUSTOMER:
        sign += customer.firm << COMPANY
    if sign & CUSTOMER and defends(customer):
        sign += DEFENDS
    if sign & CUSTOMER and customer.quiet < 12:
        sign += ADVOCATE
    if customer.praise + customer.paid_praise + customer.warnings + customer.posts > 0:
        sign += SPOKE
    if newly_won or said.departed > 0.0:
        sign += ELSE
    return sign


@rule
def tell_apart(
    customer: Person,
    signs: Sequence[int],
    neighbours: Sequence[int],
    first: int,
    degree: int,
    world: World,
) -> None:
    """Count customers and defenders near by company, where there are several."""
    for firm in range(world.rivals + 1):
        customer.customers_by[firm] = 0
        customer.defenders_by[firm] = 0
    for slot in range(first, first + degree):
        sign = signs[neighbours[slot]]
        customer.customers_by[sign >> COMPANY] += sign & CUSTOMER
        customer.defenders_by[sign >> COMPANY] += (sign & DEFENDS) >> 3


@rule
def introducer(
    customer: Person,
    signs: Sequence[int],
    neighbours: Sequence[int],
    first: int,
    degree: int,
    world: World,
    u: float,
) -> int:
    """The neighbour who has won a newcomer for their company: one of its advocates nearby, or of
    its customers if none is."""
    winner, among = CUSTOMER, 0
    for slot in range(first, first + degree):
        sign = signs[neighbours[slot]]
        if sign & ADVOCATE and (world.rivals == 0 or sign >> COMPANY == customer.firm):
            winner = ADVOCATE
    for slot in range(first, first + degree):
        sign = signs[neighbours[slot]]
        if sign & winner and (world.rivals == 0 or sign >> COMPANY == customer.firm):
            among += 1
    chosen = int(u * among)
    for slot in range(first, first + degree):
        sign = signs[neighbours[slot]]
        if sign & winner and (world.rivals == 0 or sign >> COMPANY == customer.firm):
            if chosen == 0:
                return neighbours[slot]
            chosen -= 1
    return -1


@rule
def ended_of_late(customer: Person) -> bool:
    """Whether a person left a company within the last half year, and may still talk about it."""
    return customer.past >= 0 and customer.since_left <= LINGERING
