"""Involvement: how much a category matters to a person, by stakes and by pleasure (C4)."""

from __future__ import annotations

from ..accelerate import rule
from ..state import Person


@rule
def involvement(customer: Person) -> float:
    """V in [0, 1]: the mean of rational and hedonic involvement (Zaichkowsky 1985)."""
    return 0.5 * (customer.rational + customer.hedonic)
