"""Ambassadors: customers whom a company asks to stand for it, and who do (I6)."""

from __future__ import annotations

from ..accelerate import rule
from ..state import Offer, Person, World
from .talk import would_recommend


@rule
def accept(customer: Person, offer: Offer, world: World) -> None:
    """Be an ambassador this month, if asked and as long as one would stand behind the company (I6).

    Whom a company asks, it finds by its own score of engagement (`agents/score.py`). Ambassadors
    are recognised (I2) and reach more people; who is paid for it reaches half as many more, and
    will do less without pay later (E12).
    """
    if offer.ambassadors == 0.0:
        customer.asked = 0
    elif customer.asked == 1 and would_recommend(customer):
        customer.ambassador = 2 if offer.ambassador_pay > 0 else 1
