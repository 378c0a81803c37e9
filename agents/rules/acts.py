"""Acts for a reward beyond the purchase, and what they do to unpaid ones (E12, I6; Deci 1999)."""

from __future__ import annotations

from ..accelerate import rule
from ..luck import ServeLuck
from ..state import Offer, Person, World
from .tiers import recognised

FADING = 0.5 ** (1.0 / 6.0)
"""A month's recovery of unpaid praise, half of it in six months (E12)."""


@rule
def sharing_rate(reward: float, world: World) -> float:
    """Rewarded recommendations a month of a customer, at a reward in currency."""
    return 0.0 if reward <= 0.0 else world.shared_most * reward / (reward + world.shared_half)


@rule
def act(customer: Person, offer: Offer, world: World, luck: ServeLuck) -> None:
    """Recommend for a reward, unless dissatisfied; take messages again for one.

    While advocacy is paid, the will to do it unpaid is replaced; afterwards it comes back (E12).
    """
    if rewarded(customer, offer):
        customer.crowding = 1.0
    else:
        customer.crowding *= FADING
    if luck.share < offer.sharing and customer.satisfaction >= 0.5:
        customer.paid_praise = 1
    if offer.subscribing == 1 and customer.opted_out == 1 and luck.subscribe < world.shared_most:
        customer.opted_out = 0
        customer.subscribed = 1


@rule
def rewarded(customer: Person, offer: Offer) -> bool:
    """Whether advocacy is paid for: by acts, by a referral programme, as an ambassador (I6)."""
    return offer.sharing > 0.0 or offer.referral_reward > 0 or customer.ambassador == 2


@rule
def unpaid(customer: Person, offer: Offer, world: World) -> float:
    """Factor on unpaid praise: more with recognition, less once rewards for it ended (E12)."""
    factor = 1.0 + (world.recognition_talk - 1.0) * recognised(customer, offer)
    if rewarded(customer, offer):
        return factor
    return factor * (1.0 - world.crowding_out * customer.crowding)
