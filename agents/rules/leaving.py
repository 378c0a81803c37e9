"""Leaving: from feelings to published retention (1.2; A5, B1, E8, F4, F8, G2, G3, I12)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import LeaveLuck
from ..state import Offer, Person, World
from .arithmetic import logistic
from .contact import response, self_service_strain
from .deals import coming_price
from .points import letdown, lock
from .proactive import salience
from .switching import gain_elsewhere
from .talk import is_hostage
from .tiers import demotion_ratio


@rule
def leaning(customer: Person, offer: Offer, world: World) -> float:
    """Shift of the log-odds of leaving against the customer's own neutral level (1.2).

    Persistent differences are in the published propensity already, so each state counts by its
    deviation from what a neutral company would have this customer feel in the long run. A rival's
    pull (G2) is the utility lost against that level, what rivals undercut in a price war, and what
    rivals with a name have to offer beyond a neutral market; switching cost is drawn into the
    propensity.
    """
    curved = customer.satisfaction**world.curvature - customer.satisfaction_curved
    trust = customer.trust - customer.trust_norm
    if customer.member == 1 and curved < 0.0:
        curved *= 1.0 - world.shield_losses  # members overlook what they miss (E8)
    index = (
        -world.hazard_satisfaction * curved
        - world.hazard_trust * trust
        - world.hazard_engagement * (customer.engagement - customer.engagement_norm)
        + world.hazard_resentment * customer.resentment / (1.0 + customer.experience / 10.0)
        - world.hazard_ties * customer.ties
        - lock(customer, offer, world)
        + self_service_strain(customer, offer, world)
        + letdown(customer, world)
    )
    utility = curved + 0.5 * trust - (coming_price(customer, offer) - 1.0) - offer.undercut
    index -= pull_of_rivals(customer, world) * utility
    if world.rivals > 0 and world.attraction > 0.0:
        index += (
            pull_of_rivals(customer, world) / world.attraction * gain_elsewhere(customer, world)
        )
    heard = response(customer, offer, world)
    if world.contractual == 1 and heard != 1.0:
        index -= world.message_hazard * math.log(heard)
    return index


@rule
def pull_of_rivals(customer: Person, world: World) -> float:
    """Log-odds per unit of utility lost (G2); long custom (G3) and membership (E8) dull it."""
    pull = world.attraction
    if world.inertia > 0.0:
        pull *= 1.0 - world.inertia * (1.0 - math.exp(-customer.tenure / 24.0))
    if customer.member == 1:
        pull *= 1.0 - world.shield_rivals
    return pull


@rule
def hazard_ratio(customer: Person, world: World) -> float:
    """Ratio on the hazard: neighbours who left (F8), referral (F4), a salient contact (A9), a
    demotion (E9), and freedom from what has held (I12)."""
    struck = customer.exposure * (1.0 - 0.5 * customer.engagement)
    ratio = (1.0 + world.contagion * struck) / world.exposure_norm
    if customer.referred == 1 and customer.referrer_active == 1:
        ratio *= world.referred_hazard
    if customer.since_referral < 12:
        ratio *= world.referrer_hazard
    ratio *= salience(customer, world) * demotion_ratio(customer, world)
    if world.freed == 1 and is_hostage(customer, world):
        ratio *= world.hostage_hazard
    return ratio


@rule
def hazard(customer: Person, world: World) -> float:
    """Propensity as it stands today, in [0, 1], before ratios."""
    return logistic(customer.propensity_odds + world.hazard_offset + customer.leaning)


@rule
def renewal_chance(customer: Person, world: World) -> float:
    """Chance to leave at the renewal of a contract, as things stand today."""
    return min(1.0, hazard(customer, world) * hazard_ratio(customer, world))


@rule
def dropout(customer: Person, world: World, u: float, factor: float) -> int:
    """K: the purchase of this month after which the customer drops out, >= 1 (BG/NBD).

    The chance per purchase is divided by `factor` = M, so that buying faster does not shorten life:
    dropout per unit of time is what the published model says.
    """
    chance = min(1.0, hazard(customer, world) * hazard_ratio(customer, world) / factor)
    if chance >= 1.0:
        return 1
    if chance <= 1e-12:
        return 1_000_000
    return max(1, int(min(1e6, math.ceil(math.log1p(-u) / math.log1p(-chance)))))


@rule
def leave(customer: Person, offer: Offer, world: World, luck: LeaveLuck) -> None:
    """A customer stays or leaves: at the renewal of a contract, or silently after a purchase."""
    if world.contractual == 1 and customer.tenure % world.renewal_months == 0:
        customer.lapsing = 1 if luck.leave < renewal_chance(customer, world) else 0
    if customer.lapsing == 1:
        customer.alive = 0
        customer.departing = 1.0
