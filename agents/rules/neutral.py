"""The neutral long-run level of a person's states: a stationary start in closed form (1.3; G2).

What a customer would feel in the long run under neutral management: expectations over the outcomes
of one encounter (no failure, unrecovered, recovered) and seven Gauss-Hermite nodes of performance.
"""

from __future__ import annotations

import math

import numpy as np

from ..accelerate import rule
from ..state import Offer, Person, World
from .arithmetic import clip01
from .involvement import involvement
from .satisfaction import effort, effort_felt, felt_gap, goodwill, recovery_effect

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
NODES = tuple(float(x) for x in _NODES)
WEIGHTS = tuple(float(w) for w in _WEIGHTS / math.sqrt(2.0 * math.pi))


@rule
def settle_experience(customer: Person, offer: Offer, world: World) -> None:
    """Expectation, satisfaction and trust of the long run (X*, S*, T*)."""
    back = world.failure_severity * recovery_effect(customer, offer, world)
    faultless = 1.0 - offer.failure
    recovered = offer.failure * offer.recovery
    unrecovered = offer.failure - recovered
    felt_effort = effort_felt(effort(offer, world), world)
    mean = good = poor = 0.0
    for k in range(7):
        seen = offer.performance + customer.match + world.performance_sd * NODES[k]
        seen = clip01(seen) - felt_effort
        mean += WEIGHTS[k] * seen
        good += WEIGHTS[k] * goodwill(max(0.0, seen - world.trust_threshold))
        poor += WEIGHTS[k] * goodwill(max(0.0, world.trust_threshold - seen))
    mean += recovered * back - offer.failure * world.failure_severity
    standard = (1.0 - world.norm_weight) * mean + world.norm_weight * world.category_norm
    gap = 0.0
    for k in range(7):
        seen = offer.performance + customer.match + world.performance_sd * NODES[k]
        surplus = clip01(seen) - felt_effort - standard
        failed = surplus - world.failure_severity
        gap += WEIGHTS[k] * (
            faultless * felt_gap(surplus, world)
            + unrecovered * felt_gap(failed, world)
            + recovered * felt_gap(failed + back, world)
        )
    customer.expectation_norm = standard
    customer.satisfaction_norm = clip01(
        world.satisfaction_reference
        + world.performance_weight * (mean - world.performance_reference)
        + world.disconfirmation_weight * gap
    )
    customer.satisfaction_curved = customer.satisfaction_norm**world.curvature
    learning = world.encounter_rate * world.learning
    up = learning * world.trust_gain * faultless * good
    down = learning * (
        world.mediocrity_weight * world.trust_gain * faultless * poor
        + world.trust_loss * (unrecovered + world.recovered_residue * recovered)
    )
    down += offer.unease
    customer.trust_norm = (world.trust_return * customer.trust_home + up) / (
        world.trust_return + up + down
    )


@rule
def settle_engagement(customer: Person, offer: Offer, world: World) -> None:
    """Engagement of the long run (E*), given the market's mean satisfaction and trust."""
    appraisal = involvement(customer) * (
        world.from_satisfaction * (customer.satisfaction_norm - world.satisfaction_bar)
        + world.from_trust * (customer.trust_norm - world.trust_bar)
    )
    up = world.engagement_speed * max(appraisal, 0.0)
    down = world.engagement_speed * max(-appraisal, 0.0)
    down += (
        world.engagement_hurt
        * world.learning
        * world.encounter_rate
        * offer.failure
        * (1.0 - offer.recovery)
    )
    customer.engagement_norm = (up + world.engagement_return * customer.engagement_home) / (
        up + down + world.engagement_return
    )


@rule
def long_run_leaning(customer: Person, world: World) -> float:
    """ix: log-odds of leaving by a person's persistent level and switching cost (1.2; G2)."""
    return -(
        world.hazard_satisfaction * customer.satisfaction_curved
        + world.hazard_trust * customer.trust_norm
        + world.hazard_engagement * customer.engagement_norm
        + world.switching_cost * customer.switching
    )
