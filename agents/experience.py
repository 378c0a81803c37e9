"""What a company's spending makes of its offer: six aspects, each learnt with a lag (2H)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .rules.arithmetic import clip01
from .rules.investing import attainable, towards
from .state import Offer, World

if TYPE_CHECKING:
    from ..scenarios.levers import Levers

ASPECTS = ("quality", "reliability", "recovery", "effort", "relevance", "community")
DEPARTMENTS = {
    "quality": "service", "reliability": "service", "recovery": "service", "effort": "service",
    "relevance": "marketing", "community": "community",
}  # fmt: skip
"""Whose account pays for an aspect."""


class Response(NamedTuple):
    """How one aspect answers to money: rise in its unit, share of revenue, months."""

    gain: float
    scale: float
    lag: float


Levels = dict[str, float]
"""By aspect: what was spent, a share of revenue; or how far it has risen, in its own unit."""


def spending(levers: Levers, reinvested: float) -> Levels:
    """What is spent on each aspect, by plan and out of the margin, shares of monthly revenue."""
    return {
        aspect: getattr(levers.invest, aspect) + reinvested * getattr(levers.flywheel, aspect)
        for aspect in ASPECTS
    }


def settled(spent: Levels, world: World) -> Levels:
    """How far spending that has gone on for long has raised each aspect."""
    responses = _responses(world)
    return {a: attainable(x, responses[a].gain, responses[a].scale) for a, x in spent.items()}


def risen(levels: Levels, spent: Levels, world: World) -> Levels:
    """How far each aspect has risen after one more month of spending."""
    targets, responses = settled(spent, world), _responses(world)
    return {a: towards(levels[a], targets[a], responses[a].lag) for a in spent}


def _responses(world: World) -> dict[str, Response]:
    return {
        "quality": Response(world.quality_gain, world.quality_scale, world.quality_lag),
        "reliability": Response(
            world.reliability_gain, world.reliability_scale, world.reliability_lag
        ),
        "recovery": Response(world.recovery_gain, world.recovery_scale, world.recovery_lag),
        "effort": Response(world.effort_gain, world.effort_scale, world.effort_lag),
        "relevance": Response(world.relevance_gain, world.relevance_scale, world.relevance_lag),
        "community": Response(world.community_gain, world.community_scale, world.community_lag),
    }


def improve(offer: Offer, levels: Levels, world: World) -> None:
    """Raise an offer by these levels, but for relevance, within what each may be."""
    offer.performance = clip01(offer.performance + levels["quality"])
    offer.failure = clip01(offer.failure * (1.0 - levels["reliability"]))
    # Nothing is made good where A6 is absent.
    offer.recovery = clip01(offer.recovery + levels["recovery"] * world.with_recovery)
    offer.effort = clip01(offer.effort - levels["effort"])
    offer.community = clip01(offer.community + levels["community"])


def invested(offer: Offer) -> int:
    """What is spent on experience for a customer on the books, millionths of the currency."""
    return offer.service_invested + offer.marketing_invested + offer.community_invested
