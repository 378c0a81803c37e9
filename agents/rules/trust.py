"""Trust: built slowly by quality and openness, lost fast (B1, B3, B4, B6; programmes: E0)."""

from __future__ import annotations

from ..accelerate import rule
from ..luck import ServeLuck
from ..state import Offer, Person, World
from .arithmetic import balance
from .escalation import hurts


@rule
def update_trust(customer: Person, offer: Offer, world: World) -> None:
    """One month of trust: a bounded balance of gain, loss and disposition (B3; Slovic 1993).

    Good encounters pull up; failures pull down `trust_loss / trust_gain` times as hard, recovered
    ones by their residue, and so do single events (`customer.shaken`); transparency, control and
    ethics build (`offer.openness`), the data held unsettle (`offer.unease`; Martin, Borah &
    Palmatier 2017), doubly where a wish to buy was read without control over it (I3).
    """
    recovered = customer.failures - customer.unrecovered
    failures = hurts(customer) + world.recovered_residue * recovered
    gain = world.trust_gain * world.learning
    up = (
        gain * customer.good_sum
        + max(offer.openness, 0.0)
        + world.trust_loss * max(-customer.shaken, 0.0)
    )
    down = (
        world.trust_loss * world.learning * failures
        + world.mediocrity_weight * gain * customer.poor_sum
        + world.trust_loss * max(customer.shaken, 0.0)
        + unease_of(customer, offer)
        + max(-offer.openness, 0.0)
    )
    customer.trust = balance(customer.trust, customer.trust_home, world.trust_return, up, down)


@rule
def unease_of(customer: Person, offer: Offer) -> float:
    """Pull of the data held on this customer's trust (B4, I3)."""
    read = customer.wishing == 1 and offer.control < 0.3
    return offer.unease * 2.0 if read else offer.unease


@rule
def shake(customer: Person, offer: Offer, luck: ServeLuck) -> None:
    """A breach or a scandal, or a rival's breach, strikes a share of the customers (B4, B6)."""
    if luck.struck < offer.breached:
        customer.shaken += offer.breach
    if luck.struck < offer.scandalised:
        customer.shaken += offer.scandal
    if luck.struck < offer.spilled:
        customer.shaken += offer.spill


@rule
def breach(severity: float, transparency: float, control: float, world: World) -> float:
    """sev_T of a breach, in unrecovered failures; openness beforehand softens it (B4)."""
    openly = 1.0 - world.breach_transparency * transparency
    return world.breach_hurt * severity * openly * (1.0 - world.breach_control * control)


@rule
def spill(severity: float, world: World) -> float:
    """sev_T of a rival's breach, whose openness is taken as usual, for one's own customers (B4).

    A mild breach unsettles them too; by a severe one the company looks better, so that it is
    negative (Martin, Borah & Palmatier 2017).
    """
    theirs = breach(severity, world.neutral_transparency, world.neutral_control, world)
    if severity > world.spill_severe_from:
        return -world.spill_severe * theirs
    return world.spill_mild * theirs


@rule
def openness(transparency: float, control: float, ethics: float, world: World) -> float:
    """Monthly pull of open conduct on trust, signed, 0 at neutral; all levers in [0, 1] (B3)."""
    above = (
        transparency
        - world.neutral_transparency
        + control
        - world.neutral_control
        + ethics
        - world.neutral_ethics
    )
    return world.trust_openness * above / 1.9


@rule
def unease(depth: float, transparency: float, control: float, world: World) -> float:
    """Monthly pull of the data held against trust; all levers in [0, 1] (B4)."""
    return world.data_unease * depth * (1.0 - 0.5 * transparency) * (1.0 - 0.5 * control)
