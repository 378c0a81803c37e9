"""A second channel: who takes it up, and what it does when channels are aligned (C9)."""

from __future__ import annotations

from ..accelerate import rule
from ..luck import ShopLuck
from ..state import Offer, Person, World


@rule
def adopt_channel(customer: Person, offer: Offer, world: World, luck: ShopLuck) -> None:
    """Take up a second channel, with a chance at each purchase: frequent buyers come to it first.

    So customers of many channels look more valuable than the channels make them (Kushwaha &
    Shankar 2013).
    """
    if customer.multichannel == 1 or offer.channels < 2 or customer.purchases == 0:
        return
    stays = (1.0 - world.channel_adoption) ** float(customer.purchases)
    if luck.channel < 1.0 - stays:
        customer.multichannel = 1


@rule
def channel_factor(customer: Person, offer: Offer, world: World) -> float:
    """Factor on the purchase rate by an aligned second channel, where pleasure prevails (C9)."""
    if customer.multichannel == 0 or offer.channels < 2 or customer.hedonic < customer.rational:
        return 1.0
    return 1.0 + world.channel_spend * customer.hedonic / 0.5 * offer.aligned
