"""Contact that the company begins, before anything fails (A9), and what fails all the same."""

from __future__ import annotations

from ..accelerate import rule
from ..luck import ServeLuck
from ..state import Offer, Person, World
from .journey import meant_for


@rule
def approach(customer: Person, offer: Offer, world: World, luck: ServeLuck) -> None:
    """A preventive contact, which may make use and price salient, or sell.

    Salience wakes those whom the company suits badly (Ascarza, Iyengar & Schleicher 2016); a
    contact that sells raises suspicion of its motive (Becker, Spann & Barrot 2020).
    """
    if customer.alerted > 0:
        customer.alerted -= 1
    if offer.proactive == 0.0 or not meant_for(customer, offer.proactive_stage, world):
        return
    if luck.approach < offer.proactive:
        customer.approached = 1
        if luck.manner < offer.salient:
            customer.alerted = 3
        if luck.manner > 1.0 - offer.selling:
            customer.trust = max(0.0, customer.trust - world.sales_suspicion)


@rule
def cut_off(customer: Person, offer: Offer, luck: ServeLuck) -> None:
    """An outage strikes a share of the customers, drawn anew each month."""
    customer.cut_off = 1 if luck.struck < offer.cut_off else 0


@rule
def failure_chance(customer: Person, offer: Offer, world: World) -> float:
    """Chance that an encounter fails: preventive contact avoids a share (A9), but of an outage."""
    chance = offer.failure
    if customer.approached == 1:
        chance = offer.failure * (1.0 - world.prevention)
    if customer.cut_off == 1:
        chance += (1.0 - chance) * offer.outage
    return chance


@rule
def salience(customer: Person, world: World) -> float:
    """Ratio on the hazard of the ill-matched for three months after a salient contact (A9)."""
    return world.salience_hazard if customer.alerted > 0 and customer.match < 0.0 else 1.0
