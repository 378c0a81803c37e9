"""Contacts that come back, and contacts that wait because the staff is short (H4)."""

from __future__ import annotations

from ..accelerate import rule
from ..luck import EncounterLuck, ServeLuck
from ..state import Offer, Person


@rule
def queue(customer: Person, offer: Offer) -> None:
    """Contacts of the month: the need, what comes back, and what was left over (`backlog`)."""
    customer.encounters += customer.returning
    customer.returning = 0
    customer.arrived = customer.encounters
    customer.encounters += customer.backlog
    customer.backlog = 0


@rule
def attend(customer: Person, offer: Offer, luck: ServeLuck) -> None:
    """A share of the contacts due is served (`offer.attended`), rounded by luck; the rest wait.

    The shares of customers sum to the capacity on average.
    """
    if offer.attended < 1.0:
        served = int(customer.encounters * offer.attended + luck.attended)
        served = min(customer.encounters, served)
        customer.backlog = customer.encounters - served
        customer.encounters = served


@rule
def come_back(
    customer: Person, offer: Offer, complained: bool, unsettled: bool, luck: EncounterLuck
) -> None:
    """A failure comes back as another contact next month: if somebody complains, or if it was not
    made good (`unsettled`) and not settled in the first contact either.

    Only where the company tells so (`offer.repeats`): else the market's usual encounters hold it.
    """
    if offer.repeats == 1 and (complained or (unsettled and luck.settled >= offer.resolution)):
        customer.returning += 1


@rule
def abandon(customer: Person) -> int:
    """Who leaves asks for nothing any more; returns the contacts that nobody will serve."""
    dropped = customer.backlog
    customer.backlog = 0
    customer.returning = 0
    customer.seeking = 0
    return dropped
