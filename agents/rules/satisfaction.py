"""Satisfaction: expectation, failure, recovery, effort (A1-A4, A6, A7, F7, I1, I4, I11)."""

from __future__ import annotations

import math

from ..accelerate import rule
from ..luck import EncounterLuck
from ..state import Offer, Person, World
from .arithmetic import clip01, normal
from .deals import dearness
from .joining import fit_of_won
from .journey import meant_for
from .proactive import failure_chance
from .queue import come_back

HALF_LIFE_TWO_MONTHS = 0.5**0.5


@rule
def effort(offer: Offer, world: World) -> float:
    """Effort of a contact in [0, 1], waiting included; aligned channels take some off (C9)."""
    ease = world.channel_ease * offer.aligned if offer.channels >= 2 else 0.0
    return clip01(offer.effort + offer.waiting - ease)


@rule
def handed_over(broken: int, world: World) -> float:
    """Effort added by hand-overs between departments of which only one uses the programme (I11)."""
    return world.handover_effort * broken


@rule
def with_concierge(effort: float, world: World) -> float:
    """Effort of a contact with a concierge: next to none (I4)."""
    return effort + world.concierge_effect * (0.1 - effort)


@rule
def effort_of_contacts(offer: Offer, world: World) -> float:
    """Effort of contacts on average, those with a concierge counted (A7, I4)."""
    usual = effort(offer, world)
    return usual + offer.concierge * (with_concierge(usual, world) - usual)


@rule
def company_in_contacts(offer: Offer, world: World) -> float:
    """Share of contacts in which there is a person, a concierge always (C7, I4)."""
    return offer.human + offer.concierge * world.concierge_effect * (1.0 - offer.human)


@rule
def effort_felt(effort: float, world: World) -> float:
    """Performance lost (+) or won (-) by effort against the usual: ease counts a quarter (A7)."""
    extra = effort - world.neutral_effort
    felt = world.effort_weight * (extra if extra > 0.0 else extra / 4.0)
    return world.contact_share * felt


@rule
def felt_gap(gap: float, world: World) -> float:
    """v(D): a shortfall of performance weighs `loss_aversion` times a gain (A4, Mittal 1998)."""
    return gap if gap >= 0.0 else world.loss_aversion * gap


@rule
def recovery_effect(customer: Person, offer: Offer, world: World) -> float:
    """Share of a failure's severity given back by recovery (A6).

    More than all of it, the recovery paradox, only after excellent recovery of a light failure
    with none in the last six months (de Matos, Henrique & Rossi 2007).
    """
    paradox = offer.recovery > 0.9 and world.failure_severity < 0.5 and customer.calm >= 6
    if paradox:
        return world.recovery_effect
    return min(1.0, world.recovery_effect)


@rule
def encounter(customer: Person, offer: Offer, world: World, luck: EncounterLuck) -> None:
    """One encounter with the company: what is performed, what fails, what is made good.

    Sums performance and felt gap for the month's one appraisal, and pulls on trust (B3) of
    encounters without failure. After a failure people complain, post in public, or keep silent
    (F7; Hirschman 1970). Posts go by what an encounter teaches, or frequent categories would be
    punished.
    """
    performance = (
        offer.performance + customer.match + world.performance_sd * normal(luck.performance)
    )
    performance = clip01(performance + fit_of_won(customer, world))
    if offer.surprise > 0.0 and customer.unrecovered == 0:
        if luck.surprise < offer.surprise / world.encounter_rate:
            performance += world.surprise_effect * surprise(customer, offer, world)
    performance -= dearness(customer, offer, world)
    strain, skill = effort(offer, world), offer.recovery
    if luck.concierge < offer.concierge:
        strain = with_concierge(strain, world)
        skill = min(1.0, skill + 0.2 * world.concierge_effect * world.with_recovery)
    performance -= effort_felt(strain, world)
    if luck.failure < failure_chance(customer, offer, world):
        customer.failures += 1
        performance -= world.failure_severity
        unsettled = luck.recovery >= skill
        if not unsettled:
            performance += world.failure_severity * recovery_effect(customer, offer, world)
        else:
            customer.unrecovered += 1
        complain = world.voice * (1.0 + 0.5 * customer.engagement)
        if luck.voice < complain:
            customer.complaints += 1
        elif luck.voice < complain + world.post * world.learning * ill_will(customer, world):
            customer.posts += 1
        come_back(customer, offer, luck.voice < complain, unsettled, luck)
    elif performance > world.trust_threshold:
        customer.good_sum += goodwill(performance - world.trust_threshold)
    else:
        customer.poor_sum += goodwill(world.trust_threshold - performance)
    customer.performance_sum += performance
    customer.gap_sum += felt_gap(performance - customer.expectation, world)


@rule
def surprise(customer: Person, offer: Offer, world: World) -> float:
    """Surprise a customer whom surprises are meant for; its weight, less soon after another."""
    if not meant_for(customer, offer.surprise_stage, world):
        return 0.0
    weight = world.surprise_repeat if customer.since_surprise < 6 else 1.0
    customer.surprises += 1
    customer.delight += weight
    customer.since_surprise = 0
    return weight


@rule
def actively_disengaged(customer: Person) -> bool:
    """Negative engagement: neither bond nor trust is left (I13)."""
    return customer.engagement < 0.2 and customer.trust < 0.35


@rule
def ill_will(customer: Person, world: World) -> float:
    """Public posts of the actively disengaged, against others (I13)."""
    return world.disengaged_posts if actively_disengaged(customer) else 1.0


@rule
def goodwill(distance: float) -> float:
    """Saturating pull on trust of a performance at `distance` >= 0 from the threshold (B3)."""
    return 1.0 - math.exp(-2.5 * distance)


@rule
def learning_weight(customer: Person, world: World) -> float:
    """Weight of one encounter: the more there have been, the less it counts (A2; Bolton 1998)."""
    past = customer.experience if world.with_anchoring == 1 else 0
    memory = 1.0 / (past + world.anchor_encounters)
    return world.learning * max(world.learning_floor, memory)


@rule
def appraise(customer: Person, offer: Offer, world: World) -> None:
    """One appraisal a month from all encounters: satisfaction and expectation (A1-A4).

    Satisfaction moves to `Sref + wP (P - Pref) + wD v(D)`; expectation to experience, in part to
    the norm of the category (A3). Resentment has a half-life of two months (A6).
    """
    n = customer.encounters
    if n > 0:
        performance = customer.performance_sum / n
        verdict = (
            world.satisfaction_reference
            + world.performance_weight * (performance - world.performance_reference)
            + world.disconfirmation_weight * customer.gap_sum / n
        )
        weight = min(1.0, n * learning_weight(customer, world))
        customer.satisfaction = clip01(
            customer.satisfaction + weight * (verdict - customer.satisfaction)
        )
        standard = (1.0 - world.norm_weight) * performance + world.norm_weight * world.category_norm
        weight = min(1.0, n * world.expectation_learning * world.learning)
        customer.expectation += weight * (standard - customer.expectation)
        customer.experience += n
    hurt = 0.0
    if customer.unrecovered > 0:
        hurt = 1.0
    elif customer.failures > 0:
        hurt = world.recovered_residue
    if customer.refused == 1:
        hurt = max(hurt, 0.5)
    customer.resentment = max(HALF_LIFE_TWO_MONTHS * customer.resentment, hurt)
    customer.calm = 0 if customer.failures > 0 else customer.calm + 1
    customer.since_surprise += 1
