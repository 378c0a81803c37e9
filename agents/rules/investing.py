"""Money becomes experience (2H): spending on an aspect, by a response with saturation and a lag."""

from __future__ import annotations

import math

from ..accelerate import rule


@rule
def attainable(spend: float, gain: float, scale: float) -> float:
    """g * (1 - exp(-x / h)): the rise that so much spending on an aspect comes to in the end.

    `spend` x >= 0 and `scale` h > 0 are shares of monthly revenue; `gain` g >= 0 is in units of the
    aspect. No published number (judgement; g may be zero).
    """
    return gain * (1.0 - math.exp(-spend / scale))


@rule
def towards(level: float, target: float, lag: float) -> float:
    """The level a month later: 1 / lag of the way to its target, up or down; `lag` >= 1 month."""
    return level + (target - level) / lag
